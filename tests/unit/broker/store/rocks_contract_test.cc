// The rules of store.h, kept by both stores, so that what is proved in the simulator on FaultStore
// holds on RocksDB; then what only RocksStore promises.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "broker/store/rocks_store.h"
#include "broker/store/sequence.h"
#include "broker/store/vault.h"
#include "tests/support/fault_store.h"
#include "tests/support/temp_dir.h"

namespace sam {
namespace {

using test::TempDir;
constexpr Space kA{0};
constexpr Space kB{1};

StoreOptions OptionsFor(const std::string& path) {
  StoreOptions options;
  options.path = path;
  options.space_names = {"a", "b"};
  options.point_lookup = {"b"};
  options.create = true;
  return options;
}

class StoreContract : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      auto opened = RocksStore::Open(OptionsFor(dir_ / "db"));
      ASSERT_TRUE(opened.ok()) << opened.error().message;
      store_ = std::move(opened).value();
    } else {
      store_ = std::make_unique<test::FaultStore>(2);
    }
  }
  void Put(Space space, const std::vector<std::string>& keys) {
    Batch batch;
    for (const std::string& key : keys) batch.Put(space, key, "value of " + key);
    ASSERT_TRUE(store_->Apply(batch, Durability::kNow).ok());
  }
  std::string Keys(Space space, std::string_view from, std::string_view until, bool back = false,
                   size_t stop_after = 100) const {
    std::string out;
    size_t seen = 0;
    const auto visit = [&](std::string_view key, std::string_view value) {
      EXPECT_EQ(value, "value of " + std::string(key));
      out += std::string(key) + " ";
      return ++seen < stop_after;
    };
    EXPECT_TRUE((back ? store_->ScanBack(space, from, until, visit)
                      : store_->Scan(space, from, until, visit)).ok());
    return out;
  }
  TempDir dir_;
  std::unique_ptr<Store> store_;
};

// An inbox that was killed aborted at every start after it: a default string_view points nowhere, and
// RocksDB asserts when it compares such a key with one in its memtable.
TEST_P(StoreContract, AViewThatPointsNowhereIsTheStartOfTheSpace) {
  Put(kA, {"a", "b"});
  EXPECT_EQ(Keys(kA, std::string_view(), std::string_view()), "a b ");
  EXPECT_EQ(Keys(kA, std::string_view(), std::string_view(), true), "b a ");
  const auto none = store_->Get(kA, std::string_view());
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(*none);
}

TEST_P(StoreContract, ScansAreHalfOpenAndOrderedBothWays) {
  Put(kA, {"k2", "k1", "k4", "k3"});
  Put(kB, {"other"});
  EXPECT_EQ(Keys(kA, "", ""), "k1 k2 k3 k4 ");
  EXPECT_EQ(Keys(kA, "k2", "k4"), "k2 k3 ");
  EXPECT_EQ(Keys(kA, "k2", "k2"), "");
  EXPECT_EQ(Keys(kA, "k5", ""), "");
  EXPECT_EQ(Keys(kA, "", "", true), "k4 k3 k2 k1 ");
  EXPECT_EQ(Keys(kA, "k2", "k4", true), "k3 k2 ");
  EXPECT_EQ(Keys(kA, "k2", "k35", true), "k3 k2 ");
  EXPECT_EQ(Keys(kA, "k5", "", true), "");
  EXPECT_EQ(Keys(kA, "", "", false, 2), "k1 k2 ");
  EXPECT_EQ(Keys(kA, "", "", true, 2), "k4 k3 ");
}

TEST_P(StoreContract, ABatchIsAppliedInOrderOverSpaces) {
  Batch batch;
  batch.Put(kA, "x", "1");
  batch.Put(kB, "x", "2");
  batch.Put(kA, "x", "3");
  batch.Put(kB, "gone", "4");
  batch.Delete(kB, "gone");
  batch.Delete(kB, "never there");
  ASSERT_TRUE(store_->Apply(batch, Durability::kLater).ok());
  EXPECT_EQ(**store_->Get(kA, "x"), "3");
  EXPECT_EQ(**store_->Get(kB, "x"), "2");
  EXPECT_FALSE(store_->Get(kB, "gone")->has_value());
  EXPECT_TRUE(store_->Sync().ok());
}

TEST_P(StoreContract, EmptyBatchesAndEmptyValuesAreFine) {
  EXPECT_TRUE(store_->Apply(Batch(), Durability::kLater).ok());
  EXPECT_TRUE(store_->Apply(Batch(), Durability::kNow).ok());
  Batch batch;
  batch.Put(kA, std::string("\0\xFF", 2), "");
  ASSERT_TRUE(store_->Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(**store_->Get(kA, std::string_view("\0\xFF", 2)), "");
}

TEST_P(StoreContract, ACheckpointNeedsANewName) {
  Put(kA, {"k"});
  ASSERT_TRUE(store_->Checkpoint(dir_ / "copy").ok());
  EXPECT_EQ(store_->Checkpoint(dir_ / "copy").error().code, Code::kConflict);
}

INSTANTIATE_TEST_SUITE_P(BothStores, StoreContract, ::testing::Bool(),
                         [](const auto& p) { return p.param ? "Rocks" : "Fault"; });

std::unique_ptr<Store> MustOpen(const StoreOptions& options) {
  auto opened = RocksStore::Open(options);
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  return opened.ok() ? std::move(opened).value() : nullptr;
}

void PutOne(Store& store, const std::string& key, const std::string& value) {
  Batch batch;
  batch.Put(kA, key, value);
  ASSERT_TRUE(store.Apply(batch, Durability::kLater).ok());
}

TEST(RocksStore, IsMadeOnlyWhenAskedAndClosedToOthers) {
  TempDir dir;
  StoreOptions options = OptionsFor(dir / "deep/db");
  options.create = false;
  EXPECT_EQ(RocksStore::Open(options).error().code, Code::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(dir / "deep"));
  options.create = true;
  MustOpen(options);
  EXPECT_EQ(std::filesystem::status(dir / "deep/db").permissions(),
            std::filesystem::perms::owner_all);
  options.create = false;
  MustOpen(options);
}

TEST(RocksStore, ASecondOpenerIsUnavailable) {
  TempDir dir;
  const auto store = MustOpen(OptionsFor(dir / "db"));
  EXPECT_EQ(RocksStore::Open(OptionsFor(dir / "db")).error().code, Code::kUnavailable);
}

TEST(RocksStore, ANewSpaceIsAddedAndALackingOneIsRefused) {
  TempDir dir;
  StoreOptions options = OptionsFor(dir / "db");
  PutOne(*MustOpen(options), "k", "v");
  options.space_names.push_back("c");
  {
    const auto store = MustOpen(options);
    EXPECT_EQ(**store->Get(kA, "k"), "v");
    EXPECT_FALSE(store->Get(Space{2}, "k")->has_value());
  }
  EXPECT_EQ(RocksStore::Open(OptionsFor(dir / "db")).error().code, Code::kInvalid);
  options.point_lookup = {"typo"};
  EXPECT_EQ(RocksStore::Open(options).error().code, Code::kInvalid);
  options.space_names.assign(256, "x");
  EXPECT_EQ(RocksStore::Open(options).error().code, Code::kInvalid);
}

TEST(RocksStore, ASpaceThatAnOlderVersionDidNotHaveReadsAsEmpty) {
  TempDir dir;
  StoreOptions options = OptionsFor(dir / "db");
  PutOne(*MustOpen(options), "k", "v");
  options.space_names.push_back("c");
  options.read_only = true;
  const auto reader = MustOpen(options);
  EXPECT_EQ(**reader->Get(kA, "k"), "v");
  EXPECT_FALSE(reader->Get(Space{2}, "k")->has_value());
  const auto any = [](std::string_view, std::string_view) {
    ADD_FAILURE() << "a row in a space that is not there";
    return true;
  };
  EXPECT_TRUE(reader->Scan(Space{2}, "", "", any).ok());
  EXPECT_TRUE(reader->ScanBack(Space{2}, "", "", any).ok());
}

TEST(RocksStore, ReadOnlySeesTheLogAndRefusesWrites) {
  TempDir dir;
  StoreOptions options = OptionsFor(dir / "db");
  const auto writer = MustOpen(options);
  PutOne(*writer, "k", "v");
  options.read_only = true;
  const auto reader = MustOpen(options);
  EXPECT_EQ(**reader->Get(kA, "k"), "v");
  Batch batch;
  batch.Put(kA, "k", "w");
  EXPECT_EQ(reader->Apply(batch, Durability::kNow).error().code, Code::kDenied);
  EXPECT_EQ(reader->Sync().error().code, Code::kDenied);
  EXPECT_EQ(RocksStore::EraseForGood(*reader, kA).error().code, Code::kDenied);
  options.path = dir / "none";
  EXPECT_EQ(RocksStore::Open(options).error().code, Code::kNotFound);
}

TEST(RocksStore, ACheckpointHoldsWhatWasAppliedAndOpensAlone) {
  TempDir dir;
  const auto store = MustOpen(OptionsFor(dir / "db"));
  for (int i = 0; i < 1000; ++i) PutOne(*store, std::to_string(i), std::string(100, 'x'));
  ASSERT_TRUE(store->Checkpoint(dir / "copy").ok());
  for (const auto& entry : std::filesystem::directory_iterator(dir / "copy"))
    EXPECT_NE(entry.path().extension(), ".sst") << "a checkpoint must not flush";
  PutOne(*store, "later", "v");
  const auto copy = MustOpen(OptionsFor(dir / "copy"));
  EXPECT_TRUE(copy->Get(kA, "999")->has_value());
  EXPECT_FALSE(copy->Get(kA, "later")->has_value());
}

TEST(RocksStore, ErasedForGoodMeansNotInAnyFile) {
  TempDir dir;
  const std::string secret = "find-me-in-the-files-0123456789";
  const auto hits = [&] {
    size_t n = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir / "db")) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      n += bytes.find(secret) != std::string::npos;
    }
    return n;
  };
  const auto store = MustOpen(OptionsFor(dir / "db"));
  PutOne(*store, "k", secret);
  PutOne(*store, "stays", "v");
  EXPECT_GT(hits(), 0u);
  Batch batch;
  batch.Delete(kA, "k");
  ASSERT_TRUE(store->Apply(batch, Durability::kNow).ok());
  EXPECT_GT(hits(), 0u) << "deleting alone is not erasing";
  ASSERT_TRUE(RocksStore::EraseForGood(*store, kA).ok());
  EXPECT_EQ(hits(), 0u);
  EXPECT_EQ(**store->Get(kA, "stays"), "v");
  EXPECT_TRUE(RocksStore::VerifyChecksums(*store).ok());
}

TEST(RocksStore, MaintenanceIsForRocksStoresOnly) {
  test::FaultStore fault(1);
  EXPECT_EQ(RocksStore::VerifyChecksums(fault).error().code, Code::kInvalid);
  EXPECT_EQ(RocksStore::EraseForGood(fault, kA).error().code, Code::kInvalid);
}

TEST(RocksStore, CarriesAVaultAndASequenceOverARestart) {
  TempDir dir;
  StoreOptions options = OptionsFor(dir / "vault");
  options.space_names = VaultSpaces();
  options.point_lookup = {"vault_subject", "vault_index"};
  const SecretKey kek = SecretKey::Random();
  const PersonId person("urn:oid:1.2.752.129.2.1.3.1", "195009072553");
  SubjectId subject;
  {
    const auto store = MustOpen(options);
    const auto vault = std::move(Vault::Open(*store, kek.Clone())).value();
    subject = vault->Resolve("region", {person})->subject;
    ASSERT_TRUE(vault->Commit().ok());
    auto sequence = *DurableSequence::Open(*store, kA, "audit");
    Batch batch;
    EXPECT_EQ(sequence.Append(batch, "row"), 1u);
    ASSERT_TRUE(store->Apply(batch, Durability::kNow).ok());
  }
  const auto store = MustOpen(options);
  EXPECT_EQ(Vault::Open(*store, SecretKey::Random()).error().code, Code::kDenied);
  const auto vault = std::move(Vault::Open(*store, kek.Clone())).value();
  EXPECT_EQ(**vault->Find("region", person), subject);
  EXPECT_EQ(DurableSequence::Open(*store, kA, "audit")->Next(), 2u);
}

}  // namespace
}  // namespace sam
