// StageInvoker: runs stages in the caller's thread, for the simulator and tests. The same stages as
// under StageRunner, one Work() each per turn, in the order added or in an order drawn from a seed.
// One thread. The stages must outlive it.
#pragma once

#include <vector>

#include "broker/base/random.h"
#include "broker/stage/stage.h"

namespace sam::stage {

class StageInvoker {
 public:
  StageInvoker() = default;
  explicit StageInvoker(Random& order) : order_(&order) {}  // another order each turn

  void Add(Stage& stage) { stages_.push_back(&stage); }
  void Remove(Stage& stage);  // a crash: the stage is not called any more

  // One Work() of each stage; the sum of work done. The first error ends the turn; the message
  // names the stage.
  Result<int> Turn();
  // Turns until one does nothing. kExhausted: still busy after `max_turns`.
  Status RunUntilIdle(int max_turns = 10'000);
  // Asks all to stop in the order added and turns until all are drained. kExhausted as above.
  Status StopAll(int max_turns = 10'000);

 private:
  std::vector<Stage*> stages_;
  Random* order_ = nullptr;
};

}  // namespace sam::stage
