#include "broker/admin/signal_view.h"

#include <capnp/dynamic.h>
#include <capnp/schema.h>

#include "broker/base/text.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"
#include "schemas/state.capnp.h"
#include "schemas/storage.capnp.h"

namespace sam::admin {
namespace {

std::string CopyText(capnp::Text::Reader text) { return std::string(wire::View(text)); }

// The schema's own name of an enumerant; "?" for one that is newer than this tool.
template <typename E>
std::string EnumName(E value) {
  const auto enumerants = capnp::Schema::from<E>().getEnumerants();
  const auto index = static_cast<unsigned>(value);
  return index < enumerants.size() ? enumerants[index].getProto().getName().cStr() : "?";
}

std::vector<std::string> Texts(capnp::List<capnp::Text>::Reader list) {
  std::vector<std::string> out;
  for (const auto text : list) out.push_back(CopyText(text));
  return out;
}

std::string ClassOf(schema::LegalClass legal_class) {
  std::string name = EnumName(legal_class);
  if (name.size() == 1) name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

Result<DecisionSummary> ReadDecision(const LogView& view, uint64_t offset) {
  SAM_ASSIGN(const journal::Record record, view.reader().Read(Offset(offset)));
  return SummaryOf(record);
}

Status ReadLadder(schema::SignalRow::Reader row, SignalSummary& out) {
  for (const auto step : row.getLadder()) {
    LadderEntry entry;
    entry.state = EnumName(step.getState());
    entry.at = Millis(step.getAt());
    if (step.getAnswer() != schema::Answer::UNSET) entry.answer = EnumName(step.getAnswer());
    out.ladder.push_back(std::move(entry));
  }
  return Ok();
}
// When dispatch learned of the delivery against when the evidence came in: both by the hub's clock.
Status SetLatency(const LogView& view, schema::SignalRow::Reader row, SignalSummary& out) {
  for (const auto step : row.getLadder()) {
    if (step.getState() != schema::LadderState::DELIVERED || step.getSource() == UINT64_MAX ||
        out.decisions.empty())
      continue;
    SAM_ASSIGN(const journal::Header told, view.reader().ReadHeader(Offset(step.getSource())));
    SAM_ASSIGN(const journal::Header cause,
               view.reader().ReadHeader(Offset(out.decisions.front().cause)));
    out.latency_ms = told.time.value - cause.time.value;
    return Ok();
  }
  return Ok();
}

Result<SignalSummary> Summarize(const LogView& view, const SignalId& id, std::string_view bytes) {
  SignalSummary out;
  out.id = id;
  const auto fill = [&](schema::SignalRow::Reader row) -> Status {
    out.code = CopyText(row.getCode());
    out.legal_class = ClassOf(row.getLegalClass());
    out.outcome = EnumName(row.getOutcome());
    out.sender = CopyText(row.getSenderFunction());
    out.receiver = CopyText(row.getReceiverFunction());
    out.rule = CopyText(row.getRuleId()) + " " + CopyText(row.getRuleVersion());
    out.reasons = Texts(row.getReasons());
    out.withdrawn = row.getWithdrawn();
    out.subject = SubjectId::From(wire::View(row.getSubject())).value_or(SubjectId{});
    out.controller_org = CopyText(row.getControllerOrg());
    out.controller_board = CopyText(row.getControllerBoard());
    out.acute = row.getAcute();
    if (row.getReleasedAs().size() > 0) {
      const auto next = SignalId::From(wire::View(row.getReleasedAs()));
      if (next && !next->empty()) out.released_as = ToUuid(next->view());
    }
    const auto about = SignalId::From(wire::View(row.getAbout()));
    if (about && !about->empty()) out.about = ToUuid(about->view());
    for (const auto evidence : row.getEvidence())
      if (const auto event = EventId::From(wire::View(evidence.getEventId())))
        out.evidence.emplace_back(evidence.getOffset(), *event);
    for (const auto placement : row.getPlacements()) {
      SAM_ASSIGN(DecisionSummary decision, ReadDecision(view, placement.getDecision()));
      out.decisions.push_back(std::move(decision));
    }
    SAM_TRY(ReadLadder(row, out));
    return SetLatency(view, row, out);
  };
  SAM_TRY(wire::ReadOwn<schema::SignalRow>(bytes, fill));
  return out;
}

}  // namespace

Result<DecisionSummary> SummaryOf(const journal::Record& record) {
  DecisionSummary out;
  out.offset = record.header.offset.value;
  out.cause = record.header.cause;
  out.time = record.header.time;
  if (!record.payload) {
    out.outcome = "payload-gone";
    return out;
  }
  return wire::ReadOwn<schema::Decision>(
      *record.payload, [&](schema::Decision::Reader d) -> Result<DecisionSummary> {
        out.outcome = EnumName(d.getOutcome());
        out.ground = CopyText(d.getGround());
        out.rule = CopyText(d.getRuleId()) + " " + CopyText(d.getRuleVersion());
        out.config_version = CopyText(d.getVersions().getConfig());
        out.reasons = Texts(d.getReasons());
        out.masked = Texts(d.getMasked());
        out.signal = SignalId::From(wire::View(d.getSignalId())).value_or(SignalId{});
        out.code = CopyText(d.getCode());
        out.legal_class = ClassOf(d.getLegalClass());
        out.sender = CopyText(d.getSenderFunction());
        out.receiver = CopyText(d.getReceiverFunction());
        out.consent_version = d.getVersions().getConsent();
        out.protection_version = d.getVersions().getProtection();
        for (const uint64_t evidence : d.getEvidence()) out.evidence.push_back(evidence);
        out.lane = d.getLane();
        out.sequence = d.getSequence();
        out.replayed = d.getReplayed();
        out.late = d.getLate();
        if (d.getWithheldCode() != schema::WithheldCode::NONE)
          out.withheld = EnumName(d.getWithheldCode());
        return out;
      });
}

std::string SignalSummary::LastState() const {
  if (ladder.empty()) return outcome;
  const LadderEntry& last = ladder.back();
  return last.answer.empty() ? last.state : last.state + " (" + last.answer + ")";
}

Result<SignalSummary> ReadSignal(const LogView& view, const SignalId& id) {
  SAM_ASSIGN(const std::optional<std::string> row, view.store().Get(spaces::kSignal, id.view()));
  if (!row) return NotFound("no signal with that id; `samsignal signals` lists them");
  return Summarize(view, id, *row);
}

Status ScanSignals(const LogView& view, const std::function<bool(SignalSummary&&)>& visit) {
  Status inner = Ok();
  const auto each = [&](std::string_view key, std::string_view row) {
    const auto id = SignalId::From(key);
    if (!id) return true;  // an index row beside the signals
    auto summary = Summarize(view, *id, row);
    if (!summary.ok()) {
      inner = summary.error();
      return false;
    }
    return visit(std::move(summary).value());
  };
  SAM_TRY(view.store().Scan(spaces::kSignal, "", "", each));
  return inner;
}

}  // namespace sam::admin
