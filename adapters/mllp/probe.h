// Probe: sends one file to an MLLP listener and tells each step with its time. For whoever sets a
// feed up. Any thread; blocking with time limits.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "adapters/tls/context.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"

namespace sam::mllp {

// One line of the report, told as it happens.
using Tell = std::function<void(const std::string& line)>;

struct ProbeOptions {
  std::optional<tls::ClientOptions> tls;  // none: plain
  int connect_ms = 5'000;
  int answer_ms = 10'000;
};

// kUnavailable: no connection, no answer in time, or closed without one. kInvalid: what came is no
// acknowledgement of this message ("bytes came but no VT", another MSA-2). kDenied: a negative one.
Status Probe(const std::string& address, const std::string& file, const Clock& clock,
             const ProbeOptions& options, const Tell& tell);

}  // namespace sam::mllp
