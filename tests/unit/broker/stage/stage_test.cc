// Pipe, doorbell and invoker: what stages are joined with.
#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <string>
#include <thread>

#include "broker/stage/doorbell.h"
#include "broker/stage/invoker.h"
#include "broker/stage/pipe.h"

namespace sam::stage {
namespace {

bool Rung(const Doorbell& bell) {
  pollfd item{bell.pollable().fd, POLLIN, 0};
  return poll(&item, 1, 0) == 1;
}

TEST(Doorbell, RingsUntilItIsCleared) {
  Doorbell bell;
  EXPECT_FALSE(Rung(bell));
  bell.Ring();
  bell.Ring();
  EXPECT_TRUE(Rung(bell));
  bell.Clear();
  EXPECT_FALSE(Rung(bell));
  bell.Clear();  // clearing a silent bell does not block
}

TEST(Pipe, FullIsSaidAndLeavesTheItemUntouched) {
  Doorbell bell;
  Pipe<std::string> pipe(2, &bell);
  EXPECT_TRUE(pipe.TryPush("1"));
  EXPECT_TRUE(Rung(bell));
  EXPECT_TRUE(pipe.TryPush("2"));
  const auto third = std::make_unique<std::string>("one that lies outside the text itself");
  EXPECT_FALSE(pipe.TryPush(std::move(*third)));
  ASSERT_EQ(third->substr(0, 3), "one");
  EXPECT_EQ(*pipe.TryPop(), "1");
  EXPECT_TRUE(pipe.TryPush(std::move(*third)));
  EXPECT_EQ(*pipe.TryPop(), "2");
  EXPECT_EQ(pipe.TryPop()->substr(0, 3), "one");
  EXPECT_FALSE(pipe.TryPop());
  EXPECT_TRUE(pipe.empty());
}

TEST(Pipe, TwoThreadsSeeEveryItemOnceInOrder) {
  Pipe<uint64_t> pipe(64);
  constexpr uint64_t kItems = 100'000;
  std::jthread sender([&] {
    for (uint64_t i = 0; i < kItems;) {
      if (pipe.TryPush(uint64_t{i})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  for (uint64_t expected = 0; expected < kItems;) {
    const auto item = pipe.TryPop();
    if (!item) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(*item, expected);
    ++expected;
  }
}

class Counter final : public Stage {
 public:
  Counter(std::string name, int work, std::string* log = nullptr)
      : name_(std::move(name)), work_(work), log_(log) {}
  std::string_view name() const override { return name_; }
  Result<int> Work() override {
    if (fail) return Corrupt("broken");
    if (log_ != nullptr) *log_ += name_;
    return work_ > 0 ? work_-- > 0 : 0;
  }
  std::vector<wire::Pollable> Pollables() override { return {}; }
  void Stop() override { stopped = true; }
  bool Drained() const override { return stopped && work_ == 0; }
  bool fail = false;
  bool stopped = false;

 private:
  std::string name_;
  int work_;
  std::string* log_;
};

TEST(Invoker, RunsEachStageOncePerTurnUntilAllAreIdle) {
  std::string log;
  Counter a("a", 2, &log);
  Counter b("b", 1, &log);
  StageInvoker invoker;
  invoker.Add(a);
  invoker.Add(b);
  ASSERT_TRUE(invoker.RunUntilIdle().ok());
  EXPECT_EQ(log, "ababab");
}

TEST(Invoker, ErrorNamesTheStageAndBusyStagesAreFound) {
  Counter a("a", 5);
  StageInvoker invoker;
  invoker.Add(a);
  EXPECT_EQ(invoker.RunUntilIdle(3).error().code, Code::kExhausted);
  a.fail = true;
  const auto turn = invoker.Turn();
  EXPECT_EQ(turn.error().code, Code::kCorrupt);
  EXPECT_EQ(turn.error().message.rfind("a: ", 0), 0u);
  invoker.Remove(a);
  EXPECT_TRUE(invoker.RunUntilIdle().ok());
}

TEST(Invoker, OrderFromASeedVariesAndRepeats) {
  std::string logs[2];
  for (std::string& log : logs) {
    Random order(5);
    Counter a("a", 20, &log);
    Counter b("b", 20, &log);
    Counter c("c", 20, &log);
    StageInvoker invoker(order);
    invoker.Add(a);
    invoker.Add(b);
    invoker.Add(c);
    ASSERT_TRUE(invoker.RunUntilIdle().ok());
  }
  EXPECT_EQ(logs[0], logs[1]);
  EXPECT_NE(logs[0].find("ba"), std::string::npos);
  EXPECT_NE(logs[0].find("ab"), std::string::npos);
}

TEST(Invoker, StopAllTurnsUntilDrained) {
  Counter a("a", 4);
  StageInvoker invoker;
  invoker.Add(a);
  EXPECT_TRUE(invoker.StopAll().ok());
  EXPECT_TRUE(a.stopped);
  Counter busy("b", 100);
  invoker.Add(busy);
  EXPECT_EQ(invoker.StopAll(3).error().code, Code::kExhausted);
}

}  // namespace
}  // namespace sam::stage
