#include "broker/rules/expectation.h"

#include <algorithm>

#include "broker/rules/days.h"
#include "broker/rules/facts.h"

namespace sam::rules {
namespace {

bool Contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// One step of one rule, found once and looked at often.
struct Item {
  const Rule& rule;
  const Programme& programme;
  const Step& step;
  bool dental() const { return step.owner == "dental.clinic"; }
};

// What counts from the child's birth and its place in the programme.
struct Child {
  std::optional<Millis> born;
  const SubjectState& state;
};

template <typename Visit>
void EachItem(const Context& context, const Rule& rule, Visit visit) {
  for (size_t i = 0; i < rule.steps.size(); ++i) {
    const auto& all = context.programmes.all;
    if (i < rule.places.size()) {  // as Connect found them
      const Programme& programme = all[rule.places[i].programme];
      visit(Item{rule, programme, programme.steps[rule.places[i].step]});
    } else {
      const Programmes::Found found = context.programmes.Find(rule.steps[i]);
      if (found.step != nullptr) visit(Item{rule, *found.programme, *found.step});
    }
  }
}

bool FitsOne(const FactList& list, const Programme& programme, const Fact& fact) {
  // Of enrolment in several programmes only what is told of this one counts.
  if (fact.kind == fact::Of(schema::FactKind::PROGRAM_CHANGED) && fact.key != programme.id)
    return false;
  return std::any_of(list.begin(), list.end(), [&](const FactMatch& match) {
    return match.Fits(fact.kind, fact.detail);
  });
}

bool Happened(const Fact& fact, Millis now) {
  return fact.at.value <= now.value + kFutureToleranceMs;
}

// The enrolment that stands; null: none, or it has ended since.
const Fact* EnrolmentOf(const SubjectState& state, const Programme& programme, Millis now) {
  using Change = schema::ProgramChanged::Change;
  const Fact* enrolled = nullptr;
  const Fact* ended = nullptr;
  for (const Fact& f : state.facts) {
    if (f.kind != fact::Of(schema::FactKind::PROGRAM_CHANGED) || f.key != programme.id) continue;
    if (!Happened(f, now)) continue;
    const auto change = static_cast<Change>(f.detail);
    if (change == Change::ENROLLED && (enrolled == nullptr || f.at > enrolled->at)) enrolled = &f;
    if (change == Change::ENDED && (ended == nullptr || f.at > ended->at)) ended = &f;
  }
  return enrolled != nullptr && ended != nullptr && ended->at >= enrolled->at ? nullptr : enrolled;
}

bool Stands(const SubjectState& state, const Programme& programme, const Cancel& cancel,
            Millis now) {
  Millis last(-1), again(-1);
  for (const Fact& f : state.facts) {
    if (!Happened(f, now)) continue;
    if (FitsOne(cancel.facts, programme, f)) last = std::max(last, f.at);
    if (FitsOne(cancel.until, programme, f)) again = std::max(again, f.at);
  }
  return last.value >= 0 && again <= last;
}

// What the expectation counts from and is filed under: the registration, or the enrolment, or (dental
// care has no registration) the birth. Since fold edition 7 the birth also where there is a registration: who was
// prompted for at one centre is not prompted for again at the next one.
std::string EpisodeKey(const SubjectState& state, const Item& item, const Context& context) {
  if (item.programme.enrolment) {
    const Fact* enrolled = EnrolmentOf(state, item.programme, context.now);
    return item.step.code + "@e" + std::to_string(enrolled == nullptr ? -1 : enrolled->at.value);
  }
  if (item.dental() || context.rules.since_fold_7) return item.step.code + "@birth";
  return item.step.code + "@" + std::to_string(state.registered_at.value);
}

struct Window {
  Millis due;
  Millis overdue;  // the last day in time
  Millis fires;
};

// More time, never less.
Window Restarted(Millis from, int64_t days, Millis usual) {
  const Millis later = std::max(AddDays(from, days), usual);
  return Window{later, later, AddDays(later, 1)};
}

// Empty optional: nothing is expected of this child.
std::optional<Window> WindowOf(const Child& child, const Item& item, const Context& context) {
  const SubjectState& state = child.state;
  const Step& step = item.step;
  if (!child.born) return std::nullopt;
  const Millis born = *child.born;
  const Window usual{AddDays(born, step.due_days), AddDays(born, step.overdue_days),
                     EndOfDay(born, step.overdue_days)};
  if (item.programme.enrolment) {
    const Fact* enrolled = EnrolmentOf(state, item.programme, context.now);
    if (enrolled == nullptr) return std::nullopt;
    const bool late = AddDays(enrolled->at, step.restart_days) > usual.overdue;
    return late && step.restart_days > 0
               ? Restarted(enrolled->at, step.restart_days, usual.overdue)
               : usual;
  }
  if (item.dental()) return usual;
  if (state.registered_at.value < 0) return std::nullopt;
  const int64_t age = AgeInDays(born, state.registered_at);
  // Over before the child came, and the time that a late one has as well: it is nobody's to tell.
  if (context.rules.since_fold_7 && age > step.overdue_days + step.restart_days) return std::nullopt;
  const bool late = step.restart_after_day >= 0 && age > step.restart_after_day;
  if (late || (step.restart_born_abroad && state.born_abroad))
    return Restarted(state.registered_at, step.restart_days, usual.overdue);
  return usual;
}

bool Completes(const Item& item, const Fact& fact) {
  if (FitsOne(item.step.done, item.programme, fact)) return true;
  return item.step.program_step >= 0 && fact.value == item.step.program_step &&
         fact.kind == fact::Of(schema::FactKind::PROGRAM_CHANGED) &&
         fact.detail == static_cast<uint16_t>(schema::ProgramChanged::Change::STEP) &&
         fact.key == item.programme.id;
}

// When it was first completed; -1: not yet.
Millis DoneAt(const Child& child, const Item& item, Millis now) {
  const Step& step = item.step;
  Millis first(-1);
  const auto take = [&](Millis at) {
    if (at.value > now.value + kFutureToleranceMs) return;
    if (child.born && AgeInDays(*child.born, at) < step.from_day) return;
    if (first.value < 0 || at < first) first = at;
  };
  for (const Attended& a : child.state.attended) {
    const bool counts = a.home ? Contains(step.home_visits, a.code)
                               : Contains(step.visits, a.code) || Contains(step.visits, "*");
    if (counts) take(a.at);
  }
  for (const Fact& f : child.state.facts)
    if (Completes(item, f)) take(f.at);
  return first;
}

bool IsDeclined(const SubjectState& state, const Step& step) {
  return std::any_of(state.declined.begin(), state.declined.end(), [&](const Declined& d) {
    return Contains(step.declined, d.kind) || d.kind == "care:all" || d.kind == "care:visits";
  });
}

bool CountsFromBirth(const Item& item, const Context& context) {
  return context.rules.since_fold_7 && !item.programme.enrolment && !item.dental();
}

// Also one that an earlier edition has filed under a registration.
bool IsFiledAs(const Episode& episode, const Item& item, const std::string& key,
               const Context& context) {
  return episode.key == key ||
         (CountsFromBirth(item, context) && episode.key.starts_with(item.step.code + "@"));
}

// One that stands before one that was withdrawn.
template <typename State>
auto FindEpisode(State& state, const Item& item, const Context& context) -> decltype(state.episodes.data()) {
  const std::string key = EpisodeKey(state, item, context);
  auto* found = static_cast<decltype(state.episodes.data())>(nullptr);
  for (auto& episode : state.episodes)
    if (episode.rule == item.rule.id && IsFiledAs(episode, item, key, context) &&
        (found == nullptr || found->withdrawn))
      found = &episode;
  return found;
}

// Who would be told; empty: nobody holds the facts.
const std::string& OwnerOf(const SubjectState& state, const Item& item) {
  static const std::string nobody;
  if (item.dental()) return OwnerUnit(state, item.step.owner);
  return state.transferred ? nobody : state.owner_unit;
}

// The timer that should stand for this step; empty optional: none.
std::optional<TimerSpec> Desired(const Child& child, const Item& item, const Context& context) {
  const SubjectState& state = child.state;
  const Rule& rule = item.rule;
  if (!rule.enabled || state.deceased || OwnerOf(state, item).empty()) return std::nullopt;
  if (state.unverified) return std::nullopt;  // whatever completes the step is told of another identity
  const auto window = WindowOf(child, item, context);
  if (!window || window->fires < rule.valid_from) return std::nullopt;
  if (DoneAt(child, item, context.now).value >= 0 || IsDeclined(state, item.step))
    return std::nullopt;
  if (!state.episodes.empty()) {
    const Episode* episode = FindEpisode(state, item, context);
    if (episode != nullptr && !episode->withdrawn) return std::nullopt;
  }
  if (!WhyNotExpected(state, item.programme, context.now).empty()) return std::nullopt;
  return TimerSpec{schema::TimerKind::EXPECTATION, rule.id, item.step.code, window->fires,
                   window->due, window->overdue, item.programme.id};
}

// An initial load tells of children whose steps were due long ago: they raise no prompts. Nor does what
// fell due before the rule was there.
bool IsPast(const SubjectState& state, const Rule& rule, const TimerSpec& desired, Millis now) {
  return rule.History(desired.due) || (state.baseline && desired.due <= now);
}

bool IsLater(const Child& child, const Item& item, const Context& context, Millis than) {
  const auto window = WindowOf(child, item, context);
  return window && window->fires >= than;
}

void ReconcileTimer(SubjectState& state, const Rule& rule, const Context& context,
                    Effects& effects) {
  const Child child{DateToMillis(state.birth_date), state};
  std::optional<TimerSpec> desired;
  EachItem(context, rule, [&](const Item& item) {
    // Most steps are not the next one: their window alone tells.
    if (desired && IsLater(child, item, context, desired->due)) return;
    auto one = Desired(child, item, context);
    if (!one || (rule.steps.size() > 1 && IsPast(state, rule, *one, context.now))) return;
    if (!desired || one->due < desired->due) desired = std::move(one);
  });
  bool stands = false;
  std::erase_if(state.timers, [&](const ArmedTimer& armed) {
    if (armed.rule != rule.id || !Contains(rule.steps, armed.step)) return false;
    // A changed rule whose new date is past already leaves the date that was promised before.
    if (desired && armed.step == desired->step &&
        (desired->due == armed.due || rule.History(desired->due))) {
      stands = true;
      return false;
    }
    effects.cancel.push_back(armed);
    return true;
  });
  if (!desired || stands || IsPast(state, rule, *desired, context.now)) return;
  state.timers.push_back({desired->rule, desired->step, desired->due});
  effects.set.push_back(*desired);
}

// The registration or the enrolment itself was taken back: it never was.
bool Unfounded(const SubjectState& state, const Item& item, Millis now) {
  if (!item.programme.enrolment) return !item.dental() && state.registered_at.value < 0;
  if (EnrolmentOf(state, item.programme, now) != nullptr) return false;
  return std::none_of(state.facts.begin(), state.facts.end(), [&](const Fact& f) {
    return f.kind == fact::Of(schema::FactKind::PROGRAM_CHANGED) && f.key == item.programme.id &&
           f.detail == static_cast<uint16_t>(schema::ProgramChanged::Change::ENROLLED);
  });
}

void ReconcileEpisode(SubjectState& state, const Item& item, Episode& episode,
                      const Context& context, EvidenceRef by, Effects& effects) {
  const Child child{DateToMillis(state.birth_date), state};
  const std::string current = EpisodeKey(state, item, context);
  if (state.deceased) {
    WithdrawEpisode(episode, "deceased", by, effects);
  } else if (Unfounded(state, item, context.now)) {
    WithdrawEpisode(episode, "retracted", by, effects);
  } else if (!IsFiledAs(episode, item, current, context) || IsDeclined(state, item.step) ||
             !WhyNotExpected(state, item.programme, context.now).empty()) {
    episode.closed = true;
  } else if (const Millis done = DoneAt(child, item, context.now); done.value >= 0) {
    const auto window = WindowOf(child, item, context);
    // Done in time and told late: the prompt was wrong. Done too late: it was right, and is over.
    // What was done after the prompt can not make it wrong, however the programme has changed.
    if (window && done < window->fires && done < episode.opened)
      WithdrawEpisode(episode, "late-arrival", by, effects);
    else
      episode.closed = true;
  }
}

void ReconcileEpisodes(SubjectState& state, const Rule& rule, const Context& context,
                       EvidenceRef by, Effects& effects) {
  for (Episode& episode : state.episodes) {
    if (episode.rule != rule.id || episode.closed) continue;
    EachItem(context, rule, [&](const Item& item) {
      const bool its = rule.steps.size() == 1 || episode.key.starts_with(item.step.code + "@");
      if (its && !episode.closed) ReconcileEpisode(state, item, episode, context, by, effects);
    });
  }
}

// The event that the expectation rests on.
EvidenceRef FoundationOf(const SubjectState& state, const Item& item, Millis now) {
  const Fact* fact = item.programme.enrolment ? EnrolmentOf(state, item.programme, now)
                     : item.dental()          ? ClinicOf(state)
                                              : nullptr;
  if (fact != nullptr) return {fact->events.front(), fact->offset};
  return {state.registered_event, state.registered_offset};
}

void Open(SubjectState& state, const Item& item, const TimerSpec& desired, Millis due,
          const Context& context, Effects& effects) {
  const std::string key = EpisodeKey(state, item, context);
  Hit hit;
  hit.code = CodeOf(item.rule.pattern);
  hit.rule = item.rule.id;
  // The steps of one registration rest on the same event: each signal needs a name of its own.
  if (item.rule.steps.size() > 1) hit.told_as = item.rule.id + "/" + item.step.code;
  hit.version = item.rule.version;
  hit.episode = key;
  hit.evidence = {FoundationOf(state, item, context.now)};
  if (Episode* before = FindEpisode(state, item, context)) {
    // The earlier prompt was withdrawn because of a telling that has been taken back since: that
    // makes this a new signal, with an id of its own.
    if (!state.retracted.empty())
      hit.evidence.push_back({state.retracted.back().by, state.retracted.back().by_offset});
    *before = Episode{};
  }
  std::erase(state.episodes, Episode{});
  hit.occurred_at = due;
  hit.unit = OwnerOf(state, item);
  hit.overdue = OverdueFacts{item.step.code, desired.programme, desired.due_at, desired.overdue_at,
                             state.LastSeen()};
  Episode episode{item.rule.id, item.rule.version, key, context.now, false, false, {}, {}};
  for (const EvidenceRef& ref : hit.evidence) episode.evidence.push_back(ref.event);
  PushBounded(state.episodes, std::move(episode), kEpisodesMax);
  effects.hits.push_back(std::move(hit));
}

}  // namespace

std::string WhyNotExpected(const SubjectState& state, const Programme& programme, Millis now) {
  if (!programme.Covers(state.municipality)) return "elsewhere";
  for (const Cancel& cancel : programme.cancels)
    if (Stands(state, programme, cancel, now)) return cancel.reason;
  if (programme.enrolment && EnrolmentOf(state, programme, now) == nullptr) return "not-enrolled";
  return "";
}

void CloseBeforeMove(SubjectState& state, const std::string& from, const Context& context) {
  if (!context.rules.since_fold_6 || from.empty() || from == state.municipality) return;
  const Child child{DateToMillis(state.birth_date), state};
  for (const Rule& rule : context.rules.all) {
    if (rule.pattern != Pattern::kExpectation || !rule.enabled) continue;
    EachItem(context, rule, [&](const Item& item) {
      if (item.programme.Covers(from) || !item.programme.Covers(state.municipality)) return;
      const auto window = WindowOf(child, item, context);
      const std::string key = EpisodeKey(state, item, context);
      if (!window || window->fires > context.now || FindEpisode(state, item, context) != nullptr) return;
      PushBounded(state.episodes, Episode{rule.id, rule.version, key, context.now, true, false, {}, {}},
                  kEpisodesMax);
    });
  }
}

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
  if (rule == nullptr || rule->pattern != Pattern::kExpectation ||
      !Contains(rule->steps, timer.step))
    return;
  EachItem(context, *rule, [&](const Item& item) {
    const Child child{DateToMillis(state.birth_date), state};
    const auto desired = Desired(child, item, context);
    if (!desired) return;
    // The rule's other steps have no timer of their own: what is due by now is told now.
    const bool its = item.step.code == timer.step;
    const Millis until = its ? timer.due : context.now;
    if (desired->due > until || (!its && IsPast(state, *rule, *desired, context.now))) return;
    Open(state, item, *desired, its ? timer.due : desired->due, context, effects);
  });
  if (rule->steps.size() > 1) ReconcileTimer(state, *rule, context, effects);
}

}  // namespace sam::rules
