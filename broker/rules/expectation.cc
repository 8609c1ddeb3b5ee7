#include "broker/rules/expectation.h"

#include <algorithm>

#include "broker/rules/days.h"

namespace sam::rules {
namespace {

bool Contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string EpisodeKey(const SubjectState& state, const Step& step) {
  return step.code + "@" + std::to_string(state.registered_at.value);
}

struct Window {
  Millis due;
  Millis overdue;  // the last day in time
  Millis fires;
};

// Empty optional: nothing is expected of this child.
std::optional<Window> WindowOf(const SubjectState& state, const Step& step) {
  const auto born = DateToMillis(state.birth_date);
  if (!born || state.registered_at.value < 0) return std::nullopt;
  const int64_t age = AgeInDays(*born, state.registered_at);
  const bool late = step.restart_after_day >= 0 && age > step.restart_after_day;
  if (late || (step.restart_born_abroad && state.born_abroad)) {
    const Millis overdue = AddDays(state.registered_at, step.restart_days);
    const Millis usual = AddDays(*born, step.overdue_days);
    // A restart gives more time, never less.
    const Millis later = std::max(overdue, usual);
    return Window{later, later, AddDays(later, 1)};
  }
  return Window{AddDays(*born, step.due_days), AddDays(*born, step.overdue_days),
                EndOfDay(*born, step.overdue_days)};
}

// The earliest contact that completes the step; null: none.
const Attended* DoneBy(const SubjectState& state, const Step& step, Millis now) {
  const auto born = DateToMillis(state.birth_date);
  const Attended* first = nullptr;
  for (const Attended& a : state.attended) {
    if (a.at.value > now.value + kFutureToleranceMs) continue;
    if (born && AgeInDays(*born, a.at) < step.from_day) continue;
    const bool counts = a.home ? Contains(step.home_visits, a.code)
                               : Contains(step.visits, a.code) || Contains(step.visits, "*");
    if (counts && (first == nullptr || a.at < first->at)) first = &a;
  }
  return first;
}

bool IsDeclined(const SubjectState& state, const Step& step) {
  return std::any_of(state.declined.begin(), state.declined.end(), [&](const Declined& d) {
    return Contains(step.declined, d.kind) || d.kind == "care:all" || d.kind == "care:visits";
  });
}

Episode* FindEpisode(SubjectState& state, const Rule& rule, const std::string& key) {
  for (Episode& episode : state.episodes)
    if (episode.rule == rule.id && episode.key == key) return &episode;
  return nullptr;
}

void WithdrawEpisode(Episode& episode, const char* reason, EvidenceRef by, Effects& effects) {
  for (const SignalId& signal : episode.signals) effects.withdraw.push_back({signal, reason, by});
  episode.withdrawn = true;
  episode.closed = true;
}

// The timer that should stand for this rule; empty optional: none.
std::optional<TimerSpec> Desired(SubjectState& state, const Rule& rule, const Context& context) {
  const Programmes::Found found = context.programmes.Find(rule.step);
  if (!rule.enabled || found.step == nullptr) return std::nullopt;
  if (state.deceased || state.transferred || state.owner_unit.empty()) return std::nullopt;
  const auto window = WindowOf(state, *found.step);
  if (!window || window->fires < rule.valid_from) return std::nullopt;
  if (DoneBy(state, *found.step, context.now) != nullptr || IsDeclined(state, *found.step))
    return std::nullopt;
  const Episode* episode = FindEpisode(state, rule, EpisodeKey(state, *found.step));
  if (episode != nullptr && !episode->withdrawn) return std::nullopt;
  return TimerSpec{schema::TimerKind::EXPECTATION, rule.id, rule.step, window->fires, window->due,
                   window->overdue, found.programme->id};
}

void ReconcileTimer(SubjectState& state, const Rule& rule, const Context& context,
                    Effects& effects) {
  const auto desired = Desired(state, rule, context);
  bool stands = false;
  std::erase_if(state.timers, [&](const ArmedTimer& armed) {
    if (armed.rule != rule.id || armed.step != rule.step || rule.step.empty()) return false;
    // A changed rule whose new date is past already leaves the date that was promised before.
    if (desired && (desired->due == armed.due || rule.History(desired->due))) {
      stands = true;
      return false;
    }
    effects.cancel.push_back(armed);
    return true;
  });
  if (!desired || stands || rule.History(desired->due)) return;
  // An initial load tells of children whose steps were due long ago: they raise no prompts.
  if (state.baseline && desired->due <= context.now) return;
  state.timers.push_back({desired->rule, desired->step, desired->due});
  effects.set.push_back(*desired);
}

void ReconcileEpisodes(SubjectState& state, const Rule& rule, const Context& context,
                       EvidenceRef by, Effects& effects) {
  const Programmes::Found found = context.programmes.Find(rule.step);
  if (found.step == nullptr) return;
  const std::string current = EpisodeKey(state, *found.step);
  for (Episode& episode : state.episodes) {
    if (episode.rule != rule.id || episode.closed) continue;
    if (state.deceased) {
      WithdrawEpisode(episode, "deceased", by, effects);
    } else if (state.registered_at.value < 0) {
      WithdrawEpisode(episode, "retracted", by, effects);
    } else if (episode.key != current || IsDeclined(state, *found.step)) {
      episode.closed = true;
    } else if (const Attended* done = DoneBy(state, *found.step, context.now)) {
      const auto window = WindowOf(state, *found.step);
      // Done in time and told late: the prompt was wrong. Done too late: it was right, and is over.
      // What was done after the prompt can not make it wrong, however the programme has changed.
      if (window && done->at < window->fires && done->at < episode.opened)
        WithdrawEpisode(episode, "late-arrival", by, effects);
      else
        episode.closed = true;
    }
  }
}

}  // namespace

void ReconcileExpectations(SubjectState& state, const Context& context, EvidenceRef by,
                           Effects& effects) {
  for (const Rule& rule : context.rules.all) {
    if (rule.pattern != Pattern::kExpectation) continue;
    ReconcileEpisodes(state, rule, context, by, effects);
    ReconcileTimer(state, rule, context, effects);
  }
}

void RearmExpectations(SubjectState& state, const Context& context, Effects& effects) {
  for (const Rule& rule : context.rules.all)
    if (rule.pattern == Pattern::kExpectation) ReconcileTimer(state, rule, context, effects);
}

void FireExpectation(SubjectState& state, const TimerSpec& timer, const Context& context,
                     Effects& effects) {
  std::erase_if(state.timers, [&](const ArmedTimer& armed) {
    return armed.rule == timer.rule && armed.step == timer.step;
  });
  const Rule* rule = context.rules.Find(timer.rule);
  // A rule that was changed, disabled or removed since: what it looks at now is what counts.
  if (rule == nullptr || rule->pattern != Pattern::kExpectation || rule->step != timer.step) return;
  const auto desired = Desired(state, *rule, context);
  if (!desired || desired->due > timer.due) return;
  const std::string key = EpisodeKey(state, *context.programmes.Find(timer.step).step);
  Hit hit;
  hit.code = CodeOf(rule->pattern);
  hit.rule = rule->id;
  hit.version = rule->version;
  hit.episode = key;
  hit.evidence = {{state.registered_event, state.registered_offset}};
  if (Episode* before = FindEpisode(state, *rule, key)) {
    // The earlier prompt was withdrawn because of a telling that has been taken back since: that
    // makes this a new signal, with an id of its own.
    if (!state.retracted.empty())
      hit.evidence.push_back({state.retracted.back().by, state.retracted.back().by_offset});
    *before = Episode{};
  }
  std::erase(state.episodes, Episode{});
  hit.occurred_at = timer.due;
  hit.unit = state.owner_unit;
  hit.overdue = OverdueFacts{timer.step, desired->programme, desired->due_at, desired->overdue_at,
                             state.LastSeen()};
  Episode episode{rule->id, rule->version, key, context.now, false, false, {}, {}};
  for (const EvidenceRef& ref : hit.evidence) episode.evidence.push_back(ref.event);
  PushBounded(state.episodes, std::move(episode), kEpisodesMax);
  effects.hits.push_back(std::move(hit));
}

}  // namespace sam::rules
