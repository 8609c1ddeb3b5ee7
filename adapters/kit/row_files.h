// RowFiles: files beside the messages, of a connector that keeps them once their message was taken. The
// pipeline asks for those that a message names, and tells what became of the message. One thread, the
// store's writer.
#pragma once

#include <cstdint>
#include <string>

#include "broker/base/result.h"
#include "broker/crypto/digest.h"

namespace sam::kit {

// What became of a message that may have named files.
struct MessageEnd {
  bool taken = false;       // its files went with it, or never will; false: it lies in quarantine
  uint64_t quarantine = 0;  // its entry there; of a message sent again also when it was taken
  uint64_t fix = 0;         // the entry of what was sent in its place
};

class RowFiles {
 public:
  virtual ~RowFiles() = default;
  // In the group of a message, before anything of it is asked for. `raw`: its number among the raw
  // messages; `fix_of`: the quarantine entry that is sent again, or 0.
  virtual void Begin(uint64_t raw, uint64_t fix_of) = 0;
  // `about`: a keyed hash of the report (its episode) or, without one, of the message that names the
  // file. Errors as ReadBeside.
  virtual Result<std::string> Read(const std::string& name, const Mac16& about) = 0;
  // In the same group: marks put now are durable with the message. Not called for a group that is
  // lost meanwhile. Errors are the store's.
  virtual Status End(const MessageEnd& end) = 0;
};

}  // namespace sam::kit
