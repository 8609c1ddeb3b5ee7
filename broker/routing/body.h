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

// carried_body.cc: what one event tells, for SIG-B2 to B4, D1 and D2. False: it tells nothing of the kind.
bool FillCarried(const std::string& code, const GateDecision& decision,
                 schema::Event::Body::Reader told, schema::Signal::Body::Builder body);

}  // namespace sam::routing
