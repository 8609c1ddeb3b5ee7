// Attachments: a part goes where its report's signal went, after the same question to the gate, and
// nowhere else. The report never waits for its parts; they stand in the normal lane, so that no page
// of one report delays the next acute one. A report that is held, or asked for again, has no number
// that its parts could follow: they are filed, and sent when it is.
#include <algorithm>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/dispatch/part_rows.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"

namespace sam::dispatch {
namespace {

using schema::LadderState;
using schema::Outcome;

constexpr char kRuleId[] = "attachment";

// The receiver holds the report: what changes later about the child takes nothing of it back.
bool HasReached(const SignalRow& row) {
  return std::any_of(row.ladder.begin(), row.ladder.end(), [](const LadderStep& step) {
    return step.state > LadderState::STORED && step.state < LadderState::WITHHELD;
  });
}

SignalId PartSignal(const SignalId& report, const std::string& receiver, const EventId& part) {
  return routing::MakeSignalId(kRuleId, ToHex(report.view()), receiver, {part});
}

void Warn(const char* what, Offset offset) {
  log::Warn("dispatch", what, {{"offset", offset}});
}

}  // namespace

Status Dispatcher::FoldPart(const Input& in, schema::Event::Reader event) {
  const schema::AttachmentPart::Reader body = event.getBody().getReportAttachment();
  const std::string& key = in.header.about;
  PartRow part{{},
               in.header.event,
               in.header.offset,
               body.getAttachment(),
               body.getIndex(),
               body.getCount(),
               body.getSize()};
  SAM_ASSIGN(part.subject, in.fold.Follow(in.header.subject));
  if (in.header.cause == journal::kNoCause) {
    if (mark_.parts >= kPartsWaitMax || key.empty()) {
      Warn("attachment-ignored", in.header.offset);
      return Ok();
    }
    in.fold.Put(spaces::kPart, WaitingKey(key, part.offset), Encode(part));
    ++mark_.parts;
    return Ok();
  }
  SAM_ASSIGN(const auto report, PartsReport(in, key, Offset(in.header.cause), part.subject, event));
  if (!report) {
    Warn("attachment-of-no-report", in.header.offset);
    return Ok();
  }
  return FilePart(in, *report, part);
}

// The row of the report that this key names; made from the report itself when there is none yet.
// Empty: what stands there is no report of this sender, or it is gone.
Result<std::optional<PartReport>> Dispatcher::PartsReport(const Input& in, const std::string& key,
                                                          Offset offset, const SubjectId& subject,
                                                          schema::Event::Reader part) {
  SAM_ASSIGN(const auto known, in.fold.Get(spaces::kPart, ReportKey(key)));
  std::optional<PartReport> filed;
  if (known) {
    SAM_ASSIGN(filed, DecodePartReport(*known));
    offset = filed->offset;
  }
  // Erased since: what comes of it now, under whatever identity, goes nowhere.
  SAM_ASSIGN(const std::string payload, Payload(in, offset));
  if (payload.empty()) return std::optional<PartReport>();
  auto message = wire::Parse<schema::Event>(payload);
  if (!message.ok()) return std::optional<PartReport>();
  const schema::Event::Reader event = message->get();
  const auto owner = event.getHeader().getController();
  const auto teller = part.getHeader().getController();
  // Of each part: one that was the report's own opens no door for others.
  const bool own = event.getBody().isReportSigned() && owner.getOrgNr() == teller.getOrgNr() &&
                   owner.getBoard() == teller.getBoard();
  if (!own) return std::optional<PartReport>();
  if (filed) return filed;
  PartReport row{subject, wire::IdOf<EventId>(event.getHeader().getEventId()), offset, key, 0, {}};
  const auto listed = event.getBody().getReportSigned().getAttachments().size();
  row.attachments = static_cast<uint16_t>(std::min<unsigned>(listed, UINT16_MAX));
  SAM_ASSIGN(const rules::SubjectState state, in.fold.State(subject));
  for (const rules::Episode& episode : state.episodes)
    if (std::find(episode.evidence.begin(), episode.evidence.end(), row.event) !=
        episode.evidence.end())
      for (const SignalId& signal : episode.signals)
        rules::PushBounded(row.signals, signal, kPartSignalsMax);
  in.fold.Put(spaces::kPart, ReportKey(key), Encode(row));
  in.fold.Put(spaces::kPart, ReportEventKey(row.event),
              Encode(PartReport{subject, {}, {}, key, 0, {}}));
  return std::optional<PartReport>(std::move(row));
}

Status Dispatcher::FilePart(const Input& in, const PartReport& report, const PartRow& part) {
  if (part.attachment >= report.attachments) {
    Warn("attachment-not-listed", part.offset);
    return Ok();
  }
  const std::string key = PartKey(report.message_key, part.attachment, part.index);
  SAM_ASSIGN(const auto known, in.fold.Get(spaces::kPart, key));
  if (known) {  // under another message id: the first one stands
    Warn("attachment-told-twice", part.offset);
    return Ok();
  }
  in.fold.Put(spaces::kPart, key, Encode(part));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(part.subject));
  for (const SignalId& id : report.signals) {
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    if (!row) continue;
    SAM_ASSIGN(const bool stands, Stands(in, *row));
    if (stands) SAM_TRY(SendPart(in, state, id, *row, part));
  }
  return Ok();
}

// Whether the report's signal is, or is about to be, with its receiver.
Result<bool> Dispatcher::Stands(const Input& in, const SignalRow& report) {
  if (report.withdrawn || report.outcome != Outcome::DELIVER) return false;
  if (HasReached(report)) return true;
  // It is asked for again before it is sent when something changed; its parts must not run ahead.
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(report.subject));
  SAM_ASSIGN(const rules::SubjectState state, in.fold.State(subject));
  SAM_ASSIGN(const routing::Candidate candidate, CandidateOf(in, state, report));
  const routing::GateDecision gate = routing::Decide(Ask(candidate, in.now));
  return gate.outcome == routing::GateOutcome::kDeliver &&
         gate.receiver_function == report.receiver;
}

Result<bool> Dispatcher::MayFollow(const Input& in, const SignalRow& row) {
  if (row.code != kAttachmentCode) return true;
  SAM_ASSIGN(const auto report, in.fold.Signal(row.about));
  if (!report) return false;
  return Stands(in, *report);
}

Status Dispatcher::SendPart(const Input& in, rules::SubjectState& state, const SignalId& report_id,
                            const SignalRow& report, const PartRow& part) {
  routing::Candidate candidate;
  candidate.code = kAttachmentCode;
  candidate.rule_id = kRuleId;
  candidate.rule_version = ToHex(report_id.view());
  candidate.sender_function = report.sender;
  candidate.wanted.function = report.receiver;
  candidate.about_sender = report.sender;
  candidate.about_receiver = report.receiver;
  candidate.evidence.push_back({part.event, part.offset, ""});  // the bytes stay where they are
  candidate.controller = {report.controller_org, report.controller_board};
  candidate.body =
      routing::PartDraft{report_id, part.attachment, part.index, part.count, part.size};
  candidate.test = report.test;
  candidate.occurred_at = report.occurred_at;
  candidate.decided_at = in.now;
  SAM_ASSIGN(const Verdict verdict,
             Decide(in, part.subject, state, candidate, {report.unit, report_id, false}));
  if (verdict.outcome != Outcome::DELIVER && verdict.outcome != Outcome::WITHHELD)
    log::Error("dispatch", "attachment-refused", {{"offset", part.offset}});
  return Ok();
}

Result<std::vector<PartRow>> Dispatcher::PartsOf(const Input& in, const SignalRow& report,
                                                 PartReport& found) {
  std::vector<PartRow> parts;
  if (report.evidence.empty()) return parts;
  SAM_ASSIGN(const auto name,
             in.fold.Get(spaces::kPart, ReportEventKey(report.evidence.front().event)));
  if (!name) return parts;
  SAM_ASSIGN(found, DecodePartReport(*name));
  SAM_ASSIGN(const auto row, in.fold.Get(spaces::kPart, ReportKey(found.message_key)));
  if (!row) return parts;
  SAM_ASSIGN(found, DecodePartReport(*row));
  const auto range = PartRange(found.message_key);
  SAM_ASSIGN(const auto rows, in.fold.Rows(spaces::kPart, range.first, range.second));
  for (const auto& one : rows) {
    SAM_ASSIGN(const PartRow part, DecodePart(one.second));
    parts.push_back(part);
  }
  return parts;
}

Status Dispatcher::SendParts(const Input& in, rules::SubjectState& state, const SignalId& id,
                             const SignalRow& report) {
  PartReport found;
  SAM_ASSIGN(const std::vector<PartRow> parts, PartsOf(in, report, found));
  if (found.event.empty()) return Ok();
  if (std::find(found.signals.begin(), found.signals.end(), id) == found.signals.end()) {
    rules::PushBounded(found.signals, id, kPartSignalsMax);
    in.fold.Put(spaces::kPart, ReportKey(found.message_key), Encode(found));
  }
  for (const PartRow& part : parts) SAM_TRY(SendPart(in, state, id, report, part));
  return Ok();
}

// A report taken back: what the receiver has not acknowledged of its parts does not go out any more.
Status Dispatcher::StopParts(const Input& in, const SignalId& id, const SignalRow& report) {
  PartReport found;
  SAM_ASSIGN(const std::vector<PartRow> parts, PartsOf(in, report, found));
  for (const PartRow& part : parts) {
    const SignalId signal = PartSignal(id, report.receiver, part.event);
    SAM_ASSIGN(auto row, in.fold.Signal(signal));
    if (!row || row->withdrawn) continue;
    row->withdrawn = true;
    in.fold.PutSignal(signal, *row);
    SAM_TRY(FillNumbers(in, signal, *row));
  }
  return Ok();
}

// Parts that came before their report: a source that sent them again in another order.
Status Dispatcher::TakeWaitingParts(const Input& in) {
  if (mark_.parts == 0 || in.header.message_key.empty()) return Ok();
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(in.header.subject));
  const auto range = WaitingRange(in.header.message_key);
  SAM_ASSIGN(const auto rows, in.fold.Rows(spaces::kPart, range.first, range.second));
  for (const auto& one : rows) {
    in.fold.Delete(spaces::kPart, one.first);
    if (mark_.parts > 0) --mark_.parts;
    SAM_ASSIGN(const PartRow part, DecodePart(one.second));
    SAM_ASSIGN(const std::string payload, Payload(in, part.offset));
    if (payload.empty()) continue;  // erased while it waited
    const auto message = wire::Parse<schema::Event>(payload);
    if (!message.ok()) continue;
    SAM_ASSIGN(const auto report, PartsReport(in, in.header.message_key, in.header.offset, subject,
                                              message->get()));
    if (report)
      SAM_TRY(FilePart(in, *report, part));
    else
      Warn("attachment-of-no-report", part.offset);
  }
  return Ok();
}

}  // namespace sam::dispatch
