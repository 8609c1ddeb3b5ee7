#include "broker/admin/subject_view.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "broker/admin/subject_harm.h"
#include "broker/dispatch/ladder.h"
#include "broker/dispatch/state_codec.h"
#include "broker/journal/audit.h"
#include "broker/journal/record_codec.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"

namespace sam::admin {
namespace {

constexpr size_t kAskedMax = 100'000;

// Why such a signal comes to be, in words: by the pattern of its rule.
std::string WhyOf(const rules::Rule* rule) {
  if (rule == nullptr) return "subject.why.rule";
  switch (rule->pattern) {
    case rules::Pattern::kTransport: return "subject.why.transport";
    case rules::Pattern::kOutcome: return "subject.why.outcome";
    case rules::Pattern::kExpectation: return "subject.why.expectation";
    case rules::Pattern::kRepeatedMiss: return "subject.why.repeated-miss";
    case rules::Pattern::kCarry: return "subject.why.carry";
    case rules::Pattern::kAttendance: return "subject.why.attendance";
    case rules::Pattern::kFacts: return "subject.why.facts";
    case rules::Pattern::kAbsence: return "subject.why.absence";
  }
  return "subject.why.rule";
}

bool IsProtected(schema::Protection protection) {
  return protection == schema::Protection::SEKRETESSMARKERING ||
         protection == schema::Protection::SKYDDAD_FOLKBOKFORING;
}

}  // namespace

Status SubjectFinder::EachHeader(const std::function<Status(const journal::Header&)>& visit) const {
  Status inner = Ok();
  SAM_TRY(view_.store().Scan(spaces::kJournal, "", "", [&](std::string_view, std::string_view bytes) {
    auto header = journal::DecodeHeader(bytes);
    inner = header.ok() ? visit(*header) : Status(header.error());
    return inner.ok();
  }));
  return inner;
}

Result<SubjectId> SubjectFinder::Find(const std::vector<PersonId>& names) {
  // The vault keeps an authority's persons under its name as each source writes it.
  std::set<std::pair<std::string, std::string>> written{{authority_.org, authority_.board}};
  SAM_TRY(EachHeader([&](const journal::Header& header) {
    if (!header.controller_org.empty() &&
        settings_.directory.AuthorityOf(header.controller_org, header.controller_board) == &authority_)
      written.emplace(header.controller_org, header.controller_board);
    return Ok();
  }));
  roots_.clear();
  for (const auto& [org, board] : written)
    for (const PersonId& name : names) {
      SAM_ASSIGN(const auto subject, view_.vault().Find(journal::VaultController(org, board), name));
      if (!subject) continue;
      SAM_ASSIGN(const SubjectId root, view_.vault().Follow(*subject));
      if (std::find(roots_.begin(), roots_.end(), root) == roots_.end()) roots_.push_back(root);
    }
  return roots_.empty() ? SubjectId{} : roots_.front();
}

Result<bool> SubjectFinder::IsTheirs(const SubjectId& subject) {
  if (subject.empty() || roots_.empty()) return false;
  if (const auto asked = asked_.find(subject); asked != asked_.end()) return asked->second;
  const auto followed = view_.vault().Follow(subject);
  if (!followed.ok() && followed.error().code != Code::kNotFound) return followed.error();
  // Not found: erased. Whose it was can not be told any more.
  const bool theirs =
      followed.ok() && std::find(roots_.begin(), roots_.end(), *followed) != roots_.end();
  if (asked_.size() >= kAskedMax) asked_.clear();
  asked_.emplace(subject, theirs);
  return theirs;
}

Result<SubjectReport> SubjectFinder::Report() {
  SubjectReport report;
  report.authority = authority_.name;
  for (const SubjectId& root : roots_) {
    SAM_ASSIGN(const rules::SubjectState state, dispatch::ReadState(view_.store(), root));
    report.guarded = report.guarded || IsProtected(state.protection);
  }
  SAM_TRY(EachHeader([&](const journal::Header& header) { return Take(header, report); }));
  SAM_TRY(AddSignals(report));
  std::sort(report.signals.begin(), report.signals.end(), [](const auto& a, const auto& b) {
    const auto at = [](const SubjectSignal& s) {
      return s.signal.decisions.empty() ? UINT64_MAX : s.signal.decisions.front().offset;
    };
    return at(a) < at(b);
  });
  return report;
}

Status SubjectFinder::Take(const journal::Header& header, SubjectReport& report) {
  if (roots_.empty()) return Ok();
  if (header.kind == journal::Kind::AUDIT) return AddLook(header, report);
  SAM_ASSIGN(const bool theirs, IsTheirs(header.subject));
  if (!theirs) return Ok();
  offsets_.push_back(header.offset.value);
  if (header.kind == journal::Kind::EVENT || header.kind == journal::Kind::CONFLICT)
    return AddEvent(header, report);
  return Ok();
}

Status SubjectFinder::AddEvent(const journal::Header& header, SubjectReport& report) const {
  if (report.events.size() >= kSubjectRowsMax) {
    report.cut = true;
    return Ok();
  }
  SubjectEvent event;
  event.offset = header.offset.value;
  event.received = header.time;
  event.unit = "subject.unit.gone";
  event.harm = true;  // of what is disposed of nobody can say that it may be handed out
  SAM_ASSIGN(const journal::Record record, view_.reader().Read(header.offset));
  if (record.payload) {
    SAM_TRY(wire::ReadOwn<schema::Event>(*record.payload, [&](schema::Event::Reader told) {
      const auto head = told.getHeader();
      event.type = std::string(wire::View(head.getType()));
      event.occurred = Millis(head.getOccurredAt());
      event.unit = UnitWords(std::string(wire::View(head.getSource().getUnitHsaId())), report.guarded);
      const routing::Authority* const teller =
          settings_.directory.AuthorityOf(header.controller_org, header.controller_board);
      event.harm = EventMayHarm(event.type, teller != nullptr && !teller->municipality.empty());
      // Of no programme: a report or an order was waited for (rule pattern absence).
      const auto body = told.getBody();
      if (body.isExpectationOverdue() && wire::View(body.getExpectationOverdue().getProgramId()).empty())
        event.harm = true;
      return Ok();
    }));
  }
  report.events.push_back(std::move(event));
  return Ok();
}

Status SubjectFinder::AddLook(const journal::Header& header, SubjectReport& report) const {
  if (report.looks.size() >= kSubjectRowsMax) {
    report.cut = true;
    return Ok();
  }
  SAM_ASSIGN(const journal::Record record, view_.reader().Read(header.offset));
  if (!record.payload) return Ok();
  SAM_ASSIGN(const journal::AuditEntry entry, journal::ParseAudit(*record.payload));
  bool about = std::find(roots_.begin(), roots_.end(), entry.subject) != roots_.end();
  for (const Offset offset : entry.offsets)
    about = about || std::binary_search(offsets_.begin(), offsets_.end(), offset.value);
  if (about) report.looks.push_back({header.time, entry.action, entry.role});
  return Ok();
}

Status SubjectFinder::AddSignals(SubjectReport& report) {
  if (roots_.empty()) return Ok();
  Status inner = Ok();
  SAM_TRY(view_.store().Scan(spaces::kSignal, "", "", [&](std::string_view key, std::string_view bytes) {
    const auto id = SignalId::From(key);
    if (!id) return true;  // an index row beside the signals
    inner = [&]() -> Status {
      SAM_ASSIGN(const dispatch::SignalRow row, dispatch::DecodeSignal(bytes));
      SAM_ASSIGN(const bool theirs, IsTheirs(row.subject));
      return theirs ? AddSignal(*id, row, report) : Ok();
    }();
    return inner.ok();
  }));
  return inner;
}

Status SubjectFinder::AddSignal(const SignalId& id, const dispatch::SignalRow& row,
                                SubjectReport& report) const {
  if (report.signals.size() >= kSubjectRowsMax) {
    report.cut = true;
    return Ok();
  }
  SubjectSignal told;
  SAM_ASSIGN(told.signal, ReadSignal(view_, id));
  told.from = FunctionWords(told.signal.sender, report.guarded);
  told.to = FunctionWords(told.signal.receiver, report.guarded);
  told.why = told.signal.about.empty() ? WhyOf(settings_.rules.Find(row.rule)) : "subject.why.notice";
  SAM_ASSIGN(told.harm, MayHarm(row));
  report.signals.push_back(std::move(told));
  return Ok();
}

Result<bool> SubjectFinder::MayHarm(const dispatch::SignalRow& row) const {
  std::optional<dispatch::SignalRow> about;
  if (!row.about.empty()) {
    SAM_ASSIGN(about, dispatch::ReadSignal(view_.store(), row.about));
  }
  const dispatch::SignalRow& itself = about ? *about : row;
  SignalOrigin origin;
  origin.about = about ? &*about : nullptr;
  origin.rule = settings_.rules.Find(itself.rule);
  for (const rules::EvidenceRef& evidence : itself.evidence) {
    SAM_ASSIGN(const journal::Record record, view_.reader().Read(evidence.offset));
    std::string& type = origin.evidence.emplace_back();
    if (!record.payload) continue;
    SAM_TRY(wire::ReadOwn<schema::Event>(*record.payload, [&](schema::Event::Reader told) {
      type = std::string(wire::View(told.getHeader().getType()));
      return Ok();
    }));
  }
  return SignalMayHarm(row, origin);
}

std::string SubjectFinder::UnitWords(const std::string& hsa_id, bool guarded) const {
  const routing::Unit* const unit = settings_.directory.UnitByHsaId(hsa_id);
  if (unit != nullptr && !guarded) return unit->name.empty() ? unit->hsa_id : unit->name;
  if (unit == nullptr) return guarded || hsa_id.empty() ? "subject.unit.unknown" : hsa_id;
  switch (unit->kind) {
    case routing::UnitKind::kBvc: return "subject.unit.bvc";
    case routing::UnitKind::kDental: return "subject.unit.dental";
    default: return "subject.unit.other";
  }
}

std::string SubjectFinder::FunctionWords(const std::string& id, bool guarded) const {
  if (id.empty()) return "subject.function.nobody";
  const routing::Function* const function = settings_.directory.FunctionById(id);
  if (function == nullptr) return guarded ? "subject.function.gone" : id;
  if (guarded) return "subject.role." + routing::RoleName(function->role);
  return function->name.empty() ? function->id : function->name;
}

}  // namespace sam::admin
