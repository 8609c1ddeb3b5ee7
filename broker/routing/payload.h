// Inside broker/routing only: how much of a signal leaves. An agreement and a receiver's channel may
// narrow it, never a statutory report or what tells its sender of it. Pure, any thread.
#pragma once

#include <string>
#include <vector>

#include "broker/routing/gate.h"
#include "schemas/signal.capnp.h"

namespace sam::routing {

// The narrowest that the receiver's channel and the agreements ask for; `agreement` may be null.
Payload PayloadFor(const GateInput& input, const Ceiling& ceiling, const Function& receiver,
                   const Agreement* agreement);
// Field paths of Signal that do not leave then.
std::vector<std::string> HiddenBy(Payload payload, const Ceiling& ceiling);
// kEmpty: the member of the body that is set would tell the kind, and so would its name in the list
// of what is masked.
void ForgetKind(schema::Signal::Builder signal, std::vector<std::string>& masked);

}  // namespace sam::routing
