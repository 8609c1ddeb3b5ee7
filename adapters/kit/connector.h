// Connector: where messages come in: a listener, a watched folder, a poll. It brings bytes to the
// pipeline in groups (Begin, Take, Commit) and answers its source only after Commit was Ok.
// Threads: one, the store's writer, which also runs the shipper and the local door. A connector may
// own helper threads that touch neither store nor pipeline. Owned by main.
#pragma once

#include <string>

#include "broker/base/result.h"

namespace sam::kit {

class Connector {
 public:
  virtual ~Connector() = default;

  // One turn: waits at most `wait_ms` for something to do, stores at most one group. Returns the
  // messages stored. An error is final: exit 75 and recover. No space is none: nothing of the group
  // is answered and the source comes again.
  virtual Result<int> Step(int wait_ms) = 0;
  // While true nothing is taken (disk low, stopping) and sources are told so, or not answered.
  virtual void SetRefusing(bool refusing) = 0;
  // For the log and `status`: "mllp 127.0.0.1:2575". Never holds what a source chose.
  virtual std::string where() const = 0;
  // More lines for `status`, seen by operators only; may name what a source chose (a file).
  virtual std::string status() const { return ""; }
};

}  // namespace sam::kit
