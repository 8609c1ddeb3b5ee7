#include "broker/journal/checkpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace sam::journal {
namespace {

class CheckpointsTest : public testing::Test {
 protected:
  void SetUp() override { CryptoInit(); }
  Checkpoints Open() {
    auto opened = Checkpoints::Open(path_, "samsignal/aa", key_, clock_, options_);
    EXPECT_TRUE(opened.ok());
    return std::move(*opened);
  }
  static Digest RootOf(uint64_t n) { return LeafHash(std::to_string(n)); }
  static Digest LeafHash(const std::string& text) {
    Digest digest;
    for (size_t i = 0; i < text.size(); ++i) digest.bytes[i] = static_cast<uint8_t>(text[i]);
    return digest;
  }

  test::TempDir dir_;
  std::string path_ = dir_ / "checkpoints";
  SigningKey key_ = SigningKey::Generate();
  ManualClock clock_{Millis(1)};
  Checkpoints::Options options_;
};

TEST_F(CheckpointsTest, NoneIsNotFound) {
  EXPECT_TRUE(Checkpoints::ReadAll(path_)->empty());
  EXPECT_EQ(Checkpoints::Latest(path_).error().code, Code::kNotFound);
}

TEST_F(CheckpointsTest, TheLatestIsSignedAndNamesItsEpoch) {
  Checkpoints checkpoints = Open();
  ASSERT_TRUE(checkpoints.Write(5, RootOf(5), 1).ok());
  ASSERT_TRUE(checkpoints.Write(9, RootOf(9), 2).ok());
  const auto verified =
      VerifyCheckpoint(*Checkpoints::Latest(path_), "samsignal/aa", key_.public_key());
  ASSERT_TRUE(verified.ok()) << verified.error().message;
  EXPECT_EQ(verified->size, 9u);
  EXPECT_EQ(verified->root, RootOf(9));
  EXPECT_THAT(verified->extensions, testing::ElementsAre("epoch 2"));
}

TEST_F(CheckpointsTest, OnlyTheLastOnesAreKeptAcrossRestarts) {
  for (uint64_t i = 1; i <= Checkpoints::kKeep + 10; ++i) {
    Checkpoints checkpoints = Open();
    EXPECT_EQ(checkpoints.size(), i - 1);
    ASSERT_TRUE(checkpoints.Write(i, RootOf(i), 1).ok());
  }
  const auto notes = Checkpoints::ReadAll(path_);
  ASSERT_TRUE(notes.ok());
  ASSERT_EQ(notes->size(), Checkpoints::kKeep);
  for (size_t i = 0; i < notes->size(); ++i) {
    const auto one = VerifyCheckpoint((*notes)[i], "samsignal/aa", key_.public_key());
    ASSERT_TRUE(one.ok());
    EXPECT_EQ(one->size, i + 11);
  }
}

TEST_F(CheckpointsTest, DueByRecordsAndByTimeButNotTooOften) {
  Checkpoints checkpoints = Open();
  EXPECT_FALSE(checkpoints.Due(0));
  EXPECT_FALSE(checkpoints.Due(1'000'000));  // opened this very second
  clock_.Advance(1000);
  EXPECT_FALSE(checkpoints.Due(999));
  EXPECT_TRUE(checkpoints.Due(1000));
  clock_.Advance(59'000);
  EXPECT_TRUE(checkpoints.Due(1));
  EXPECT_FALSE(checkpoints.Due(0));
  ASSERT_TRUE(checkpoints.Write(1, RootOf(1), 1).ok());
  clock_.JumpWall(3'600'000);  // steady time decides
  EXPECT_FALSE(checkpoints.Due(5000));
  clock_.Advance(60'000);
  EXPECT_FALSE(checkpoints.Due(1));  // nothing new
}

TEST_F(CheckpointsTest, ATornFileAsideDoesNoHarm) {
  Checkpoints checkpoints = Open();
  ASSERT_TRUE(checkpoints.Write(5, RootOf(5), 1).ok());
  std::ofstream(path_ + ".new") << "half a no";
  EXPECT_EQ(Open().size(), 5u);
  ASSERT_TRUE(checkpoints.Write(6, RootOf(6), 1).ok());
  EXPECT_EQ(Open().size(), 6u);
}

TEST_F(CheckpointsTest, AnythingElseInTheFileIsCorrupt) {
  for (const char* text : {"garbage", "a\n\nb\n", "\n\n\n\n"}) {
    std::ofstream(path_) << text;
    const auto notes = Checkpoints::ReadAll(path_);
    ASSERT_FALSE(notes.ok()) << text;
    EXPECT_EQ(notes.error().code, Code::kCorrupt);
  }
  std::ofstream(path_) << std::string(3'000'000, 'x');
  EXPECT_EQ(Checkpoints::ReadAll(path_).error().code, Code::kCorrupt);
}

TEST_F(CheckpointsTest, EveryCutOfTheFileIsCorruptOrHasFewerNotes) {
  Checkpoints checkpoints = Open();
  ASSERT_TRUE(checkpoints.Write(5, RootOf(5), 1).ok());
  ASSERT_TRUE(checkpoints.Write(9, RootOf(9), 1).ok());
  const auto whole = std::filesystem::file_size(path_);
  for (auto size = whole - 1; size > 0; --size) {
    std::filesystem::resize_file(path_, size);
    const auto notes = Checkpoints::ReadAll(path_);
    if (notes.ok()) {
      EXPECT_LT(notes->size(), 2u) << size;
    }
  }
}

TEST_F(CheckpointsTest, AFolderThatIsGoneIsAnError) {
  auto opened =
      Checkpoints::Open(dir_ / "no/such/file", "samsignal/aa", key_, clock_, options_);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->Write(1, RootOf(1), 1).error().code, Code::kInternal);
}

}  // namespace
}  // namespace sam::journal
