#include "adapters/kit/hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/support/temp_dir.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kTimeoutMs = 5000;

Hook::State Finish(Hook& hook, int64_t now_us = 0) {
  Hook::State state = Hook::State::kRunning;
  while (state == Hook::State::kRunning) state = hook.Poll(now_us);
  return state;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

TEST(Hook, TheProgramGetsTheAlarmAndNothingElseOfOurs) {
  sam::test::TempDir folder;
  const std::string out = folder.path() + "/env";
  ::setenv("SAMSIGNAL_PRIVATE_THING", "x", 1);
  const int open_one = ::dup2(2, 77);  // a descriptor that nobody marked
  ASSERT_EQ(open_one, 77);
  Hook hook({"/bin/sh", "-c",
             "env > " + out + "; test -e /proc/$$/fd/77 && echo LEAKED >> " + out + "; true"},
            kTimeoutMs);
  ASSERT_TRUE(hook.Start({{"SAMSIGNAL_ALARM", "silent"}}, 0).ok());
  EXPECT_EQ(Finish(hook), Hook::State::kDone);
  EXPECT_EQ(hook.Poll(0), Hook::State::kIdle);
  EXPECT_THAT(ReadFile(out), HasSubstr("SAMSIGNAL_ALARM=silent\n"));
  EXPECT_THAT(ReadFile(out), Not(HasSubstr("PRIVATE")));
  EXPECT_THAT(ReadFile(out), Not(HasSubstr("LEAKED")));
  ::close(open_one);
}

TEST(Hook, NoShellReadsTheArguments) {
  sam::test::TempDir folder;
  const std::string file = folder.path() + "/not $(id);made";
  Hook hook({"/usr/bin/touch", file}, kTimeoutMs);
  ASSERT_TRUE(hook.Start({}, 0).ok());
  EXPECT_EQ(Finish(hook), Hook::State::kDone);
  EXPECT_TRUE(std::ifstream(file).good());
}

TEST(Hook, OneAtATime) {
  Hook hook({"/bin/sleep", "1000"}, kTimeoutMs);
  ASSERT_TRUE(hook.Start({}, 0).ok());
  const Status second = hook.Start({}, 0);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_EQ(hook.Poll(kTimeoutMs * 1000 - 1), Hook::State::kRunning);
  EXPECT_EQ(Finish(hook, kTimeoutMs * 1000), Hook::State::kFailed);
  EXPECT_THAT(hook.why(), HasSubstr("longer than 5 s"));
}

TEST(Hook, ItHearsTheStopSignalThatTheAdapterBlocks) {
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, &before);  // as the running adapter does
  Hook hook({"/bin/sh", "-c", "kill -TERM $$; exit 0"}, kTimeoutMs);
  ASSERT_TRUE(hook.Start({}, 0).ok());
  EXPECT_EQ(Finish(hook), Hook::State::kFailed);
  EXPECT_THAT(hook.why(), HasSubstr("signal 15"));
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST(Hook, AnExitCodeThatIsNotZeroIsAFailure) {
  Hook hook({"/bin/false"}, kTimeoutMs);
  ASSERT_TRUE(hook.Start({}, 0).ok());
  EXPECT_EQ(Finish(hook), Hook::State::kFailed);
  EXPECT_THAT(hook.why(), HasSubstr("exit code 1"));
}

TEST(Hook, AProgramThatIsNotThereIsToldByName) {
  Hook hook({"/nowhere/ring"}, kTimeoutMs);
  const Status started = hook.Start({}, 0);
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message, HasSubstr("/nowhere/ring"));
  EXPECT_FALSE(hook.running());
}

}  // namespace
}  // namespace sam::kit::test
