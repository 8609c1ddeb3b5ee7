#include "tests/support/fault_store.h"

#include <gtest/gtest.h>

namespace sam::test {
namespace {

constexpr Space kSpace{0};

Batch Put(const std::string& key) {
  Batch batch;
  batch.Put(kSpace, key, "v");
  return batch;
}

bool Has(const FaultStore& store, const std::string& key) {
  return store.Get(kSpace, key)->has_value();
}

TEST(FaultStore, CrashForgetsExactlyTheUnsyncedTail) {
  FaultStore store;
  ASSERT_TRUE(store.Apply(Put("a"), Durability::kLater).ok());
  ASSERT_TRUE(store.Apply(Put("b"), Durability::kNow).ok());
  ASSERT_TRUE(store.Apply(Put("c"), Durability::kLater).ok());
  EXPECT_TRUE(Has(store, "c"));
  EXPECT_EQ(store.unsynced(), 1u);
  store.Crash();
  EXPECT_TRUE(Has(store, "a"));
  EXPECT_TRUE(Has(store, "b"));
  EXPECT_FALSE(Has(store, "c"));
  ASSERT_TRUE(store.Apply(Put("d"), Durability::kLater).ok());
  ASSERT_TRUE(store.Sync().ok());
  store.Crash();
  EXPECT_TRUE(Has(store, "d"));
  EXPECT_EQ(store.syncs(), 2u);
  EXPECT_EQ(store.applies(), 4u);
}

TEST(FaultStore, ACrashMayKeepAPrefixOfTheTail) {
  FaultStore store;
  for (const char* key : {"a", "b", "c"})
    ASSERT_TRUE(store.Apply(Put(key), Durability::kLater).ok());
  store.CrashKeeping(2);
  EXPECT_TRUE(Has(store, "b"));
  EXPECT_FALSE(Has(store, "c"));
}

TEST(FaultStore, ALyingSyncLosesWhatItPromised) {
  FaultStore store;
  store.SetLyingSync(true);
  ASSERT_TRUE(store.Apply(Put("a"), Durability::kNow).ok());
  ASSERT_TRUE(store.Sync().ok());
  store.Crash();
  EXPECT_FALSE(Has(store, "a"));
}

TEST(FaultStore, AFullDiskRefusesAndStaysUsable) {
  FaultStore store;
  store.SetFull(true);
  EXPECT_EQ(store.Apply(Put("a"), Durability::kNow).error().code, Code::kExhausted);
  EXPECT_FALSE(Has(store, "a"));
  store.SetFull(false);
  EXPECT_TRUE(store.Apply(Put("a"), Durability::kNow).ok());
  store.FailNextApply(Exhausted("once"));
  EXPECT_EQ(store.Apply(Put("b"), Durability::kNow).error().code, Code::kExhausted);
  EXPECT_TRUE(store.Apply(Put("b"), Durability::kNow).ok());
}

TEST(FaultStore, AnyOtherErrorBreaksItUntilTheCrash) {
  FaultStore store;
  store.FailNextApply(Internal("io"), 2);
  EXPECT_TRUE(store.Apply(Put("a"), Durability::kNow).ok());
  EXPECT_EQ(store.Apply(Put("b"), Durability::kNow).error().code, Code::kInternal);
  EXPECT_EQ(store.Apply(Put("c"), Durability::kNow).error().code, Code::kInternal);
  EXPECT_EQ(store.Sync().error().code, Code::kInternal);
  store.Crash();
  EXPECT_TRUE(store.Apply(Put("c"), Durability::kNow).ok());
  EXPECT_FALSE(Has(store, "b"));
}

TEST(FaultStore, AFailedSyncLeavesTheTailUnsynced) {
  FaultStore store;
  store.FailNextSync(Internal("fsync"));
  EXPECT_EQ(store.Apply(Put("a"), Durability::kNow).error().code, Code::kInternal);
  EXPECT_EQ(store.Sync().error().code, Code::kInternal);
  store.Crash();
  EXPECT_FALSE(Has(store, "a"));
  EXPECT_EQ(store.syncs(), 0u);
}

TEST(FaultStore, ACheckpointIsACopy) {
  FaultStore store;
  ASSERT_TRUE(store.Apply(Put("a"), Durability::kNow).ok());
  ASSERT_TRUE(store.Checkpoint("backup").ok());
  EXPECT_EQ(store.Checkpoint("backup").error().code, Code::kConflict);
  ASSERT_TRUE(store.Apply(Put("b"), Durability::kNow).ok());
  const auto copy = store.OpenCheckpoint("backup");
  ASSERT_NE(copy, nullptr);
  EXPECT_TRUE(Has(*copy, "a"));
  EXPECT_FALSE(Has(*copy, "b"));
  EXPECT_EQ(store.OpenCheckpoint("other"), nullptr);
}

}  // namespace
}  // namespace sam::test
