// What is due by the decision on disposal goes: by a timer of nobody's that fires on ticks, so that a rebuild
// comes to the same. Rows keep all but what was said; one record a rule says which payloads went.
#include <map>
#include <set>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/dispatch/disposal.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/dispatch/retention.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

constexpr char kTimerRule[] = "retention";

// What a person's state points at: the next prompt rests on it, and names the person by it.
std::set<uint64_t> OffsetsOf(const rules::SubjectState& state) {
  std::set<uint64_t> out;
  if (!state.registered_event.empty()) out.insert(state.registered_offset.value);
  for (const rules::Missed& missed : state.missed) out.insert(missed.offset.value);
  for (const rules::Fact& fact : state.facts) out.insert(fact.offset.value);
  for (const rules::LinkTold& link : state.links) out.insert(link.offset.value);
  return out;
}

}  // namespace

bool Dispatcher::IsRetention(const rules::TimerSpec& timer) { return timer.rule == kTimerRule; }

void Dispatcher::ArmRetention(const Input& in) {
  if (settings_.fold < 7 || !settings_.retention.decided()) return;
  rules::TimerSpec timer;
  timer.kind = schema::TimerKind::DATES;
  timer.rule = kTimerRule;
  // Where no tick has said yet what time it is in a test, any night may lie ahead.
  timer.due = NextRetention(settings_.test && mark_.last_tick.value < 0 ? Millis(0) : in.now);
  in.fold.Put(spaces::kTimer, TimerKey(SubjectId{}, {timer.rule, "", timer.due}), EncodeTimer(timer));
}

RetentionView Dispatcher::ViewOf(const Input& in) const {
  return {[&in](const std::string& to, Lane lane) { return in.fold.LaneOf(to, lane); },
          [&in](const std::string& to, Lane lane, Sequence number) { return in.fold.MailboxRow(to, lane, number); },
          [&in](const SignalId& id) { return in.fold.Signal(id); },
          settings_.rules.reminders, in.now, mark_.backed_up};
}

Status Dispatcher::FoldRetention(const Input& in, Millis due) {
  if (settings_.fold < 7 || !settings_.retention.decided()) return Ok();
  ArmRetention(in);
  const auto parts = RetentionPartsDue(due, in.now);
  const RetentionView view = ViewOf(in);
  std::vector<SignalId> gone;
  std::set<uint64_t> needed;  // evidence of what is kept
  std::map<SubjectId, int64_t> part_of;  // a person's one part, by whichever number a row knows the person
  const auto part = [&](const SubjectId& subject) -> Result<int64_t> {
    if (const auto known = part_of.find(subject); known != part_of.end()) return known->second;
    SAM_ASSIGN(const SubjectId followed, in.fold.Follow(subject));
    return part_of.emplace(subject, RetentionPart(followed)).first->second;
  };
  Status inner = Ok();
  SAM_TRY(in.fold.Visit(spaces::kSignal, "", "", [&](std::string_view key, std::string_view value) {
    const auto row = DecodeSignal(value);
    if (!row.ok()) inner = row.error();
    if (!row.ok() || row->disposed) return row.ok();
    const auto its_part = part(row->subject);
    if (!its_part.ok()) inner = its_part.error();
    if (!its_part.ok() || !parts[static_cast<size_t>(*its_part)]) return its_part.ok();
    const auto why = Judge(*row, settings_.retention, view);
    if (!why.ok()) inner = why.error();
    else if (*why == Keeping::kDue) gone.push_back(SignalId::From(key).value_or(SignalId{}));
    else if (NeedsEvidence(*row, *why))
      for (const rules::EvidenceRef& ref : row->evidence) needed.insert(ref.offset.value);
    return why.ok();
  }));
  SAM_TRY(std::move(inner));
  return DisposeOf(in, gone, needed);
}

// What a signal that is kept rests on stays, and so does all of what else rests on it.
Status Dispatcher::DisposeOf(const Input& in, const std::vector<SignalId>& due,
                             const std::set<uint64_t>& needed) {
  std::map<RetentionRule, DisposalFacts> gone;
  std::map<SignalId, RetentionRule> former;
  std::set<SubjectId> subjects;
  uint64_t from = UINT64_MAX;
  for (const SignalId& id : due) {
    SAM_ASSIGN(auto row, in.fold.Signal(id));
    if (!row) continue;
    if (StaysForAnother(*row, needed)) continue;
    const RetentionRule rule = RetentionRuleOf(*row);
    DisposalFacts& facts = gone[rule];
    std::set<uint64_t> remembered;  // a report goes whole: rules remember that it was, and that it was answered
    if (rule == RetentionRule::kPayload) {
      SAM_ASSIGN(const Fold::Found person, in.fold.FollowedState(row->subject));
      remembered = OffsetsOf(person.state);
    }
    SAM_TRY(ItemsOf(in, *row, rule, remembered, facts.items));
    former.emplace(id, rule);
    subjects.insert(row->subject);
    for (const rules::EvidenceRef& ref : row->evidence) from = std::min(from, ref.offset.value);
    for (const Placement& place : row->placements) from = std::min(from, place.decision);
    row->disposed = true;
    row->draft.clear();
    in.fold.PutSignal(id, *row);
  }
  if (former.empty()) return Ok();
  SAM_TRY(AddFormer(in, from, former, subjects, gone));
  for (auto& [rule, facts] : gone) {
    facts.rule = RetentionRuleName(rule);
    facts.decision = settings_.retention.Of(rule).decision;
    Dispose(in, std::move(facts));
  }
  return Ok();
}

// Those that are still there. What the rules go on resting on (a registration, a fact) is not the signal's alone.
// A notice leaves what the signal rests on to the signal.
Status Dispatcher::ItemsOf(const Input& in, const SignalRow& row, RetentionRule rule,
                           const std::set<uint64_t>& remembered, std::vector<DisposedItem>& items) {
  const auto add = [&](uint64_t offset) -> Status {
    SAM_ASSIGN(const auto there, in.fold.Get(spaces::kPayload, BigEndian64(offset)));
    if (there) items.push_back({Offset(offset), row.subject});
    return Ok();
  };
  for (const Placement& place : row.placements) SAM_TRY(add(place.decision));
  if (rule == RetentionRule::kFeedback) return Ok();
  for (const rules::EvidenceRef& ref : row.evidence)
    if (!remembered.contains(ref.offset.value)) SAM_TRY(add(ref.offset.value));
  for (const LadderStep& step : row.ladder) {
    SAM_ASSIGN(const bool told, IsReceipt(in, step.source));
    if (told) SAM_TRY(add(step.source));
  }
  return Ok();
}

// A number that was decided anew names its newest decision only: the ones before are looked for in the log.
Status Dispatcher::AddFormer(const Input& in, uint64_t from, const std::map<SignalId, RetentionRule>& due,
                             const std::set<SubjectId>& subjects,
                             std::map<RetentionRule, DisposalFacts>& gone) {
  std::vector<std::pair<uint64_t, SubjectId>> found;
  SAM_TRY(in.fold.Visit(spaces::kJournal, BigEndian64(from), "", [&](std::string_view key, std::string_view value) {
    const auto subject = wire::ReadOwn<schema::RecordHeader>(
        value, [](schema::RecordHeader::Reader header) -> Result<SubjectId> {
          if (header.getKind() != schema::RecordKind::DECISION) return SubjectId{};
          return wire::IdOf<SubjectId>(header.getSubject());
        });
    if (subject.ok() && subjects.contains(*subject)) found.emplace_back(ReadBigEndian64(key), *subject);
    return true;
  }));
  for (const auto& [offset, subject] : found) {
    SAM_ASSIGN(const std::string bytes, Payload(in, Offset(offset)));
    if (bytes.empty()) continue;
    SAM_ASSIGN(const DecisionFacts decision, DecodeDecision(bytes));
    const auto rule = due.find(decision.signal);
    if (rule != due.end()) gone[rule->second].items.push_back({Offset(offset), subject});
  }
  return Ok();
}

}  // namespace sam::dispatch
