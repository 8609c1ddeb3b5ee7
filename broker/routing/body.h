// Inside broker/routing only: fills Signal.body from the draft or the evidence. Pure.
#pragma once

#include <optional>
#include <vector>

#include "broker/routing/compose.h"
#include "schemas/event.capnp.h"
#include "schemas/signal.capnp.h"

namespace sam::routing {

// kInvalid: the code needs a draft or an event that is not there, or a receipt says more than a
// sender may know.
Status FillBody(const Candidate& candidate, const GateDecision& decision,
                const std::vector<schema::Event::Reader>& evidence,
                schema::Signal::Builder signal);

}  // namespace sam::routing
