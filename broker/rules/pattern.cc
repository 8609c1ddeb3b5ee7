#include "broker/rules/pattern.h"

#include <algorithm>

#include "broker/base/text.h"
#include "broker/rules/facts.h"
#include "broker/rules/update.h"

namespace sam::rules {
namespace {

using SeenWindow = std::vector<const Seen*>;

// The rule's facts and what clears them, by time.
struct PatternSight {
  std::vector<Seen> facts;
  std::vector<Seen> clears;
};

std::string_view CountyOf(std::string_view municipality) { return municipality.substr(0, 2); }

bool CountsMisses(const Rule& rule) {
  return std::any_of(rule.needs.begin(), rule.needs.end(), [](const Need& need) {
    return std::any_of(need.facts.begin(), need.facts.end(), [](const FactMatch& match) {
      return match.kind == fact::kVisitMissed ||
             match.kind == fact::Of(schema::FactKind::DENTAL_VISIT_MISSED);
    });
  });
}

// What a child missed in one county is not counted together with what it misses in the next one.
void AddCountyMoves(const SubjectState& state, const Rule& rule, std::vector<Seen>& clears) {
  if (!CountsMisses(rule)) return;
  const std::vector<Seen> moves =
      SeenOf(state, {{fact::Of(schema::FactKind::MUNICIPALITY_WAS), kAnyDetail}});
  for (size_t i = 0; i < moves.size(); ++i) {
    const std::string_view to = i + 1 < moves.size() ? moves[i + 1].key : state.municipality;
    if (!moves[i].key.empty() && !to.empty() && CountyOf(moves[i].key) != CountyOf(to))
      clears.push_back(moves[i]);
  }
}

FactList Wanted(const Rule& rule) {
  FactList wanted;
  for (const Need& need : rule.needs)
    wanted.insert(wanted.end(), need.facts.begin(), need.facts.end());
  return wanted;
}

// Those of a wrong clock or before the rule left out.
SeenWindow Ordered(const PatternSight& sight, const Rule& rule, Millis now) {
  SeenWindow list;
  for (const Seen& s : sight.facts)
    if (s.at >= rule.valid_from && s.at.value <= now.value + kFutureToleranceMs)
      list.push_back(&s);
  return list;
}

// The last clearing fact at or before `until`; -1: none.
Millis LastClear(const PatternSight& sight, Millis until) {
  Millis last(-1);
  for (const Seen& s : sight.clears)
    if (s.at <= until && s.at > last) last = s.at;
  return last;
}

// What lies at or before this belongs to a run that is over.
Millis RunStart(const PatternSight& sight, const Rule& rule, const SeenWindow& list, Millis now) {
  Millis start = LastClear(sight, Millis(now.value + kFutureToleranceMs));
  if (rule.pattern != Pattern::kFacts) return start;
  for (size_t i = list.size(); i-- > 1;)
    if (list[i]->at.value - list[i - 1]->at.value >= rule.window_days * kDayMs)
      return std::max(start, list[i - 1]->at);
  return start;
}

// The facts of the window that ends with list[end] and reaches back to the last clearing fact.
SeenWindow WindowAt(const PatternSight& sight, const Rule& rule, const SeenWindow& list, size_t end) {
  const Millis to = list[end]->at;
  const Millis from(to.value - rule.window_days * kDayMs);
  const Millis clear = LastClear(sight, to);
  SeenWindow window;
  for (size_t i = 0; i <= end; ++i)
    if (list[i]->at > clear && list[i]->at > from) window.push_back(list[i]);
  return window;
}

bool FitsAny(const FactList& facts, const Seen& seen) {
  return std::any_of(facts.begin(), facts.end(),
                     [&](const FactMatch& match) { return match.Fits(seen.kind, seen.detail); });
}

// Two of one series, the later one higher by at least so much. Never across series: another index, or
// one that counts initial caries, says nothing about the first.
bool Rises(const SeenWindow& window, const Need& need) {
  for (size_t i = 0; i < window.size(); ++i)
    for (size_t k = i + 1; k < window.size(); ++k)
      if (FitsAny(need.facts, *window[i]) && FitsAny(need.facts, *window[k]) &&
          window[i]->key == window[k]->key && window[i]->value >= 0 &&
          window[k]->value - window[i]->value >= need.rise)
        return true;
  return false;
}

// How often it happened. A fact belongs to the earliest happening near enough that its own type has not told yet: what
// one type tells twice are two, however near.
int64_t Happenings(const SeenWindow& window, const Need& need) {
  struct Happening {
    Millis first;
    std::vector<uint16_t> kinds;
  };
  if (need.same_within_days == 0)
    return std::count_if(window.begin(), window.end(), [&](const Seen* s) { return FitsAny(need.facts, *s); });
  std::vector<Happening> all;
  for (const Seen* s : window) {
    if (!FitsAny(need.facts, *s)) continue;
    const auto same = std::find_if(all.begin(), all.end(), [&](const Happening& one) {
      return s->at.value - one.first.value <= need.same_within_days * kDayMs &&
             std::find(one.kinds.begin(), one.kinds.end(), s->kind) == one.kinds.end();
    });
    if (same == all.end()) all.push_back({s->at, {s->kind}});
    else same->kinds.push_back(s->kind);
  }
  return static_cast<int64_t>(all.size());
}

bool Satisfied(const Rule& rule, const SeenWindow& window) {
  return std::all_of(rule.needs.begin(), rule.needs.end(), [&](const Need& need) {
    if (need.rise > 0) return Rises(window, need);
    return Happenings(window, need) >= need.count;
  });
}

bool Rests(const Episode& episode, const Seen& seen) {
  return std::any_of(episode.evidence.begin(), episode.evidence.end(),
                     [&](const EventId& id) { return seen.Told(id); });
}

// Nothing that the prompt rested on is gone, and nothing that clears has been told that lies between.
bool Untouched(const SubjectState& state, const PatternSight& sight, const Episode& episode,
               const SeenWindow& resting) {
  for (const EventId& id : episode.evidence) {
    const bool fact = std::any_of(resting.begin(), resting.end(),
                                  [&](const Seen* s) { return s->Told(id); });
    const bool retraction = std::any_of(state.retracted.begin(), state.retracted.end(),
                                        [&](const Retracted& r) { return r.by == id; });
    if (!fact && !retraction) return false;
  }
  return resting.empty() || LastClear(sight, resting.back()->at) < resting.front()->at;
}

bool StillHolds(const SubjectState& state, const PatternSight& sight, const Rule& rule,
                const Episode& episode, Millis now) {
  if (MayHaveLost(state, Wanted(rule))) return true;  // its evidence may have left the list
  SeenWindow list;
  for (const Seen* s : Ordered(sight, rule, now))
    if (Rests(episode, *s)) list.push_back(s);
  // Made by an earlier version of the rule: a change of the rule alone takes nothing back.
  if (episode.version != rule.version && Untouched(state, sight, episode, list)) return true;
  // All that is left of it in one run: a clearing fact told late, between, makes two of it, and the
  // later one is to be answered by itself. Logs of repeated misses were decided by any part of it.
  const bool any_part = rule.pattern == Pattern::kRepeatedMiss;
  for (size_t end = list.size(); end-- > 0;) {
    if (Satisfied(rule, WindowAt(sight, rule, list, end))) return true;
    if (!any_part) return false;
  }
  return false;
}

void ReviewEpisodes(SubjectState& state, const PatternSight& sight, const Rule& rule, Millis now,
                    EvidenceRef by, const char* reason, Effects& effects) {
  for (Episode& episode : state.episodes) {
    if (episode.rule != rule.id || episode.withdrawn) continue;
    if (rule.suppress_protected && IsProtected(state.protection))
      WithdrawEpisode(episode, "protected", by, effects);
    else if (state.deceased ? !episode.closed : !StillHolds(state, sight, rule, episode, now))
      WithdrawEpisode(episode, state.deceased ? "deceased" : reason, by, effects);
  }
}

// An old fact alone never prompts: told by an initial load, or from before the rule was there.
bool HasNews(const Rule& rule, const SeenWindow& window) {
  return std::any_of(window.begin(), window.end(), [&](const Seen* s) {
    return !s->baseline && !rule.History(s->at);
  });
}

// The owner's own side: what another one has told is evidence, and is not shown.
bool IsOwn(const Rule& rule, const Seen& seen) {
  const std::string_view side = DomainOf(seen.kind);
  return side.empty() || side == (rule.owner == "dental.clinic" ? "dental" : "bvc");
}

Hit MakeHit(const SubjectState& state, const Rule& rule, const SeenWindow& window) {
  Hit hit;
  hit.code = CodeOf(rule.pattern);
  hit.rule = rule.id;
  hit.version = rule.version;
  hit.episode = ToUuid(window.front()->event().view());
  hit.occurred_at = window.back()->at;
  hit.unit = OwnerUnit(state, rule.owner);
  PatternFacts facts{window.front()->at, window.back()->at, {}};
  for (const bool own : {true, false})  // the child is named by an event of the owner's
    for (const Seen* s : window) {
      if (IsOwn(rule, *s) != own) continue;
      hit.evidence.push_back({s->event(), s->offset});
      if (own)
        facts.occurrences.push_back({s->event(), TypeOf(s->kind), s->at, std::string(s->code)});
    }
  hit.pattern = std::move(facts);
  return hit;
}

// The run that starts after `start` has been answered already.
bool Answered(const SubjectState& state, const Rule& rule, const SeenWindow& list, Millis start) {
  for (const Episode& episode : state.episodes) {
    if (episode.rule != rule.id || episode.withdrawn) continue;
    for (const Seen* s : list)
      if (s->at > start && Rests(episode, *s)) return true;
  }
  return false;
}

void OpenEpisode(SubjectState& state, const Rule& rule, const Context& context,
                 const SeenWindow& window, bool test, Effects& effects) {
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

bool HasEpisode(const SubjectState& state, const Rule& rule) {
  return std::any_of(state.episodes.begin(), state.episodes.end(),
                     [&](const Episode& episode) { return episode.rule == rule.id; });
}

bool MayPrompt(const SubjectState& state, const Rule& rule) {
  if (!rule.enabled || state.deceased) return false;
  if (rule.suppress_protected && IsProtected(state.protection)) return false;
  if (rule.owner == kOrderReceiver || rule.owner == kChildClinic) return true;  // the fact says who is asked
  if (OwnerUnit(state, rule.owner).empty()) return false;
  return rule.owner == "dental.clinic" || !state.transferred;
}

void SetPatternTimer(SubjectState& state, const Rule& rule, const std::string& step, Millis due,
                     Effects& effects) {
  for (const ArmedTimer& armed : state.timers)
    if (armed.rule == rule.id && armed.step == step && armed.due == due) return;
  state.timers.push_back({rule.id, step, due});
  effects.set.push_back({schema::TimerKind::PATTERN, rule.id, step, due, due, due, ""});
}

Millis QuietUntil(const SubjectState& state, const Rule& rule) {
  Millis until(-1);
  for (const Episode& episode : state.episodes)
    if (episode.rule == rule.id && !episode.withdrawn && rule.debounce_days > 0)
      until = std::max(until, Millis(episode.opened.value + rule.debounce_days * kDayMs));
  return until;
}

void EvaluatePattern(SubjectState& state, const Rule& rule, const Context& context, EvidenceRef by,
                     const char* withdraw_reason, bool may_prompt, bool test, Effects& effects) {
  // Most children have nothing that most rules look at.
  const bool concerned =
      std::any_of(rule.needs.begin(), rule.needs.end(),
                  [&](const Need& need) { return HasAny(state, need.facts); }) ||
      HasEpisode(state, rule);
  if (!concerned) return;
  PatternSight sight{SeenOf(state, Wanted(rule)), SeenOf(state, rule.clears)};
  if (context.rules.since_fold_7) AddCountyMoves(state, rule, sight.clears);
  ReviewEpisodes(state, sight, rule, context.now, by, withdraw_reason, effects);
  if (!may_prompt || sight.facts.empty() || !MayPrompt(state, rule)) return;
  // A fact with a time still to come (a wrong clock) is looked at again when that time is there.
  for (const Seen& s : sight.facts)
    if (s.at.value > context.now.value + kFutureToleranceMs)
      SetPatternTimer(state, rule, "", Millis(s.at.value - kFutureToleranceMs), effects);
  const SeenWindow list = Ordered(sight, rule, context.now);
  const Millis start = RunStart(sight, rule, list, context.now);
  if (Answered(state, rule, list, start)) return;
  const Millis quiet = QuietUntil(state, rule);
  for (size_t end = list.size(); end-- > 0;) {
    if (list[end]->at <= start) break;  // over since
    const SeenWindow window = WindowAt(sight, rule, list, end);
    if (!Satisfied(rule, window) || !HasNews(rule, window)) continue;
    // Too young, or too soon after the last prompt: looked at again when neither is so. An older
    // pair may be ripe already, so that one more absence never puts a prompt off.
    const Millis ripe = std::max(quiet, Millis(list[end]->at.value + rule.min_age_hours * kHourMs));
    if (ripe > context.now) {
      SetPatternTimer(state, rule, "", ripe, effects);
      continue;
    }
    OpenEpisode(state, rule, context, window, test, effects);
    return;
  }
}

}  // namespace sam::rules
