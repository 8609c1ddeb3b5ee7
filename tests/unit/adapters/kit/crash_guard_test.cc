#include "adapters/kit/crash_guard.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace sam::kit {
namespace {

std::string TempFile() {
  std::string path = testing::TempDir() + "crash_guard_XXXXXX";
  const int fd = ::mkstemp(path.data());
  EXPECT_GE(fd, 0);
  return path;
}

Mac16 Key(char c) { return *Mac16::From(std::string(16, c)); }

TEST(CrashGuard, AMessageThatStopsTheProcessThreeTimesIsPoison) {
  const std::string path = TempFile();
  for (int crash = 0; crash < 3; ++crash) {
    Result<CrashGuard> guard = CrashGuard::Open(path, 3);
    ASSERT_TRUE(guard.ok());
    EXPECT_FALSE(guard->IsPoison(Key('a'))) << crash;
    guard->Enter(Key('a'));  // and the process is gone
  }
  Result<CrashGuard> guard = CrashGuard::Open(path, 3);
  ASSERT_TRUE(guard.ok());
  EXPECT_TRUE(guard->IsPoison(Key('a')));
  EXPECT_FALSE(guard->IsPoison(Key('b')));
}

TEST(CrashGuard, APeacefulEndLeavesNoSuspect) {
  const std::string path = TempFile();
  for (int run = 0; run < 5; ++run) {
    Result<CrashGuard> guard = CrashGuard::Open(path, 3);
    ASSERT_TRUE(guard.ok());
    guard->Enter(Key('a'));
    guard->Leave();
  }
  EXPECT_FALSE(CrashGuard::Open(path, 3)->IsPoison(Key('a')));
}

TEST(CrashGuard, AStoredMessageIsNoSuspectAnyMore) {
  const std::string path = TempFile();
  CrashGuard::Open(path, 1)->Enter(Key('a'));
  Result<CrashGuard> guard = CrashGuard::Open(path, 1);
  EXPECT_TRUE(guard->IsPoison(Key('a')));
  guard->Forget(Key('a'));
  EXPECT_FALSE(CrashGuard::Open(path, 1)->IsPoison(Key('a')));
}

TEST(CrashGuard, ADamagedFileIsNoReasonNotToStart) {
  const std::string path = TempFile();
  FILE* file = std::fopen(path.c_str(), "wb");
  std::fputs("\1short", file);
  std::fclose(file);
  EXPECT_TRUE(CrashGuard::Open(path, 3).ok());
}

}  // namespace
}  // namespace sam::kit
