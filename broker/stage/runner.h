// StageRunner: gives one stage its named thread and its loop: wait for its sockets and doorbells,
// Work() until idle, again. Owned by main; the stage must outlive the runner.
// Threads: Start, Stop, Join on the owner's thread; beats, ended, result on any.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "broker/base/clock.h"
#include "broker/base/result.h"
#include "broker/stage/doorbell.h"
#include "broker/stage/stage.h"

namespace sam::stage {

class StageRunner {
 public:
  // Called on the stage's thread when Work() failed; the stage is not called again. Main decides
  // about the exit code (70 for kCorrupt, else 75).
  using OnError = std::function<void(std::string_view stage, const Error& error)>;

  // The longest wait, so that a lost doorbell costs a tenth of a second and nothing else.
  static constexpr int64_t kPollMicrosMax = 100'000;
  // What a stage may take to drain after Stop.
  static constexpr int64_t kDrainMicros = 3'000'000;

  StageRunner(Stage& stage, OnError on_error, const Clock& clock);
  ~StageRunner();  // Stop and Join
  StageRunner(const StageRunner&) = delete;
  StageRunner& operator=(const StageRunner&) = delete;

  void Start();
  // Asks; returns at once. Join waits until the stage has drained or its time is out.
  void Stop();
  void Join();

  // Rises with every turn of the loop: a watchdog that sees it stand still sees a hung thread.
  uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }
  bool ended() const { return ended_.load(std::memory_order_acquire); }
  // After ended(): Work()'s error, or kUnavailable when it did not drain in time, or Ok.
  const Status& result() const { return result_; }
  std::string_view name() const { return stage_.name(); }

 private:
  void Run();
  Status Loop();
  Status Drain();

  Stage& stage_;
  OnError on_error_;
  const Clock& clock_;
  Doorbell wake_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> ended_{false};
  std::atomic<uint64_t> beats_{0};
  Status result_ = Ok();
  std::jthread thread_;
};

}  // namespace sam::stage
