// All time goes through Clock, so that tests and the simulator own it. Any thread may read.
// Order is decided by journal offset, never by these times; timeouts use Steady().
#pragma once

#include <atomic>
#include <cstdint>

#include "broker/base/ids.h"

namespace sam {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Millis Now() const = 0;          // wall clock, may jump
  virtual int64_t SteadyMicros() const = 0;  // monotonic, for timeouts and latencies
};

class SystemClock final : public Clock {
 public:
  Millis Now() const override;
  int64_t SteadyMicros() const override;
};

// Moved by hand: simulator, scenarios and unit tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Millis start) : now_(start.value) {}
  Millis Now() const override { return Millis(now_.load()); }
  int64_t SteadyMicros() const override { return steady_.load(); }
  void Advance(int64_t ms) {
    now_ += ms;
    steady_ += ms * 1000;
  }
  void JumpWall(int64_t ms) { now_ += ms; }  // a wall clock step: steady time does not follow

 private:
  std::atomic<int64_t> now_;
  std::atomic<int64_t> steady_{0};
};

}  // namespace sam
