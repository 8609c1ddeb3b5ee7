#include "broker/rules/engine.h"

#include <algorithm>

#include "broker/base/text.h"
#include "broker/rules/absence.h"
#include "broker/rules/carry.h"
#include "broker/rules/expectation.h"
#include "broker/rules/facts.h"
#include "broker/rules/outcome.h"
#include "broker/rules/pattern.h"
#include "broker/rules/transport.h"
#include "broker/rules/update.h"

namespace sam::rules {
namespace {

void WithdrawTold(SubjectState& state, const EventView& view, const char* reason,
                  const Context& context, Effects& effects) {
  for (Episode& episode : state.episodes) {
    if (episode.withdrawn) continue;
    // Expectation and pattern rules judge by what is left.
    if (!RestsOnOneEvent(context.rules.Find(episode.rule))) continue;
    if (std::find(episode.evidence.begin(), episode.evidence.end(), view.replaces) ==
        episode.evidence.end())
      continue;
    WithdrawEpisode(episode, reason, {view.id, view.offset}, effects);
  }
}

void EvaluateOne(SubjectState& state, const Rule& rule, EvidenceRef by, const char* reason,
                 bool may_prompt, bool test, const Context& context, Effects& effects) {
  if (rule.pattern == Pattern::kRepeatedMiss || rule.pattern == Pattern::kFacts)
    EvaluatePattern(state, rule, context, by, reason, may_prompt, test, effects);
  else if (rule.pattern == Pattern::kAbsence)
    EvaluateAbsence(state, rule, context, by, reason, may_prompt, test, effects);
}

void EvaluateAll(SubjectState& state, EvidenceRef by, const char* reason, bool may_prompt,
                 bool test, const Context& context, Effects& effects) {
  ReconcileExpectations(state, context, by, effects);
  for (const Rule& rule : context.rules.all)
    EvaluateOne(state, rule, by, reason, may_prompt, test, context, effects);
}

}  // namespace

Effects OnEvent(SubjectState& state, const EventView& view, const Context& context) {
  Effects effects;
  const bool replaces = !view.replaces.empty() && view.status != schema::EventStatus::ACTUAL;
  const char* reason = "late-arrival";
  if (replaces) {
    reason = view.status == schema::EventStatus::RETRACTED ? "retracted" : "corrected";
    Retract(state, view, context.rules, effects);
    WithdrawTold(state, view, reason, context, effects);
  }
  // A telling that was taken back before it arrived tells nothing.
  const bool applies =
      view.status != schema::EventStatus::RETRACTED && !WasRetracted(state, view.id);
  if (applies) {
    const std::string lived = state.municipality;
    ApplyFacts(state, view, context.rules, effects);
    CloseBeforeMove(state, lived, context);
    for (const Rule& rule : context.rules.all) {
      if (rule.pattern == Pattern::kTransport)
        EvaluateTransport(state, rule, view, context, effects);
      if (rule.pattern == Pattern::kCarry) EvaluateCarry(state, rule, view, context, effects);
      if (rule.pattern == Pattern::kOutcome) EvaluateOutcome(state, rule, view, context, effects);
    }
  }
  EvaluateAll(state, {view.id, view.offset}, reason, !view.baseline, view.test, context, effects);
  return effects;
}

Effects OnTakenElsewhere(SubjectState& state, EventView view, const Context& context) {
  Effects effects;
  view.status = schema::EventStatus::RETRACTED;
  Retract(state, view, context.rules, effects);
  WithdrawTold(state, view, "corrected", context, effects);
  EvaluateAll(state, {}, "corrected", false, view.test, context, effects);
  // The correction names the other child: no notice about this one may rest on it.
  for (Withdrawal& withdrawal : effects.withdraw) withdrawal.by = {};
  return effects;
}

Effects OnTimer(SubjectState& state, const TimerSpec& timer, const Context& context) {
  Effects effects;
  if (timer.kind == schema::TimerKind::EXPECTATION) {
    FireExpectation(state, timer, context, effects);
  } else if (timer.kind == schema::TimerKind::PATTERN) {
    std::erase_if(state.timers, [&](const ArmedTimer& armed) {
      return armed.rule == timer.rule && armed.step == timer.step && armed.due == timer.due;
    });
    const Rule* rule = context.rules.Find(timer.rule);
    if (rule != nullptr)
      EvaluateOne(state, *rule, {}, "late-arrival", true, false, context, effects);
  } else if (timer.kind == schema::TimerKind::CONSENT_EXPIRY) {
    ++state.consent_version;  // what waits in a mailbox is asked for again before it goes
    effects.regate = true;    // and what is held learns that it now lacks a consent as well
    effects.fall = ConsentFall::kRanOut;
  }
  return effects;
}

Effects OnRulesChanged(SubjectState& state, const Context& context) {
  Effects effects;
  RearmExpectations(state, context, effects);
  for (const Rule& rule : context.rules.all)
    if (rule.pattern == Pattern::kAbsence) RearmAbsence(state, rule, context, effects);
  return effects;
}

Effects OnMerged(SubjectState& into, EvidenceRef by, const Context& context) {
  Effects effects;
  effects.regate = true;
  effects.fall = ConsentFall::kEnded;
  EvaluateAll(into, by, "late-arrival", true, false, context, effects);
  return effects;
}

Effects OnAnswered(SubjectState& state, const Answered& answered, const Context& context) {
  Effects effects;
  if (!context.rules.kept[fact::Of(schema::FactKind::SIGNAL_RECEIPT)]) return effects;
  Fact fact;
  fact.kind = fact::Of(schema::FactKind::SIGNAL_RECEIPT);
  fact.detail = static_cast<uint16_t>(answered.step);
  fact.key = ToUuid(answered.report.view());
  fact.at = answered.at;
  fact.events = {answered.by.event};
  fact.offset = answered.by.offset;
  PutFact(state, std::move(fact), context.rules.since_fold_8);
  EvaluateAll(state, answered.by, "late-arrival", true, answered.test, context, effects);
  return effects;
}

Effects OnOrderAnswered(SubjectState& state, const EventView& view, std::string_view order, const Context& context) {
  Effects effects;
  Fact fact = FactOf(view);
  const bool cancelled = fact.kind == fact::Of(schema::FactKind::VISIT_CANCELLED);
  if (cancelled) fact.key.insert(0, std::string(order) + fact::kOrderEnds);
  const bool replaces = !view.replaces.empty() && view.status != schema::EventStatus::ACTUAL;
  const char* reason = "late-arrival";
  if (replaces) {
    reason = view.status == schema::EventStatus::RETRACTED ? "retracted" : "corrected";
    DropFact(state, view.replaces);
    PushBounded(state.retracted, {view.replaces, view.id, view.offset}, kSmallListMax);
  }
  const bool applies = view.status != schema::EventStatus::RETRACTED && !WasRetracted(state, view.id);
  if (applies && fact.kind != 0 && context.rules.kept[fact.kind])
    PutFact(state, std::move(fact), context.rules.since_fold_8);
  // What is asked once more since then rests on this, too (nothing is said to be untrue).
  if (applies && cancelled) PushBounded(state.retracted, {EventId{}, view.id, view.offset}, kSmallListMax);
  EvaluateAll(state, {view.id, view.offset}, reason, true, view.test, context, effects);
  // It is told of another authority's person: no notice may rest on it.
  for (Withdrawal& withdrawal : effects.withdraw) withdrawal.by = {};
  return effects;
}

void AttachSignal(SubjectState& state, const Hit& hit, const SignalId& signal) {
  if (hit.may_be_unasked) {  // somebody is: now it takes the place of others
    std::erase_if(state.episodes,
                  [&](const Episode& e) { return e.rule == hit.rule && e.key == hit.episode && e.withdrawn; });
    if (state.episodes.size() > kEpisodesMax) state.episodes.erase(state.episodes.begin());
  }
  for (Episode& episode : state.episodes) {
    if (episode.rule != hit.rule || episode.key != hit.episode || episode.withdrawn) continue;
    AddOnce(episode.signals, signal, kSmallListMax);
  }
}

void DropUnasked(SubjectState& state, const Hit& hit) {
  if (!hit.may_be_unasked) return;
  std::erase_if(state.episodes, [&](const Episode& episode) {
    return episode.rule == hit.rule && episode.key == hit.episode && !episode.withdrawn;
  });
}

Effects OnOrderReleased(SubjectState& state, bool test, const Context& context) {
  Effects effects;
  for (const Rule& rule : context.rules.all)
    if (rule.owner == kOrderReceiver)
      EvaluateOne(state, rule, {}, "late-arrival", true, test, context, effects);
  return effects;
}

void AttachBeside(SubjectState& state, const SignalId& known, const SignalId& added) {
  for (Episode& episode : state.episodes)
    if (std::find(episode.signals.begin(), episode.signals.end(), known) != episode.signals.end())
      AddOnce(episode.signals, added, kSmallListMax);
}

std::vector<SignalId> SignalsOf(const SubjectState& state) {
  std::vector<SignalId> all;
  for (const Episode& episode : state.episodes)
    all.insert(all.end(), episode.signals.begin(), episode.signals.end());
  return all;
}

}  // namespace sam::rules
