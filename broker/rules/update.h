// What one event changes in a subject's state, before any rule looks at it. Pure; the state is the
// caller's copy. A telling older than what is known never replaces it (late and out-of-order
// arrival), and the same absence told twice is one.
#pragma once

#include "broker/rules/effects.h"
#include "broker/rules/event_view.h"

namespace sam::rules {

// Takes the event into the state, with the facts that the rules keep; sets effects.regate.
void ApplyFacts(SubjectState& state, const EventView& view, const RuleSet& rules,
                Effects& effects);

// Takes back what the event `view.replaces` told (status corrected or retracted).
void Retract(SubjectState& state, const EventView& view, const RuleSet& rules, Effects& effects);

bool IsProtected(schema::Protection protection);
// A report says that the guardians are not to be told: nothing about the child where they can read.
bool MustNotInform(const SubjectState& state);
bool WasRetracted(const SubjectState& state, const EventId& event);

}  // namespace sam::rules
