#include "broker/rules/absence.h"

#include <algorithm>

#include "broker/base/text.h"
#include "broker/rules/carry.h"
#include "broker/rules/days.h"
#include "broker/rules/facts.h"
#include "broker/rules/pattern.h"

namespace sam::rules {
namespace {

struct Wait {
  const Seen* fact = nullptr;
  std::string id;     // the fact's event, as the timer's step
  std::string key;    // of the episode
  Millis due;         // the last moment in time
  Millis fires;       // and when that is certain enough to be said
  Millis ended{-1};   // by an answer, or by what makes it needless; -1: not
};

// Empty optional: the fact does not say by when.
std::optional<Millis> DueOf(const Rule& rule, const Seen& fact) {
  if (rule.wait_percent == 0) return AddDays(fact.at, rule.wait_days);
  if (fact.value < 0) return std::nullopt;
  const Millis end = EndOfDay(Millis(int64_t{fact.value} * kDayMs), 0);
  const int64_t whole = std::max<int64_t>(0, end.value - fact.at.value);
  return Millis(fact.at.value + whole / 100 * rule.wait_percent);
}

// A report's key ends with the unit that told it.
bool NamesUnit(const Seen& fact) {
  return fact.kind == fact::Of(schema::FactKind::REPORT_SIGNED);
}
std::string_view NumberOf(const Seen& fact) {
  if (NamesUnit(fact)) return fact.key.substr(0, fact.key.find('@'));
  return fact.key.substr(0, fact.key.find(fact::kOrderEnds));  // of a booking for an order: the order's
}
std::string_view UnitOf(const Seen& fact) {
  return NamesUnit(fact) ? fact.key.substr(fact.key.find('@') + 1) : std::string_view();
}
// That a report was made is for the unit that made it, and for no other that cares for the child. An order that the
// hub has no signal of is asked of nobody: what a region notes of it is no order. Whether it went is for the dispatcher.
bool MayHear(const SubjectState& state, const Rule& rule, const Context& context, const Seen& fact) {
  // What would answer is told of another identity; the answers to a report name the report.
  if (state.unverified && !NamesUnit(fact)) return false;
  if (rule.owner == kOrderReceiver) return IsOrderCarried(state, context.rules, NumberOf(fact));
  if (fact.baseline) return false;
  if (rule.owner == kChildClinic) return !UnitOf(fact).empty();
  return !NamesUnit(fact) || UnitOf(fact) == OwnerUnit(state, rule.owner);
}

Millis FirstFrom(const std::vector<Seen>& list, Millis from, Millis now, const std::string_view* key) {
  for (const Seen& s : list) {
    if (s.at < from || s.at.value > now.value + kFutureToleranceMs) continue;
    if (key == nullptr || NumberOf(s) == *key) return s.at;
  }
  return Millis(-1);
}

struct Sight {
  Sight(const SubjectState& state, const Rule& rule) : facts(SeenOf(state, rule.after)) {
    if (facts.empty()) return;
    answers = SeenOf(state, rule.answers);
    clears = SeenOf(state, rule.clears);
  }
  std::vector<Seen> facts, answers, clears;
};

// They point into `sight`.
std::vector<Wait> WaitsOf(const Sight& sight, const Rule& rule, Millis now) {
  std::vector<Wait> out;
  for (const Seen& fact : sight.facts) {
    const auto due = DueOf(rule, fact);
    if (!due || fact.at < rule.valid_from) continue;
    Wait wait;
    wait.fact = &fact;
    wait.id = ToUuid(fact.event().view());
    wait.key = rule.steps.front() + "@" + wait.id;
    wait.due = *due;
    wait.fires = Millis(due->value + rule.min_age_hours * kHourMs);
    const std::string_view number = NumberOf(fact);
    const Millis answer =
        FirstFrom(sight.answers, fact.at, now, rule.same_key ? &number : nullptr);
    const Millis clear = FirstFrom(sight.clears, fact.at, now, nullptr);
    wait.ended = answer.value < 0 || (clear.value >= 0 && clear < answer) ? clear : answer;
    out.push_back(std::move(wait));
  }
  return out;
}

// The wait that the episode answers, also when its fact has another telling in front now.
const Wait* WaitOf(const std::vector<Wait>& waits, const Episode& episode) {
  for (const Wait& wait : waits)
    if (std::any_of(episode.evidence.begin(), episode.evidence.end(),
                    [&](const EventId& id) { return wait.fact->Told(id); }))
      return &wait;
  return nullptr;
}

void Review(SubjectState& state, const Rule& rule, const std::vector<Wait>& waits, EvidenceRef by,
            const char* reason, Effects& effects) {
  const bool may_have_lost = MayHaveLost(state, rule.after);
  for (Episode& episode : state.episodes) {
    if (episode.rule != rule.id || episode.withdrawn) continue;
    const Wait* wait = WaitOf(waits, episode);
    if (state.deceased) {
      if (!episode.closed) WithdrawEpisode(episode, "deceased", by, effects);
    } else if (wait == nullptr) {
      if (!may_have_lost) WithdrawEpisode(episode, reason, by, effects);
    } else if (wait->ended.value < 0) {
      episode.closed = false;  // the answer itself was taken back
    } else if (wait->ended < wait->due && wait->ended < episode.opened) {
      WithdrawEpisode(episode, reason, by, effects);  // in time, and told late
    } else {
      episode.closed = true;
    }
  }
}

void Open(SubjectState& state, const Rule& rule, const Wait& wait, const Context& context,
          bool test, Effects& effects) {
  Hit hit;
  hit.code = CodeOf(rule.pattern);
  hit.rule = rule.id;
  hit.version = rule.version;
  hit.episode = wait.key;
  hit.evidence = {{wait.fact->event(), wait.fact->offset}};
  hit.may_be_unasked = rule.owner == kOrderReceiver || rule.owner == kChildClinic;
  const auto gone = [&](const Episode& e) { return e.rule == rule.id && e.key == wait.key && e.withdrawn; };
  const bool before = std::any_of(state.episodes.begin(), state.episodes.end(), gone);
  if (!hit.may_be_unasked) std::erase_if(state.episodes, gone);
  // Withdrawn once and true again after all: a new signal needs evidence of its own.
  if (before && !state.retracted.empty())
    hit.evidence.push_back({state.retracted.back().by, state.retracted.back().by_offset});
  hit.occurred_at = wait.due;
  hit.test = test;
  hit.unit = rule.owner == kChildClinic ? std::string(UnitOf(*wait.fact)) : OwnerUnit(state, rule.owner);
  if (rule.owner == kOrderReceiver) {
    hit.unit.clear();
    hit.order = NumberOf(*wait.fact);
  }
  hit.overdue = OverdueFacts{rule.steps.front(), "", wait.due, wait.due, state.LastSeen()};
  Episode episode{rule.id, rule.version, wait.key, context.now, false, false, {}, {}};
  for (const EvidenceRef& ref : hit.evidence) episode.evidence.push_back(ref.event);
  // Whether anybody is asked is found out later: until then it takes no other one's place.
  PushBounded(state.episodes, std::move(episode), hit.may_be_unasked ? SIZE_MAX : kEpisodesMax);
  effects.hits.push_back(std::move(hit));
}

bool IsAnswered(const SubjectState& state, const Rule& rule, const Wait& wait) {
  return std::any_of(state.episodes.begin(), state.episodes.end(), [&](const Episode& e) {
    return e.rule == rule.id && !e.withdrawn &&
           std::any_of(e.evidence.begin(), e.evidence.end(),
                       [&](const EventId& id) { return wait.fact->Told(id); });
  });
}

// Those that somebody waits for and nothing has been said about.
std::vector<Wait> Unanswered(const SubjectState& state, const Rule& rule, const Context& context,
                             const std::vector<Wait>& waits) {
  std::vector<Wait> out;
  if (!MayPrompt(state, rule)) return out;
  for (const Wait& wait : waits)
    if (wait.ended.value < 0 && MayHear(state, rule, context, *wait.fact) && !IsAnswered(state, rule, wait) &&
        !rule.History(wait.fires))
      out.push_back(wait);
  return out;
}

// One timer for each wait still to come; others are cancelled.
void SetTimers(SubjectState& state, const Rule& rule, const std::vector<Wait>& waits,
               const Context& context, Effects& effects) {
  std::vector<std::pair<std::string, Millis>> wanted;
  for (const Wait& wait : Unanswered(state, rule, context, waits)) {
    const Millis ripe = std::max(wait.fires, QuietUntil(state, rule));
    if (ripe > context.now) wanted.emplace_back(wait.id, ripe);
  }
  std::erase_if(state.timers, [&](const ArmedTimer& armed) {
    if (armed.rule != rule.id) return false;
    for (const auto& [step, due] : wanted)
      if (armed.step == step && armed.due == due) return false;
    effects.cancel.push_back(armed);
    return true;
  });
  for (const auto& [step, due] : wanted) SetPatternTimer(state, rule, step, due, effects);
}

}  // namespace

void EvaluateAbsence(SubjectState& state, const Rule& rule, const Context& context, EvidenceRef by,
                     const char* withdraw_reason, bool may_prompt, bool test, Effects& effects) {
  const bool waits_now = std::any_of(state.timers.begin(), state.timers.end(),
                                     [&](const ArmedTimer& armed) { return armed.rule == rule.id; });
  if (!waits_now && !HasAny(state, rule.after) && !HasEpisode(state, rule)) return;
  const Sight sight(state, rule);
  const std::vector<Wait> waits = WaitsOf(sight, rule, context.now);
  Review(state, rule, waits, by, withdraw_reason, effects);
  for (const Wait& wait : Unanswered(state, rule, context, waits))
    if (may_prompt && std::max(wait.fires, QuietUntil(state, rule)) <= context.now)
      Open(state, rule, wait, context, test, effects);
  SetTimers(state, rule, waits, context, effects);
}

void RearmAbsence(SubjectState& state, const Rule& rule, const Context& context,
                  Effects& effects) {
  const Sight sight(state, rule);
  SetTimers(state, rule, WaitsOf(sight, rule, context.now), context, effects);
}

}  // namespace sam::rules
