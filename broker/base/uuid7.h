// UUIDv7 event ids (RFC 9562), strictly increasing per generator even when the wall clock jumps
// back. One owner thread. Random bits come from the given Random: unique, not secret.
#pragma once

#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/base/random.h"

namespace sam {

class Uuid7 {
 public:
  Uuid7(const Clock& clock, Random random) : clock_(clock), random_(random) {}
  EventId Next();

 private:
  const Clock& clock_;
  Random random_;
  uint64_t last_ms_ = 0;
  uint16_t counter_ = 0;  // 12 bits, so that ids within one millisecond still rise
};

}  // namespace sam
