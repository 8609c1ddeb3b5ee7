// Rule pattern "repeated-miss": several visits missed without one attended between, within the
// unit's own domain. Judged by when things happened, not by when they were told. Pure.
#pragma once

#include "broker/rules/effects.h"

namespace sam::rules {

// Looks at the state's misses again: prompts at most once a run of misses, withdraws prompts that no
// longer hold, and asks for a timer while the evidence is younger than the rule wants or an earlier
// prompt is too near. `may_prompt` is false for a baseline event: then only withdrawals happen. `test` marks the hit.
void EvaluateRepeatedMiss(SubjectState& state, const Rule& rule, const Context& context,
                          EvidenceRef by, const char* withdraw_reason, bool may_prompt, bool test,
                          Effects& effects);

}  // namespace sam::rules
