// Asks a daemon through its local door and gives its answer as JSON text. Any thread, blocking.
#pragma once

#include <capnp/message.h>

#include <string>

#include "broker/base/result.h"
#include "schemas/admin.capnp.h"

namespace sam::admin {

// kUnavailable: nobody answers there. Any other error is the daemon's own word.
Result<std::string> Ask(const std::string& socket, capnp::MessageBuilder& request, int timeout_ms);

// The action of the audit row that a report to a person concerned begins with.
inline constexpr const char* kSubjectReportAction = "subject-report";
// Of the audit row that goes before what an erasure would touch is shown.
inline constexpr const char* kErasePlanAction = "erase-plan";
inline constexpr const char* kRevealAction = "reveal-payload";

}  // namespace sam::admin
