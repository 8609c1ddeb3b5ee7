#include "broker/store/high_water.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "broker/base/random.h"
#include "broker/crypto/digest.h"
#include "tests/support/temp_dir.h"

namespace sam {
namespace {

using Mark = HighWater::Mark;

Mark At(uint64_t position, uint32_t epoch = 1) {
  return {position, epoch, Sha256({std::to_string(position)})};
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(HighWater, IsCreatedWholeAndOnlyWhenAsked) {
  test::TempDir dir;
  EXPECT_EQ(HighWater::Open(dir / "high", false).error().code, Code::kNotFound);
  const auto mark = HighWater::Open(dir / "high", true);
  ASSERT_TRUE(mark.ok());
  EXPECT_EQ((*mark)->mark(), Mark());
  EXPECT_EQ(std::filesystem::file_size(dir / "high"), 2 * HighWater::kSlotBytes);
  EXPECT_TRUE(HighWater::Open(dir / "high", false).ok());
  EXPECT_EQ(HighWater::Open(dir / "no/high", true).error().code, Code::kUnavailable);
}

TEST(HighWater, TheNewestMarkIsReadBack) {
  test::TempDir dir;
  for (uint64_t i = 1; i <= 9; ++i) {
    auto high = HighWater::Open(dir / "high", true);
    ASSERT_TRUE(high.ok());
    ASSERT_TRUE((*high)->Write(At(i * 10)).ok());
    ASSERT_TRUE((*high)->Write(At(i * 10 + 1)).ok());
    EXPECT_EQ((*HighWater::Open(dir / "high", false))->mark(), At(i * 10 + 1));
  }
  EXPECT_EQ(std::filesystem::file_size(dir / "high"), 2 * HighWater::kSlotBytes);
}

TEST(HighWater, ATornNewestSlotFallsBackToTheOneBefore) {
  test::TempDir dir;
  Random random(7);
  auto high = *HighWater::Open(dir / "high", true);
  std::string before = ReadFile(dir / "high");
  for (uint64_t i = 1; i <= 40; ++i) {
    ASSERT_TRUE(high->Write(At(i)).ok());
    const std::string after = ReadFile(dir / "high");
    // A torn write: some bytes of the new slot are there, the rest is still the old.
    size_t slot = 0;
    while (before.compare(slot, HighWater::kSlotBytes, after, slot, HighWater::kSlotBytes) == 0)
      slot += HighWater::kSlotBytes;
    std::string torn = before;
    const size_t bytes = 1 + random.Below(90);
    torn.replace(slot, bytes, after, slot, bytes);
    WriteFile(dir / "torn", torn);
    const auto opened = HighWater::Open(dir / "torn", false);
    ASSERT_TRUE(opened.ok()) << i;
    EXPECT_EQ((*opened)->mark(), i == 1 ? Mark() : At(i - 1));
    // And the next write goes over the torn slot, never over the good one.
    ASSERT_TRUE((*opened)->Write(At(i + 100)).ok());
    EXPECT_EQ((*HighWater::Open(dir / "torn", false))->mark(), At(i + 100));
    before = after;
  }
}

TEST(HighWater, TwoBadSlotsAreCorruptNotZero) {
  test::TempDir dir;
  { ASSERT_TRUE((*HighWater::Open(dir / "high", true))->Write(At(5)).ok()); }
  std::string bytes = ReadFile(dir / "high");
  bytes[20] = static_cast<char>(bytes[20] ^ 1);
  WriteFile(dir / "high", bytes);
  EXPECT_TRUE(HighWater::Open(dir / "high", false).ok());
  bytes[HighWater::kSlotBytes + 40] = static_cast<char>(bytes[HighWater::kSlotBytes + 40] ^ 1);
  WriteFile(dir / "high", bytes);
  EXPECT_EQ(HighWater::Open(dir / "high", true).error().code, Code::kCorrupt);
  WriteFile(dir / "high", "");
  EXPECT_EQ(HighWater::Open(dir / "high", true).error().code, Code::kCorrupt);
}

TEST(HighWater, NeverGoesBackWithinAnEpoch) {
  test::TempDir dir;
  auto high = *HighWater::Open(dir / "high", true);
  ASSERT_TRUE(high->Write(At(50)).ok());
  ASSERT_TRUE(high->Write(At(50)).ok());
  EXPECT_EQ(high->Write(At(49)).error().code, Code::kInternal);
  EXPECT_EQ(high->mark(), At(50));
  EXPECT_TRUE(high->Write(At(10, 2)).ok());  // a restore starts a new epoch
  EXPECT_EQ((*HighWater::Open(dir / "high", false))->mark(), At(10, 2));
}

}  // namespace
}  // namespace sam
