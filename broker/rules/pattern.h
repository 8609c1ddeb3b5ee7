// Rule patterns "repeated-miss" and "facts" (P1, P4, P5, P6, P9, P10): certain facts within a window,
// none that clears between. Judged by when things happened, not by when they were told. Pure.
#pragma once

#include "broker/rules/effects.h"

namespace sam::rules {

// Looks at the state's facts again: prompts at most once a run of them, withdraws prompts that no
// longer hold, and asks for a timer while the evidence is younger than the rule wants or an earlier
// prompt is too near. A run ends with a fact that clears it; of the pattern "facts" also with a time as
// long as the window in which nothing happened. `may_prompt` is false for a baseline event: then only
// withdrawals happen. `test` marks the hit.
void EvaluatePattern(SubjectState& state, const Rule& rule, const Context& context, EvidenceRef by,
                     const char* withdraw_reason, bool may_prompt, bool test, Effects& effects);

// This rule has prompted about the child before.
bool HasEpisode(const SubjectState& state, const Rule& rule);

// Somebody owns prompts of this rule about this child, and may be told.
bool MayPrompt(const SubjectState& state, const Rule& rule);

// Until when an earlier prompt of this rule keeps the next one back; -1: it does not.
Millis QuietUntil(const SubjectState& state, const Rule& rule);

// A timer at which the rule is looked at again. `step` tells several of one rule apart.
void SetPatternTimer(SubjectState& state, const Rule& rule, const std::string& step, Millis due,
                     Effects& effects);

}  // namespace sam::rules
