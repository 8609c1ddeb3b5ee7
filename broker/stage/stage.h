// Stage: one thread, one event loop, one owner of its sockets. StageRunner gives a stage its named
// thread; StageInvoker runs the same stages in the caller's thread (simulator, tests). There is no
// second implementation of anything for tests.
#pragma once

#include <string_view>
#include <vector>

#include "broker/base/result.h"
#include "broker/wire/link.h"

namespace sam::stage {

class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::string_view name() const = 0;
  // Does a bounded amount of work without blocking and returns how much it did (0: idle).
  // An error is final: the process exits 75 (or 70 for kCorrupt) and recovers from disk.
  virtual Result<int> Work() = 0;
  // What wakes the stage besides its timer; asked once, after construction.
  virtual std::vector<wire::Pollable> Pollables() = 0;
  // Steady microseconds until Work() wants to run even if nothing arrives; capped by the runner.
  virtual int64_t IdleMicros() const { return 100'000; }
  // Asked once on a clean stop, on the stage's thread, upstream stages first. Work() goes on being
  // called until Drained() or the runner's time limit.
  virtual void Stop() {}
  virtual bool Drained() const { return true; }
};

}  // namespace sam::stage
