// SIG-C1: whoever looked at a prompt has decided to tell the other health care of the same region that the
// family is not reached. A person's decision is carried; no rule makes it.
#include <algorithm>

#include "broker/base/log.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/routing/dates.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

constexpr const char* kDental = "dental.clinic";

const rules::Rule* AttendanceRule(const rules::RuleSet& rules, const std::string& owner) {
  for (const rules::Rule& rule : rules.all)
    if (rule.enabled && rule.pattern == rules::Pattern::kAttendance && rule.owner == owner) return &rule;
  return nullptr;
}

// How often the family was tried, and since when it has not been reached.
struct Tries {
  int64_t count = 1;
  Millis since;
};

// What sums up several tries tells how many, and from which day on.
Tries TriesIn(schema::Event::Reader event) {
  Tries out;
  out.since = Millis(event.getHeader().getOccurredAt());
  const auto body = event.getBody();
  std::string_view day;
  if (body.isDentalContactFailed()) {
    const auto failed = body.getDentalContactFailed();
    day = failed.getSince().cStr();
    out.count = std::max<int64_t>(failed.getAttempts().size(), failed.getAttemptCount());
  } else if (body.isDentalChildUnlisted()) {
    day = body.getDentalChildUnlisted().getSinceDate().cStr();
    out.count = body.getDentalChildUnlisted().getLetters();
  }
  out.since = routing::StartOfDay(day).value_or(out.since);
  out.count = std::max<int64_t>(out.count, 1);
  return out;
}

}  // namespace

Status Dispatcher::TellOtherCare(const Input& in, const SignalId& prompt, const SignalRow& row) {
  const rules::Rule* const rule = AttendanceRule(settings_.rules, OwnerOfRule(row.rule));
  if (rule == nullptr) {
    log::Warn("dispatch", "health-contact-without-rule", {{"offset", in.header.offset}});
    return Ok();
  }
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row.subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  rules::Hit hit;
  hit.code = rules::CodeOf(rule->pattern);
  hit.rule = rule->id;
  hit.version = rule->version;
  hit.evidence = row.evidence;
  hit.occurred_at = in.now;
  hit.test = row.test;
  hit.sender_function = row.receiver;
  hit.unit = row.unit;
  SAM_ASSIGN(const Verdict verdict, Raise(in, subject, state, hit));
  rules::AttachBeside(state, prompt, verdict.id);
  in.fold.PutState(subject, state);
  return Ok();
}

// How often and since when, of what the deciding side itself has told: no findings, and nothing that
// the other side knows already.
routing::AttendanceDraft Dispatcher::AttendanceOf(const routing::Candidate& candidate,
                                                  const std::string& owner) const {
  const std::string_view side = owner == kDental ? "dental." : "bvc.";
  routing::AttendanceDraft draft{std::nullopt, 0};
  for (const routing::Evidence& one : candidate.evidence) {
    if (one.bytes.empty()) continue;
    const auto event = wire::Parse<schema::Event>(one.bytes);
    if (!event.ok()) continue;
    const auto header = event->get().getHeader();
    if (!std::string_view(header.getType().cStr()).starts_with(side)) continue;
    const Tries tries =
        settings_.fold >= 6 ? TriesIn(event->get()) : Tries{1, Millis(header.getOccurredAt())};
    draft.attempts = static_cast<uint16_t>(std::min<int64_t>(draft.attempts + tries.count, UINT16_MAX));
    if (!draft.not_reached_since || tries.since < *draft.not_reached_since)
      draft.not_reached_since = tries.since;
  }
  return draft;
}

}  // namespace sam::dispatch
