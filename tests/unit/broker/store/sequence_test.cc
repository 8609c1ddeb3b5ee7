#include "broker/store/sequence.h"

#include <gtest/gtest.h>

#include "tests/support/fault_store.h"

namespace sam {
namespace {

using test::FaultStore;
constexpr Space kSpace{3};

std::vector<std::pair<uint64_t, std::string>> ReadFrom(const DurableSequence& sequence,
                                                       uint64_t from, size_t limit = 1000) {
  std::vector<std::pair<uint64_t, std::string>> out;
  const Status status = sequence.Read(from, limit, [&](uint64_t seq, std::string_view bytes) {
    out.emplace_back(seq, std::string(bytes));
    return true;
  });
  EXPECT_TRUE(status.ok());
  return out;
}

void Fill(FaultStore& store, DurableSequence& sequence, int n) {
  Batch batch;
  for (int i = 0; i < n; ++i) {
    const uint64_t next = sequence.Next();
    EXPECT_EQ(sequence.Append(batch, "e" + std::to_string(next)), next);
  }
  ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
}

TEST(DurableSequence, NumbersFromOneWithoutGaps) {
  FaultStore store;
  auto sequence = *DurableSequence::Open(store, kSpace, "box");
  EXPECT_EQ(sequence.Next(), 1u);
  Fill(store, sequence, 300);
  const auto all = ReadFrom(sequence, 0);
  ASSERT_EQ(all.size(), 300u);
  for (uint64_t i = 0; i < 300; ++i) {
    EXPECT_EQ(all[i].first, i + 1);
    EXPECT_EQ(all[i].second, "e" + std::to_string(i + 1));
  }
  EXPECT_EQ(ReadFrom(sequence, 299).size(), 2u);
  EXPECT_EQ(ReadFrom(sequence, 10, 5).size(), 5u);
  EXPECT_EQ(ReadFrom(sequence, 1, 0).size(), 0u);
  EXPECT_EQ(ReadFrom(sequence, 301).size(), 0u);
  EXPECT_EQ(**sequence.Get(7), "e7");
  EXPECT_FALSE(sequence.Get(301)->has_value());
}

TEST(DurableSequence, VisitorCanStop) {
  FaultStore store;
  auto sequence = *DurableSequence::Open(store, kSpace, "box");
  Fill(store, sequence, 10);
  int seen = 0;
  ASSERT_TRUE(sequence.Read(1, 100, [&](uint64_t, std::string_view) { return ++seen < 3; }).ok());
  EXPECT_EQ(seen, 3);
}

TEST(DurableSequence, NeighboursWithLongerPrefixesAreNotMixed) {
  FaultStore store;
  auto a = *DurableSequence::Open(store, kSpace, "a");
  auto ae = *DurableSequence::Open(store, kSpace, std::string("ae\0", 3));
  auto none = *DurableSequence::Open(store, kSpace, "");
  Fill(store, a, 3);
  Fill(store, ae, 5);
  Fill(store, none, 2);
  EXPECT_EQ(ReadFrom(a, 0).size(), 3u);
  EXPECT_EQ(ReadFrom(ae, 0).size(), 5u);
  EXPECT_EQ(ReadFrom(none, 0).size(), 2u);
  EXPECT_EQ(DurableSequence::Open(store, kSpace, "a")->Next(), 4u);
  EXPECT_EQ(DurableSequence::Open(store, kSpace, "")->Next(), 3u);
  EXPECT_EQ(DurableSequence::Open(store, kSpace, std::string(256, 'p')).error().code,
            Code::kInvalid);
  EXPECT_TRUE(DurableSequence::Open(store, kSpace, std::string(255, 'p')).ok());
}

TEST(DurableSequence, NumbersAreNeverReusedAlsoWhenAllIsTrimmed) {
  FaultStore store;
  auto sequence = *DurableSequence::Open(store, kSpace, "box");
  Fill(store, sequence, 10);
  Batch batch;
  EXPECT_EQ(sequence.Trim(batch, 4), 4u);
  EXPECT_EQ(sequence.Trim(batch, 3), 4u);
  EXPECT_EQ(sequence.Trim(batch, 1000), 10u);
  ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(ReadFrom(sequence, 0).size(), 0u);
  EXPECT_EQ(store.rows(kSpace), 1u);  // only the floor is left
  auto again = *DurableSequence::Open(store, kSpace, "box");
  EXPECT_EQ(again.Next(), 11u);
  EXPECT_EQ(again.Floor(), 10u);
}

TEST(DurableSequence, NumbersAreNeverReusedAlsoWhenTheNewestAreErased) {
  FaultStore store;
  auto sequence = *DurableSequence::Open(store, kSpace, "box");
  Fill(store, sequence, 5);
  Batch batch;
  sequence.Erase(batch, 5);
  sequence.Erase(batch, 4);
  sequence.Erase(batch, 6);  // not given yet: nothing
  ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
  ASSERT_TRUE(sequence.Reload().ok());
  EXPECT_EQ(sequence.Next(), 6u);
  auto again = *DurableSequence::Open(store, kSpace, "box");
  EXPECT_EQ(again.Next(), 6u);
  EXPECT_EQ(ReadFrom(again, 0).size(), 3u);
  Fill(store, again, 2);
  EXPECT_EQ(DurableSequence::Open(store, kSpace, "box")->Next(), 8u) << "it holds nothing back";
  Batch rest;
  EXPECT_EQ(again.Trim(rest, 7), 7u);
  ASSERT_TRUE(store.Apply(rest, Durability::kNow).ok());
  EXPECT_EQ(DurableSequence::Open(store, kSpace, "box")->Next(), 8u);
}

TEST(DurableSequence, TrimIsBoundedPerCall) {
  FaultStore store;
  auto sequence = *DurableSequence::Open(store, kSpace, "box");
  const uint64_t n = DurableSequence::kTrimMax + 10;
  Fill(store, sequence, static_cast<int>(n));
  Batch batch;
  EXPECT_EQ(sequence.Trim(batch, n), DurableSequence::kTrimMax);
  EXPECT_EQ(batch.ops().size(), DurableSequence::kTrimMax + 1);
  EXPECT_EQ(sequence.Trim(batch, n), n);
  ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(ReadFrom(sequence, 0).size(), 0u);
}

TEST(DurableSequence, ReloadTakesBackNumbersOfADroppedBatch) {
  FaultStore store;
  auto sequence = *DurableSequence::Open(store, kSpace, "box");
  Fill(store, sequence, 2);
  Batch dropped;
  sequence.Append(dropped, "never written");
  EXPECT_EQ(sequence.Next(), 4u);
  ASSERT_TRUE(sequence.Reload().ok());
  EXPECT_EQ(sequence.Next(), 3u);
}

TEST(DurableSequence, AfterACrashItGoesOnFromWhatWasSynced) {
  FaultStore store;
  auto sequence = *DurableSequence::Open(store, kSpace, "box");
  Fill(store, sequence, 2);
  Batch batch;
  sequence.Append(batch, "unsynced");
  ASSERT_TRUE(store.Apply(batch, Durability::kLater).ok());
  EXPECT_EQ(ReadFrom(sequence, 0).size(), 3u);
  store.Crash();
  auto again = *DurableSequence::Open(store, kSpace, "box");
  EXPECT_EQ(again.Next(), 3u);
  EXPECT_EQ(ReadFrom(again, 0).size(), 2u);
}

TEST(DurableSequence, ReplaceKeepsTheNumber) {
  FaultStore store;
  auto sequence = *DurableSequence::Open(store, kSpace, "box");
  Fill(store, sequence, 3);
  Batch batch;
  sequence.Replace(batch, 2, "");
  ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(**sequence.Get(2), "");
  EXPECT_EQ(sequence.Next(), 4u);
  EXPECT_DEATH(sequence.Replace(batch, 4, "x"), "");
}

TEST(DurableSequence, DamagedRowsAndReadErrorsAreReported) {
  FaultStore store;
  auto sequence = *DurableSequence::Open(store, kSpace, "box");
  Fill(store, sequence, 2);
  store.FailNextRead(Corrupt("rot"));
  EXPECT_EQ(sequence.Read(1, 9, [](uint64_t, std::string_view) { return true; }).error().code,
            Code::kCorrupt);
  store.FailNextRead(Corrupt("rot"));
  EXPECT_EQ(DurableSequence::Open(store, kSpace, "box").error().code, Code::kCorrupt);
  Batch batch;
  batch.Put(kSpace, sequence.KeyOf(9) + "x", "odd key");
  ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(DurableSequence::Open(store, kSpace, "box").error().code, Code::kCorrupt);
  EXPECT_EQ(sequence.Read(9, 9, [](uint64_t, std::string_view) { return true; }).error().code,
            Code::kCorrupt);
  batch.Clear();
  batch.Put(kSpace, std::string("\3boxf"), "short");
  ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(DurableSequence::Open(store, kSpace, "box").error().code, Code::kCorrupt);
}

TEST(Cursor, MovesWithItsBatchOnly) {
  FaultStore store;
  const Cursor cursor(store, kSpace, "reader");
  EXPECT_EQ(*cursor.Get(), 0u);
  Batch batch;
  cursor.Put(batch, 17);
  EXPECT_EQ(*cursor.Get(), 0u);
  ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(*cursor.Get(), 17u);
  EXPECT_EQ(*Cursor(store, kSpace, "other").Get(), 0u);
  batch.Clear();
  batch.Put(kSpace, "reader", "not a number");
  ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(cursor.Get().error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace sam
