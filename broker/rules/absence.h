// Rule pattern "absence" (P7, P8): an answer or a next step that does not come after a fact: an ordered
// examination that nobody books, a report that nobody answers. Judged by when things happened. Pure.
#pragma once

#include "broker/rules/effects.h"

namespace sam::rules {

// Looks at the facts that start a wait: sets and cancels timers, prompts once for each whose time is
// over, withdraws a prompt when the answer came in time and was told late, or when its fact is taken
// back. `may_prompt` is false for a baseline event.
void EvaluateAbsence(SubjectState& state, const Rule& rule, const Context& context, EvidenceRef by,
                     const char* withdraw_reason, bool may_prompt, bool test, Effects& effects);

// The timers alone, after the rule has changed: nothing that was told is judged anew.
void RearmAbsence(SubjectState& state, const Rule& rule, const Context& context,
                  Effects& effects);

}  // namespace sam::rules
