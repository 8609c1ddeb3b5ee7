// Rule pattern "transport" (TRANSPORT-A1): a report that a named professional has signed is carried
// to the reception of the child's municipality. The rule adds nothing and weighs nothing. Pure.
#pragma once

#include "broker/rules/effects.h"
#include "broker/rules/event_view.h"

namespace sam::rules {

void EvaluateTransport(SubjectState& state, const Rule& rule, const EventView& view,
                       const Context& context, Effects& effects);

}  // namespace sam::rules
