// What is found when the files are not what was written: the store opens with everything that was
// acknowledged, or it does not open.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "broker/store/rocks_store.h"
#include "tests/support/power_cut_fs.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/broker/store/numbered_store.h"

namespace sam {
namespace {

using test::ExpectWholePrefix;
using test::NumberedOptions;
using test::NumberedPosition;
using test::PutNumbered;
using test::TempDir;
namespace fs = std::filesystem;

constexpr uint64_t kRecords = 1000;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void FlipAt(const fs::path& path, double part) {
  std::string bytes = ReadFile(path);
  const size_t at = static_cast<size_t>(static_cast<double>(bytes.size()) * part);
  bytes[at] = static_cast<char>(bytes[at] ^ 4);
  std::ofstream(path, std::ios::binary) << bytes;
}

// The largest file with this ending.
fs::path FileOf(const std::string& folder, const std::string& ending) {
  fs::path best;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ending &&
        (best.empty() || entry.file_size() > fs::file_size(best)))
      best = entry.path();
  return best;
}

std::map<std::string, std::string> LogsOf(const std::string& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".log")
      out[entry.path().filename().string()] = ReadFile(entry.path());
  return out;
}

class RocksDamage : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = RocksStore::Open(options_);
    ASSERT_TRUE(store.ok());
    for (uint64_t i = 0; i < kRecords; ++i)
      ASSERT_TRUE(PutNumbered(**store, i, Durability::kLater).ok());
    ASSERT_TRUE((*store)->Sync().ok());
    high_ = std::move(HighWater::Open(dir_ / "high", true)).value();
  }
  void MarkAt(uint64_t position) { ASSERT_TRUE(high_->Write({position, 1, Digest()}).ok()); }
  Result<std::unique_ptr<Store>> Recover() {
    return RocksStore::OpenRecovered(options_, high_.get(), NumberedPosition);
  }
  TempDir dir_;
  StoreOptions options_ = NumberedOptions(dir_ / "db");
  std::unique_ptr<HighWater> high_;
};

TEST_F(RocksDamage, AWholeStoreOpensAtItsMark) {
  MarkAt(kRecords);
  const auto store = Recover();
  ASSERT_TRUE(store.ok());
  ExpectWholePrefix(**store);
  EXPECT_FALSE(fs::exists(dir_ / "db.damaged"));
}

TEST_F(RocksDamage, AFlippedBitAmongAcknowledgedRecordsIsRefusedAndNothingChanged) {
  FlipAt(FileOf(dir_ / "db", ".log"), 0.5);
  EXPECT_EQ(RocksStore::Open(options_).error().code, Code::kCorrupt);
  MarkAt(kRecords);
  const auto before = LogsOf(dir_ / "db");
  const auto store = Recover();
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, Code::kCorrupt);
  EXPECT_NE(store.error().message.find("backup"), std::string::npos) << store.error().message;
  EXPECT_NE(store.error().message.find("position 1000"), std::string::npos);
  EXPECT_EQ(LogsOf(dir_ / "db"), before);
  EXPECT_FALSE(fs::exists(dir_ / "db.damaged"));
  EXPECT_EQ(RocksStore::OpenRecovered(options_, nullptr, NumberedPosition).error().code,
            Code::kCorrupt);
}

TEST_F(RocksDamage, AFlippedBitAfterTheMarkIsAcceptedAndTheLogsAreKept) {
  const auto before = LogsOf(dir_ / "db");
  FlipAt(FileOf(dir_ / "db", ".log"), 0.9);
  MarkAt(500);
  {
    const auto store = Recover();
    ASSERT_TRUE(store.ok()) << store.error().message;
    ExpectWholePrefix(**store);
    const uint64_t position = *NumberedPosition(**store);
    EXPECT_GE(position, 500u);
    EXPECT_LT(position, kRecords);
    ASSERT_TRUE(PutNumbered(**store, position, Durability::kNow).ok());
  }
  EXPECT_EQ(LogsOf(dir_ / "db.damaged").size(), before.size());
  const auto again = RocksStore::Open(options_);  // and the next open is an ordinary one
  ASSERT_TRUE(again.ok()) << again.error().message;
  ExpectWholePrefix(**again);
}

TEST_F(RocksDamage, AReadOnlyLookAcceptsWithoutTouchingTheFiles) {
  FlipAt(FileOf(dir_ / "db", ".log"), 0.9);
  MarkAt(500);
  const auto before = LogsOf(dir_ / "db");
  options_.read_only = true;
  const auto store = Recover();
  ASSERT_TRUE(store.ok());
  ExpectWholePrefix(**store);
  EXPECT_EQ(LogsOf(dir_ / "db"), before);
  EXPECT_FALSE(fs::exists(dir_ / "db.damaged"));
}

TEST_F(RocksDamage, ACutTailIsNotDamageButMustReachTheMark) {
  const fs::path log = FileOf(dir_ / "db", ".log");
  fs::resize_file(log, fs::file_size(log) - 100);
  MarkAt(kRecords);
  EXPECT_EQ(Recover().error().code, Code::kCorrupt);
  high_ = std::move(HighWater::Open(dir_ / "high2", true)).value();
  MarkAt(kRecords - 1);
  const auto store = Recover();
  ASSERT_TRUE(store.ok());
  EXPECT_EQ(*NumberedPosition(**store), kRecords - 1);
}

TEST_F(RocksDamage, ADeletedLogIsNoticedByTheMark) {
  fs::remove(FileOf(dir_ / "db", ".log"));
  MarkAt(kRecords);
  const auto store = Recover();
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, Code::kCorrupt);
}

TEST_F(RocksDamage, AnOldCopyPutBackIsNoticedByTheMark) {
  {
    auto store = std::move(RocksStore::Open(options_)).value();
    ASSERT_TRUE(store->Checkpoint(dir_ / "old").ok());
    ASSERT_TRUE(PutNumbered(*store, kRecords, Durability::kNow).ok());
  }
  MarkAt(kRecords + 1);
  options_.path = dir_ / "old";
  EXPECT_EQ(Recover().error().code, Code::kCorrupt);
  options_.path = dir_ / "db";
  EXPECT_TRUE(Recover().ok());
}

TEST_F(RocksDamage, ALostCurrentFileIsNotANewStore) {
  fs::remove(dir_ / "db/CURRENT");
  EXPECT_EQ(RocksStore::Open(options_).error().code, Code::kCorrupt);
}

TEST_F(RocksDamage, DamageBeyondTheLogIsRefusedWhateverTheMark) {
  for (const auto& entry : fs::directory_iterator(dir_ / "db"))
    if (entry.path().filename().string().rfind("MANIFEST", 0) == 0) FlipAt(entry.path(), 0.3);
  const auto store = Recover();
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, Code::kCorrupt);
}

TEST_F(RocksDamage, BitRotInATableIsReportedByReadsAndByTheDailyCheck) {
  {
    auto store = std::move(RocksStore::Open(options_)).value();
    ASSERT_TRUE(RocksStore::EraseForGood(*store, test::kDataSpace).ok());  // all into tables
  }
  FlipAt(FileOf(dir_ / "db", ".sst"), 0.4);
  auto store = std::move(RocksStore::Open(options_)).value();
  EXPECT_EQ(RocksStore::VerifyChecksums(*store).error().code, Code::kCorrupt);
  const auto all = [](std::string_view, std::string_view) { return true; };
  EXPECT_EQ(store->Scan(test::kDataSpace, "", "", all).error().code, Code::kCorrupt);
  EXPECT_EQ(store->ScanBack(test::kDataSpace, "", "", all).error().code, Code::kCorrupt);
  size_t bad = 0;
  for (uint64_t i = 0; i < kRecords; ++i) {
    const auto row = store->Get(test::kDataSpace, BigEndian64(i));
    if (row.ok())
      EXPECT_EQ(**row, test::NumberedValue(i));
    else
      ++bad;
  }
  EXPECT_GT(bad, 0u);
  EXPECT_LT(bad, kRecords);
}

TEST_F(RocksDamage, AMissingTableIsCorrupt) {
  {
    auto store = std::move(RocksStore::Open(options_)).value();
    ASSERT_TRUE(RocksStore::EraseForGood(*store, test::kDataSpace).ok());
  }
  fs::remove(FileOf(dir_ / "db", ".sst"));
  EXPECT_EQ(RocksStore::Open(options_).error().code, Code::kCorrupt);
}

TEST(RocksSync, AFailedSyncIsAnErrorAndNothingIsEverOkAgain) {
  TempDir dir;
  test::PowerCutFs disk;
  StoreOptions options = NumberedOptions(dir / "db");
  options.file_system = disk.get();
  {
    auto store = std::move(RocksStore::Open(options)).value();
    ASSERT_TRUE(PutNumbered(*store, 0, Durability::kNow).ok());
    disk.FailSyncs(true);
    EXPECT_EQ(PutNumbered(*store, 1, Durability::kNow).error().code, Code::kInternal);
    disk.FailSyncs(false);  // the second fsync would say yes: the trap
    EXPECT_EQ(PutNumbered(*store, 1, Durability::kNow).error().code, Code::kInternal);
    EXPECT_EQ(PutNumbered(*store, 1, Durability::kLater).error().code, Code::kInternal);
    EXPECT_EQ(store->Sync().error().code, Code::kInternal);
    EXPECT_EQ(store->Apply(Batch(), Durability::kNow).error().code, Code::kInternal);
    EXPECT_TRUE(store->Get(test::kDataSpace, BigEndian64(0))->has_value());
  }
  options.file_system = nullptr;
  auto store = std::move(RocksStore::Open(options)).value();
  EXPECT_GE(*NumberedPosition(*store), 1u);
  ExpectWholePrefix(*store);
}

TEST(RocksSync, AFailedSyncCallBreaksTheStoreToo) {
  TempDir dir;
  test::PowerCutFs disk;
  StoreOptions options = NumberedOptions(dir / "db");
  options.file_system = disk.get();
  auto store = std::move(RocksStore::Open(options)).value();
  ASSERT_TRUE(PutNumbered(*store, 0, Durability::kLater).ok());
  disk.FailSyncs(true);
  EXPECT_EQ(store->Sync().error().code, Code::kInternal);
  disk.FailSyncs(false);
  EXPECT_EQ(store->Sync().error().code, Code::kInternal);
}

}  // namespace
}  // namespace sam
