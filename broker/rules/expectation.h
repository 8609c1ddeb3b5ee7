// Rule pattern "expectation" (P2, P3): a programme step that should have been done by now. Refusal is
// lawful and ends the expectation; silence is the concern. Pure.
#pragma once

#include "broker/rules/effects.h"

namespace sam::rules {

// Which timers should stand, compared with those that do: sets and cancels the difference. Also
// withdraws prompts that the state no longer supports: the step was done in time but told late, the
// child is dead, the registration was a mistake. Call after every change of the state.
void ReconcileExpectations(SubjectState& state, const Context& context, EvidenceRef by,
                           Effects& effects);

// The timers alone, after the rules or programmes have changed: nothing that was told is judged anew.
void RearmExpectations(SubjectState& state, const Context& context, Effects& effects);

// The timer of this rule's step has fallen due. One prompt per rule, child and registration.
void FireExpectation(SubjectState& state, const TimerSpec& timer, const Context& context,
                     Effects& effects);

}  // namespace sam::rules
