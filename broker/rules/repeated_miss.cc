#include "broker/rules/repeated_miss.h"

#include <algorithm>

#include "broker/base/text.h"

namespace sam::rules {
namespace {

bool Clears(const Rule& rule, const Attended& attended) {
  const char* type = attended.home ? "bvc.homevisit.completed" : "bvc.visit.completed";
  return std::find(rule.clear_events.begin(), rule.clear_events.end(), type) !=
         rule.clear_events.end();
}

// The last clearing visit at or before `until`; -1: none.
Millis LastClear(const SubjectState& state, const Rule& rule, Millis until) {
  Millis last(-1);
  for (const Attended& a : state.attended)
    if (a.at <= until && a.at > last && Clears(rule, a)) last = a.at;
  return last;
}

// Misses by time, those of a wrong clock or before the rule left out.
std::vector<const Missed*> Ordered(const SubjectState& state, const Rule& rule, Millis now) {
  std::vector<const Missed*> list;
  for (const Missed& m : state.missed)
    if (m.at >= rule.valid_from && m.at.value <= now.value + kFutureToleranceMs)
      list.push_back(&m);
  std::stable_sort(list.begin(), list.end(), [](const Missed* a, const Missed* b) {
    return a->at != b->at ? a->at < b->at : a->events.front() < b->events.front();
  });
  return list;
}

// The misses of the window that ends with list[end] and reaches back to the last clearing visit.
std::vector<const Missed*> WindowAt(const SubjectState& state, const Rule& rule,
                                    const std::vector<const Missed*>& list, size_t end) {
  const Millis to = list[end]->at;
  const Millis from(to.value - rule.window_days * kDayMs);
  const Millis clear = LastClear(state, rule, to);
  std::vector<const Missed*> window;
  for (size_t i = 0; i <= end; ++i)
    if (list[i]->at > clear && list[i]->at > from) window.push_back(list[i]);
  return window;
}

bool Rests(const Episode& episode, const Missed& missed) {
  return std::any_of(missed.events.begin(), missed.events.end(), [&](const EventId& id) {
    return std::find(episode.evidence.begin(), episode.evidence.end(), id) !=
           episode.evidence.end();
  });
}

// Nothing that the prompt rested on is gone, and no visit has been told of that lies between.
bool Untouched(const SubjectState& state, const Rule& rule, const Episode& episode,
               const std::vector<const Missed*>& resting) {
  for (const EventId& id : episode.evidence) {
    const bool miss = std::any_of(resting.begin(), resting.end(), [&](const Missed* m) {
      return std::find(m->events.begin(), m->events.end(), id) != m->events.end();
    });
    const bool retraction = std::any_of(state.retracted.begin(), state.retracted.end(),
                                        [&](const Retracted& r) { return r.by == id; });
    if (!miss && !retraction) return false;
  }
  return resting.empty() || LastClear(state, rule, resting.back()->at) < resting.front()->at;
}

bool StillHolds(const SubjectState& state, const Rule& rule, const Episode& episode, Millis now) {
  if (state.missed.size() >= kMissedMax) return true;  // its evidence may have left the list
  std::vector<const Missed*> list;
  for (const Missed* m : Ordered(state, rule, now))
    if (Rests(episode, *m)) list.push_back(m);
  // Made by an earlier version of the rule: a change of the rule alone takes nothing back.
  if (episode.version != rule.version && Untouched(state, rule, episode, list)) return true;
  for (size_t end = 0; end < list.size(); ++end)
    if (WindowAt(state, rule, list, end).size() >= static_cast<size_t>(rule.threshold))
      return true;
  return false;
}

void ReviewEpisodes(SubjectState& state, const Rule& rule, Millis now, EvidenceRef by,
                    const char* reason, Effects& effects) {
  for (Episode& episode : state.episodes) {
    if (episode.rule != rule.id || episode.withdrawn) continue;
    if (state.deceased ? !episode.closed : !StillHolds(state, rule, episode, now)) {
      const char* why = state.deceased ? "deceased" : reason;
      for (const SignalId& signal : episode.signals)
        effects.withdraw.push_back({signal, why, by});
      episode.withdrawn = true;
      episode.closed = true;
    }
  }
}

// An old absence alone never prompts: told by an initial load, or from before the rule was there.
bool HasNews(const Rule& rule, const std::vector<const Missed*>& window) {
  return std::any_of(window.begin(), window.end(), [&](const Missed* m) {
    return !m->baseline && !rule.History(m->at);
  });
}

Hit MakeHit(const SubjectState& state, const Rule& rule,
            const std::vector<const Missed*>& window) {
  Hit hit;
  hit.code = CodeOf(rule.pattern);
  hit.rule = rule.id;
  hit.version = rule.version;
  hit.episode = ToUuid(window.front()->events.front().view());
  hit.occurred_at = window.back()->at;
  hit.unit = state.owner_unit;
  PatternFacts facts{window.front()->at, window.back()->at, {}};
  for (const Missed* m : window) {
    hit.evidence.push_back({m->events.front(), m->offset});
    facts.occurrences.push_back({m->events.front(), "bvc.visit.missed", m->at, m->visit_code});
  }
  hit.pattern = std::move(facts);
  return hit;
}

void SetPatternTimer(SubjectState& state, const Rule& rule, Millis due, Effects& effects) {
  for (const ArmedTimer& armed : state.timers)
    if (armed.rule == rule.id && armed.due == due) return;
  state.timers.push_back({rule.id, "", due});
  effects.set.push_back({schema::TimerKind::PATTERN, rule.id, "", due, due, due, ""});
}

// The run since the last clearing visit has been answered already.
bool Answered(const SubjectState& state, const Rule& rule,
              const std::vector<const Missed*>& list, Millis clear) {
  for (const Episode& episode : state.episodes) {
    if (episode.rule != rule.id || episode.withdrawn) continue;
    for (const Missed* m : list)
      if (m->at > clear && Rests(episode, *m)) return true;
  }
  return false;
}

// Until when an earlier prompt of this rule keeps the next one back.
Millis QuietUntil(const SubjectState& state, const Rule& rule) {
  Millis until(-1);
  for (const Episode& episode : state.episodes)
    if (episode.rule == rule.id && !episode.withdrawn && rule.debounce_days > 0)
      until = std::max(until, Millis(episode.opened.value + rule.debounce_days * kDayMs));
  return until;
}

void OpenEpisode(SubjectState& state, const Rule& rule, const Context& context,
                 const std::vector<const Missed*>& window, bool test, Effects& effects) {
  Hit hit = MakeHit(state, rule, window);
  hit.test = test;
  const bool again = std::any_of(
      state.episodes.begin(), state.episodes.end(), [&](const Episode& episode) {
        return episode.rule == rule.id && episode.withdrawn && Rests(episode, *window.back());
      });
  // Withdrawn once and true again after all: a new signal needs evidence of its own.
  if (again && !state.retracted.empty())
    hit.evidence.push_back({state.retracted.back().by, state.retracted.back().by_offset});
  Episode episode{rule.id, rule.version, hit.episode, context.now, false, false, {}, {}};
  for (const EvidenceRef& ref : hit.evidence) episode.evidence.push_back(ref.event);
  std::erase_if(state.episodes, [&](const Episode& e) {
    return e.rule == rule.id && e.key == hit.episode && e.withdrawn;
  });
  PushBounded(state.episodes, std::move(episode), kEpisodesMax);
  effects.hits.push_back(std::move(hit));
}

}  // namespace

void EvaluateRepeatedMiss(SubjectState& state, const Rule& rule, const Context& context,
                          EvidenceRef by, const char* withdraw_reason, bool may_prompt, bool test,
                          Effects& effects) {
  ReviewEpisodes(state, rule, context.now, by, withdraw_reason, effects);
  if (!rule.enabled || !may_prompt || state.deceased || state.transferred) return;
  if (state.owner_unit.empty()) return;
  // A miss with a time still to come (a wrong clock) is looked at again when that time is there.
  for (const Missed& m : state.missed)
    if (m.at.value > context.now.value + kFutureToleranceMs)
      SetPatternTimer(state, rule, Millis(m.at.value - kFutureToleranceMs), effects);
  const std::vector<const Missed*> list = Ordered(state, rule, context.now);
  const Millis clear = LastClear(state, rule, Millis(context.now.value + kFutureToleranceMs));
  if (Answered(state, rule, list, clear)) return;
  const Millis quiet = QuietUntil(state, rule);
  for (size_t end = list.size(); end-- > 0;) {
    if (list[end]->at <= clear) break;  // cleared since
    const std::vector<const Missed*> window = WindowAt(state, rule, list, end);
    if (window.size() < static_cast<size_t>(rule.threshold) || !HasNews(rule, window)) continue;
    // Too young, or too soon after the last prompt: looked at again when neither is so. An older
    // pair may be ripe already, so that one more absence never puts a prompt off.
    const Millis ripe = std::max(quiet, Millis(list[end]->at.value + rule.min_age_hours * kHourMs));
    if (ripe > context.now) {
      SetPatternTimer(state, rule, ripe, effects);
      continue;
    }
    OpenEpisode(state, rule, context, window, test, effects);
    return;
  }
}

}  // namespace sam::rules
