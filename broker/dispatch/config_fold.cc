// A new configuration: what was held is asked for again at once; timers of all subjects are put right
// bit by bit, a slice with each input from then on, so that millions of children do not stop the hub.
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/store/spaces.h"

namespace sam::dispatch {
namespace {

// One slice of the walk for so many records of the log. There are never more subjects than records,
// so a slice has this many at the very most, and far fewer in a hub that has run for a while.
constexpr uint64_t kRecordsPerSlice = 8192;

// What a rule waits for: its steps, and for whom and until when their programmes wait.
bool SameSteps(const rules::Programmes& a, const rules::Programmes& b, const rules::Rule& rule) {
  if (rule.pattern != rules::Pattern::kExpectation) return true;
  for (const std::string& code : rule.steps) {
    const rules::Programmes::Found before = a.Find(code);
    const rules::Programmes::Found now = b.Find(code);
    if (before.step == nullptr || now.step == nullptr) {
      if (before.step != now.step) return false;
    } else if (!(*before.step == *now.step) ||
               !rules::SameChildren(*before.programme, *now.programme)) {
      return false;
    }
  }
  return true;
}

bool HasTimers(const rules::Rule& rule) {
  return rule.pattern == rules::Pattern::kExpectation || rule.pattern == rules::Pattern::kAbsence;
}

}  // namespace

Status Dispatcher::FoldConfig(const Input& in) {
  auto settings = ParseSettings(in.payload);
  if (!settings.ok())
    return Internal("config record " + std::to_string(in.header.offset.value) +
                    " does not parse and should never have been submitted: " +
                    settings.error().message);
  if (settings->fold >= 1 && settings_.fold < 1) SAM_TRY(OfferAll(in));
  const rules::Reminders before = settings_.rules.reminders;
  const uint32_t fold_before = settings_.fold;
  TakeSettings(in, std::move(settings).value());
  in.fold.Put(spaces::kConfig, BigEndian64(in.header.offset.value), std::string(in.payload));
  if (settings_.fold >= 2) ArmDates(in);
  ArmRetention(in);
  SAM_TRY(RearmClocks(in, before));
  if (settings_.fold >= 7 && fold_before < 7) SAM_TRY(ArmCaseEnds(in));
  return RegateHeld(in);
}

void Dispatcher::ArmDates(const Input& in) {
  // Where no tick has said yet what time it is in a test, any date may still lie ahead.
  const Millis now = settings_.test && mark_.last_tick.value < 0 ? Millis(0) : in.now;
  const std::optional<Millis> next = routing::Sooner(settings_.directory.NextChange(now),
                                                     settings_.agreements.NextChange(now));
  if (!next) return;
  rules::TimerSpec timer;
  timer.kind = schema::TimerKind::DATES;
  timer.rule = "dates";
  timer.due = *next;
  in.fold.Put(spaces::kTimer, TimerKey(SubjectId{}, {timer.rule, "", timer.due}), EncodeTimer(timer));
}

// A unit or function, or an agreement, begins or ceases to be valid: what waits in a mailbox is asked
// for again before it goes, and what is held at once. Delivery compares places in the log: a clock that jumps
// back would make it ask for ever.
Status Dispatcher::FoldDates(const Input& in) {
  in.fold.Put(spaces::kMeta, std::string(kValidKey),
              BigEndian64(in.header.offset.value));
  ArmDates(in);
  return RegateHeld(in);
}

Result<std::vector<SignalId>> Dispatcher::SignalsThat(
    const Input& in, const std::function<bool(const SignalRow&)>& wanted) {
  std::vector<SignalId> out;
  Status inner = Ok();
  SAM_TRY(in.fold.Visit(spaces::kSignal, "", "", [&](std::string_view key, std::string_view value) {
    const auto row = DecodeSignal(value);
    if (!row.ok()) inner = row.error();
    if (row.ok() && wanted(*row)) out.push_back(SignalId::From(key).value_or(SignalId{}));
    return row.ok();
  }));
  SAM_TRY(std::move(inner));
  return out;
}

// A directory that names the missing receiver lets go what was held for it.
Status Dispatcher::RegateHeld(const Input& in) {
  SAM_ASSIGN(const std::vector<SignalId> held, SignalsThat(in, [](const SignalRow& row) {
    return row.outcome == schema::Outcome::HELD;
  }));
  for (const SignalId& id : held) {
    // Anew: an earlier one of this round may have changed it.
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    if (!row || row->outcome != schema::Outcome::HELD) continue;
    SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row->subject));
    SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
    SAM_TRY(RegateOne(in, subject, state, id, *row, ""));
    in.fold.PutState(subject, state);
  }
  return Ok();
}

// Builds before this edition did not tell what had left: any number may have. A connection that has told
// of itself already says the same, and it waits for its own word: that stays.
Status Dispatcher::OfferAll(const Input& in) {
  SAM_ASSIGN(const auto lanes, in.fold.Rows(spaces::kLane, "", ""));
  for (const auto& lane : lanes) {
    SAM_ASSIGN(const auto told, in.fold.Get(spaces::kOffered, lane.first));
    if (told && ReadBigEndian64(*told) >= mailbox::kAnyOffered) continue;
    in.fold.Put(spaces::kOffered, lane.first, BigEndian64(mailbox::kAnyOffered));
  }
  return Ok();
}

// What a rule that is new or changed would have said before now is history to it. The first
// configuration changes nothing: there was none before it.
void Dispatcher::TakeSettings(const Input& in, Settings next) {
  bool walk = false;
  mark_.since.clear();
  for (rules::Rule& rule : next.rules.all) {
    const rules::Rule* before = settings_.rules.Find(rule.id);
    const bool same = before != nullptr && rules::SameMeaning(*before, rule, next.fold >= 7) &&
                      SameSteps(settings_.programmes, next.programmes, rule);
    if (configured_) rule.since = same ? before->since : in.now;
    if (rule.since.value >= 0) mark_.since.emplace_back(rule.id, rule.since);
    walk = walk || (!same && rule.enabled && HasTimers(rule));
  }
  if (walk) {
    mark_.walk_from = 0;
    mark_.walk_width = UINT64_MAX / (1 + in.header.offset.value / kRecordsPerSlice);
  }
  settings_ = std::move(next);
  configured_ = true;
}

// Slices are cut by key and by the offset of the configuration, never by how many rows there are:
// rebuild after an erasure has fewer rows and must still come to each child at the same input.
Status Dispatcher::Walk(const Input& in) {
  if (mark_.walk_width == 0) return Ok();
  const bool last = mark_.walk_width >= UINT64_MAX - mark_.walk_from;
  const uint64_t next = last ? 0 : mark_.walk_from + mark_.walk_width;
  SAM_ASSIGN(const auto rows, in.fold.Rows(spaces::kState, BigEndian64(mark_.walk_from),
                                           last ? std::string() : BigEndian64(next)));
  for (const auto& row : rows) {
    SAM_ASSIGN(rules::SubjectState state, DecodeState(row.second));
    if (!state.merged_into.empty()) continue;
    rules::Effects effects = rules::OnRulesChanged(state, ContextOf(in));
    if (effects.set.empty() && effects.cancel.empty()) continue;
    const SubjectId subject = SubjectId::From(row.first).value_or(SubjectId{});
    SAM_TRY(Carry(in, subject, state, std::move(effects)));
  }
  mark_.walk_from = next;
  if (last) mark_.walk_width = 0;
  return Ok();
}

Status Dispatcher::Pass(const journal::Header& header, Fold& fold) {
  const Input in{header, "", NowOf(header.time), fold, header.offset};
  SAM_TRY(Walk(in));
  Skip(header);
  return Ok();
}

}  // namespace sam::dispatch
