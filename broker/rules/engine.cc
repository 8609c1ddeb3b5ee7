#include "broker/rules/engine.h"

#include <algorithm>

#include "broker/rules/expectation.h"
#include "broker/rules/outcome.h"
#include "broker/rules/repeated_miss.h"
#include "broker/rules/transport.h"
#include "broker/rules/update.h"

namespace sam::rules {
namespace {

// Reports and outcomes rest on one event: taken back, the signal is taken back.
void WithdrawTold(SubjectState& state, const EventView& view, const char* reason,
                  const Context& context, Effects& effects) {
  for (Episode& episode : state.episodes) {
    if (episode.withdrawn) continue;
    const Rule* rule = context.rules.Find(episode.rule);
    const bool told = rule == nullptr || rule->pattern == Pattern::kTransport ||
                      rule->pattern == Pattern::kOutcome;
    if (!told) continue;  // expectation and pattern rules judge by what is left
    if (std::find(episode.evidence.begin(), episode.evidence.end(), view.replaces) ==
        episode.evidence.end())
      continue;
    for (const SignalId& signal : episode.signals)
      effects.withdraw.push_back({signal, reason, {view.id, view.offset}});
    episode.withdrawn = true;
    episode.closed = true;
  }
}

void EvaluateAll(SubjectState& state, EvidenceRef by, const char* reason, bool may_prompt,
                 bool test, const Context& context, Effects& effects) {
  ReconcileExpectations(state, context, by, effects);
  for (const Rule& rule : context.rules.all)
    if (rule.pattern == Pattern::kRepeatedMiss)
      EvaluateRepeatedMiss(state, rule, context, by, reason, may_prompt, test, effects);
}

}  // namespace

Effects OnEvent(SubjectState& state, const EventView& view, const Context& context) {
  Effects effects;
  const bool replaces = !view.replaces.empty() && view.status != schema::EventStatus::ACTUAL;
  const char* reason = "late-arrival";
  if (replaces) {
    reason = view.status == schema::EventStatus::RETRACTED ? "retracted" : "corrected";
    Retract(state, view, effects);
    WithdrawTold(state, view, reason, context, effects);
  }
  // A telling that was taken back before it arrived tells nothing.
  const bool applies =
      view.status != schema::EventStatus::RETRACTED && !WasRetracted(state, view.id);
  if (applies) {
    ApplyFacts(state, view, effects);
    for (const Rule& rule : context.rules.all) {
      if (rule.pattern == Pattern::kTransport)
        EvaluateTransport(state, rule, view, context, effects);
      if (rule.pattern == Pattern::kOutcome) EvaluateOutcome(state, rule, view, context, effects);
    }
  }
  EvaluateAll(state, {view.id, view.offset}, reason, !view.baseline, view.test, context, effects);
  return effects;
}

Effects OnTakenElsewhere(SubjectState& state, EventView view, const Context& context) {
  Effects effects;
  view.status = schema::EventStatus::RETRACTED;
  Retract(state, view, effects);
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
      return armed.rule == timer.rule && armed.due == timer.due;
    });
    const Rule* rule = context.rules.Find(timer.rule);
    if (rule != nullptr && rule->pattern == Pattern::kRepeatedMiss)
      EvaluateRepeatedMiss(state, *rule, context, {}, "late-arrival", true, false, effects);
  } else if (timer.kind == schema::TimerKind::CONSENT_EXPIRY) {
    ++state.consent_version;  // what waits in a mailbox is asked for again before it goes
    effects.regate = true;    // and what is held learns that it now lacks a consent as well
  }
  return effects;
}

Effects OnRulesChanged(SubjectState& state, const Context& context) {
  Effects effects;
  RearmExpectations(state, context, effects);
  return effects;
}

Effects OnMerged(SubjectState& into, EvidenceRef by, const Context& context) {
  Effects effects;
  effects.regate = true;
  EvaluateAll(into, by, "late-arrival", true, false, context, effects);
  return effects;
}

void AttachSignal(SubjectState& state, const Hit& hit, const SignalId& signal) {
  for (Episode& episode : state.episodes) {
    if (episode.rule != hit.rule || episode.key != hit.episode || episode.withdrawn) continue;
    if (std::find(episode.signals.begin(), episode.signals.end(), signal) ==
        episode.signals.end())
      PushBounded(episode.signals, signal, kSmallListMax);
  }
}

}  // namespace sam::rules
