#include "broker/store/disk_guard.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace sam {
namespace {

class DiskGuardTest : public ::testing::Test {
 protected:
  DiskLevel At(uint64_t free) {
    free_ = free;
    return *guard_.Check();
  }
  uint64_t free_ = 0;
  bool broken_ = false;
  DiskGuard guard_{DiskLimits{1000, 200}, [this]() -> Result<uint64_t> {
                     if (broken_) return Unavailable("probe");
                     return free_;
                   }};
};

TEST_F(DiskGuardTest, LevelsChangeExactlyAtTheMarks) {
  EXPECT_EQ(At(1000), DiskLevel::kNormal);
  EXPECT_EQ(At(999), DiskLevel::kLow);
  EXPECT_EQ(At(200), DiskLevel::kLow);
  EXPECT_EQ(At(199), DiskLevel::kExhausted);
  EXPECT_EQ(guard_.free_bytes(), 199u);
}

TEST_F(DiskGuardTest, ComingBackTakesATenthMore) {
  EXPECT_EQ(At(999), DiskLevel::kLow);
  EXPECT_EQ(At(1099), DiskLevel::kLow);
  EXPECT_EQ(At(1100), DiskLevel::kNormal);
  EXPECT_EQ(At(1000), DiskLevel::kNormal);
  EXPECT_EQ(At(0), DiskLevel::kExhausted);
  EXPECT_EQ(At(219), DiskLevel::kExhausted);
  EXPECT_EQ(At(220), DiskLevel::kLow);
  EXPECT_EQ(At(200), DiskLevel::kLow);
  EXPECT_EQ(At(0), DiskLevel::kExhausted);
  EXPECT_EQ(At(5000), DiskLevel::kNormal);  // two steps at once
}

TEST_F(DiskGuardTest, ABrokenProbeKeepsTheLevel) {
  EXPECT_EQ(At(500), DiskLevel::kLow);
  broken_ = true;
  EXPECT_EQ(guard_.Check().error().code, Code::kUnavailable);
  EXPECT_EQ(guard_.level(), DiskLevel::kLow);
}

TEST(DiskGuard, ProbesTheFolderOfTheStore) {
  test::TempDir dir;
  DiskGuard guard(DiskLimits{0, 0}, DiskGuard::ProbeOf(dir.path()));
  EXPECT_EQ(*guard.Check(), DiskLevel::kNormal);
  EXPECT_GT(guard.free_bytes(), 0u);
  EXPECT_EQ(DiskGuard::ProbeOf(dir / "missing")().error().code, Code::kUnavailable);
}

TEST(DiskGuard, AReserveAboveTheLowMarkIsAProgrammerError) {
  EXPECT_DEATH(DiskGuard(DiskLimits{100, 200}, DiskGuard::ProbeOf("/")), "");
}

TEST(DiskGuard, LevelNamesAreStable) {
  EXPECT_STREQ(DiskLevelName(DiskLevel::kNormal), "normal");
  EXPECT_STREQ(DiskLevelName(DiskLevel::kLow), "low");
  EXPECT_STREQ(DiskLevelName(DiskLevel::kExhausted), "exhausted");
}

}  // namespace
}  // namespace sam
