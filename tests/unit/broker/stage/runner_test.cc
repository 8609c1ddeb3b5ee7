// The thread under a stage: woken by its bell, stopped after it has drained, heard when it fails.
#include "broker/stage/runner.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <string>
#include <thread>

namespace sam::stage {
namespace {

class Worker final : public Stage {
 public:
  std::string_view name() const override { return "a-stage-with-a-long-name"; }
  Result<int> Work() override {
    bell.Clear();
    char thread_name[16] = {};
    pthread_getname_np(pthread_self(), thread_name, sizeof thread_name);
    if (turns++ == 0) first_name = thread_name;
    if (fail) return Corrupt("the log is damaged");
    if (stopped && left > 0) --left;
    return 0;
  }
  std::vector<wire::Pollable> Pollables() override { return {bell.pollable(), {}}; }
  int64_t IdleMicros() const override { return 50'000'000; }
  void Stop() override { stopped = true; }
  bool Drained() const override { return left == 0; }

  Doorbell bell;
  std::atomic<int> turns{0};
  std::atomic<bool> fail{false};
  std::atomic<bool> stopped{false};
  std::atomic<int> left{3};
  std::string first_name;
};

template <typename F>
bool Eventually(F condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

TEST(StageRunner, WakesForItsBellAndAtTheLatestAfterTheLongestWait) {
  SystemClock clock;
  Worker worker;
  StageRunner runner(worker, {}, clock);
  runner.Start();
  ASSERT_TRUE(Eventually([&] { return worker.turns > 0; }));
  worker.bell.Ring();
  // Even a stage that asks for a long rest is called again: a lost ring costs one interval.
  const uint64_t beats = runner.beats();
  EXPECT_TRUE(Eventually([&] { return runner.beats() > beats + 2; }));
  runner.Stop();
  runner.Join();
  EXPECT_TRUE(runner.ended());
  EXPECT_TRUE(runner.result().ok());
  EXPECT_EQ(worker.first_name, "a-stage-with-a-");
}

TEST(StageRunner, StopDrainsFirst) {
  SystemClock clock;
  Worker worker;
  StageRunner runner(worker, {}, clock);
  runner.Start();
  runner.Stop();
  runner.Join();
  EXPECT_TRUE(worker.stopped);
  EXPECT_EQ(worker.left, 0);
}

TEST(StageRunner, StageThatNeverDrainsIsGivenUpWithAReason) {
  // Each look at this clock is a second.
  class Racing final : public Clock {
   public:
    Millis Now() const override { return Millis(0); }
    int64_t SteadyMicros() const override { return now_ += 1'000'000; }
    mutable std::atomic<int64_t> now_{0};
  } clock;
  Worker worker;
  worker.left = 1 << 30;
  StageRunner runner(worker, {}, clock);
  runner.Start();
  runner.Stop();
  runner.Join();
  ASSERT_FALSE(runner.result().ok());
  EXPECT_EQ(runner.result().error().code, Code::kUnavailable);
}

TEST(StageRunner, FailureIsFinalAndToldToMain) {
  SystemClock clock;
  Worker worker;
  worker.fail = true;
  std::atomic<int> calls{0};
  Code code = Code::kInternal;
  StageRunner runner(
      worker,
      [&](std::string_view, const Error& error) {
        code = error.code;
        ++calls;
      },
      clock);
  runner.Start();
  EXPECT_TRUE(Eventually([&] { return calls == 1; }));
  runner.Join();
  EXPECT_EQ(code, Code::kCorrupt);
  EXPECT_EQ(worker.turns, 1);
  EXPECT_TRUE(runner.ended());
}

}  // namespace
}  // namespace sam::stage
