// Inside broker/routing only: which function a signal is for, and whether the law lets it reach so
// far. Pure, any thread.
#pragma once

#include <set>
#include <string>

#include "broker/routing/gate.h"

namespace sam::routing {

// Reasons found so far. Held: a person can bring what is missing. Denied: nobody can.
struct Findings {
  std::set<std::string> held;
  std::set<std::string> denied;
};

// A statutory report: may wait for a person, may never be denied.
inline bool IsReport(const Ceiling& ceiling) {
  return ceiling.legal_class == schema::LegalClass::A && ceiling.reach == Reach::kHomeMunicipality;
}

// Null when none can be named; the reasons are then in `findings`.
const Function* FindReceiver(const GateInput& input, const Ceiling& ceiling, Findings& findings);

// Does `receiver` stand as the ceiling demands? Adds to `findings`. Returns true when the route
// leaves the public authorities of one region, so that consent is needed as well.
bool CheckReach(const GateInput& input, const Ceiling& ceiling, const Function& receiver,
                Findings& findings);

// The sender's function if it is in the directory and valid now.
const Function* SenderOf(const GateInput& input);

}  // namespace sam::routing
