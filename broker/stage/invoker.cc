#include "broker/stage/invoker.h"

#include <algorithm>
#include <string>
#include <utility>

namespace sam::stage {

void StageInvoker::Remove(Stage& stage) { std::erase(stages_, &stage); }

Result<int> StageInvoker::Turn() {
  std::vector<Stage*> order = stages_;
  if (order_ != nullptr) {
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[order_->Below(i)]);
  }
  int done = 0;
  for (Stage* stage : order) {
    const Result<int> result = stage->Work();
    if (!result.ok()) return Wrap(std::string(stage->name()), result.error());
    done += *result;
  }
  return done;
}

Status StageInvoker::RunUntilIdle(int max_turns) {
  for (int i = 0; i < max_turns; ++i) {
    SAM_ASSIGN(const int done, Turn());
    if (done == 0) return Ok();
  }
  return Exhausted("stages are still busy after " + std::to_string(max_turns) + " turns");
}

Status StageInvoker::StopAll(int max_turns) {
  for (Stage* stage : stages_) stage->Stop();
  for (int i = 0; i < max_turns; ++i) {
    if (std::all_of(stages_.begin(), stages_.end(), [](Stage* s) { return s->Drained(); }))
      return Ok();
    SAM_TRY(Turn());
  }
  return Exhausted("stages are not drained after " + std::to_string(max_turns) + " turns");
}

}  // namespace sam::stage
