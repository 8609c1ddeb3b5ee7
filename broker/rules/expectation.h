// Rule pattern "expectation" (P2, P3, and every programme): a step that should have been done by now.
// Refusal is lawful and ends the expectation, as do the other reasons a programme names; silence is the
// concern. Pure.
#pragma once

#include "broker/rules/effects.h"

namespace sam::rules {

// Which timers should stand, compared with those that do: sets and cancels the difference. A rule of
// several steps has one timer, for the step that falls due first. Also withdraws prompts that the state
// no longer supports: the step was done in time but told late, the child is dead, the registration was
// a mistake. Call after every change of the state.
void ReconcileExpectations(SubjectState& state, const Context& context, EvidenceRef by,
                           Effects& effects);

// The timers alone, after the rules or programmes have changed: nothing that was told is judged anew.
// The child has moved from that municipality: steps of programmes that did not cover it there, and whose time
// is over, are closed untold. Another unit's child was late, or nobody's.
void CloseBeforeMove(SubjectState& state, const std::string& from, const Context& context);

void RearmExpectations(SubjectState& state, const Context& context, Effects& effects);

// The timer of this rule's step has fallen due. One prompt per rule, child and registration.
void FireExpectation(SubjectState& state, const TimerSpec& timer, const Context& context,
                     Effects& effects);

// Why nothing of this programme is expected of the child: "elsewhere" (its area is another),
// "not-enrolled", or the reason of the cancel that stands (moved, declined, done-elsewhere,
// opted-out, ended). Empty: it is waited for.
std::string WhyNotExpected(const SubjectState& state, const Programme& programme, Millis now);

}  // namespace sam::rules
