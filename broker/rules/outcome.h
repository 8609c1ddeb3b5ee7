// Rule pattern "outcome" (OUTCOME-B1): the talk after BarnSakert agreed on something together with
// social services. What a person has agreed is carried; a positive screen alone never leaves BVC.
// Pure.
#pragma once

#include "broker/rules/effects.h"
#include "broker/rules/event_view.h"

namespace sam::rules {

void EvaluateOutcome(SubjectState& state, const Rule& rule, const EventView& view,
                     const Context& context, Effects& effects);

}  // namespace sam::rules
