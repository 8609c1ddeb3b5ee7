// What AdapterStore keeps of the quarantine beside the messages themselves, and how much.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/kit/commands.h"
#include "broker/base/text.h"
#include "tests/unit/adapters/kit/older_rows.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct ShelfRig : Rig {
  using Rig::Rig;

  static std::string RowKey(uint64_t number) {
    return std::string("\x0aquarantine") + "e" + BigEndian64(number);
  }
  void Write(const Batch& batch) { ASSERT_TRUE(faults.Apply(batch, Durability::kNow).ok()); }
  // Whoever reads a message itself fails.
  void DamageAllMessages(uint64_t upto) {
    Batch batch;
    for (uint64_t number = 1; number <= upto; ++number) {
      ASSERT_TRUE((*faults.Get(spaces::kQuarantine, RowKey(number))).has_value()) << number;
      batch.Put(spaces::kQuarantine, RowKey(number), "damaged");
    }
    Write(batch);
  }
  void Prune() {
    ASSERT_TRUE(store->Begin().ok());
    ASSERT_TRUE(store->Prune().ok());
    ASSERT_TRUE(store->Commit().ok());
  }
  Verdict Aside(const std::string& bytes, bool readable) {
    EXPECT_TRUE(pipeline->Begin().ok());
    const Result<Verdict> out =
        pipeline->PutAside(bytes, "p", {"test", "a test", true, std::nullopt, readable});
    EXPECT_TRUE(out.ok() && pipeline->Commit().ok());
    return out.ok() ? *out : Verdict();
  }
  std::string Run(const Words& words) {
    Commands commands(*store, *pipeline);
    const Result<std::string> text = commands.Run(words, "anna");
    EXPECT_TRUE(text.ok()) << text.error().message;
    return text.ok() ? *text : "";
  }
};

AdapterConfig SmallQuarantine() {
  AdapterConfig config = TestConfig();
  config.keep.quarantine_bytes = 300'000;
  return config;
}

// Bytes that do not pack.
std::string Noise(size_t size, uint64_t seed) {
  Random random(seed);
  std::string out;
  while (out.size() < size) out.append(BigEndian64(random.Next()));
  out.resize(size);
  return out;
}

TEST(KeptQuarantine, ListsFiltersCountsDiscardsAndPruningReadNoMessage) {
  ShelfRig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  rig.Take("garbage that is no message at all");
  rig.Aside("third", true);
  rig.DamageAllMessages(3);
  rig.Open();
  const std::string list = rig.Run({"quarantine", "list", "json"});
  EXPECT_THAT(list, HasSubstr("\"message_bytes\":" +
                              std::to_string(Fixture("oru_unknown_enum").size())));
  EXPECT_THAT(list, HasSubstr("\"number\":3"));
  EXPECT_THAT(rig.Run({"quarantine", "list", "reason=test"}), HasSubstr("matched=1"));
  EXPECT_THAT(rig.Run({"quarantine", "preview", "discard"}), HasSubstr("3 open entries"));
  EXPECT_THAT(rig.Run({"status"}), HasSubstr("quarantine: 3 open"));
  rig.Run({"quarantine", "discard", "1", "x"});
  rig.Prune();
  EXPECT_EQ(rig.store->open_quarantine(), 2U);
  rig.clock.Advance(100 * kDayMs);
  rig.Prune();
  EXPECT_FALSE((*rig.faults.Get(spaces::kQuarantine, ShelfRig::RowKey(1))).has_value());
  EXPECT_THAT(rig.Run({"quarantine", "list"}), HasSubstr("matched=2"));
  Commands commands(*rig.store, *rig.pipeline);
  const auto sent = commands.Run({"quarantine", "resend", "2", "x"}, "anna");
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code, Code::kConflict) << "one entry's trouble, not the store's";
}

TEST(KeptQuarantine, AStoreOfAnOlderBuildGetsItsSmallRowsOnce) {
  ShelfRig rig;
  OlderRows codec(rig.key);
  Batch batch;
  for (uint64_t number = 1; number <= 450; ++number) {
    Quarantined row;
    row.at = Millis(1000);
    row.reason = "old";
    row.raw = "message " + std::to_string(number);
    if (number % 3 == 0) {
      row.state = QuarantineState::kDiscarded;
      row.closed_at = rig.clock.Now();
    }
    batch.Put(spaces::kQuarantine, ShelfRig::RowKey(number), codec.Entry(row, number));
  }
  batch.Put(spaces::kQuarantine, ShelfRig::RowKey(7), "damaged");
  Cursor(rig.faults, spaces::kMeta, "format").Put(batch, 1);
  rig.Write(batch);
  rig.Open();
  EXPECT_EQ(*Cursor(rig.faults, spaces::kMeta, "format").Get(), AdapterStore::kFormat);
  EXPECT_EQ(rig.store->open_quarantine(), 300U);
  EXPECT_EQ(rig.Quarantine().size(), 449U);
  EXPECT_EQ((*rig.store->Quarantine(450))->raw, "message 450");
  EXPECT_EQ((*rig.store->Head(450))->state, QuarantineState::kDiscarded);
  EXPECT_EQ((*rig.store->Head(7))->reason, "row-unreadable") << "seen, and it can be discarded";
  const uint64_t bytes = rig.store->quarantine_bytes();
  EXPECT_GT(bytes, 0U);
  rig.Run({"quarantine", "discard", "7", "x"});
  rig.Crash();
  EXPECT_EQ(rig.store->open_quarantine(), 299U);
  EXPECT_EQ(rig.store->quarantine_bytes(), bytes);
  EXPECT_EQ(rig.Take("garbage that is no message at all").quarantine, 451U);
}

TEST(KeptQuarantine, AStopWhileTheSmallRowsAreMadeLeavesThemToTheNextStart) {
  ShelfRig rig;
  OlderRows codec(rig.key);
  Batch batch;
  for (uint64_t number = 1; number <= 450; ++number) {
    Quarantined row;
    row.reason = "old";
    batch.Put(spaces::kQuarantine, ShelfRig::RowKey(number), codec.Entry(row, number));
  }
  Cursor(rig.faults, spaces::kMeta, "format").Put(batch, 1);
  rig.Write(batch);
  rig.Close();
  rig.faults.FailNextApply(Exhausted("no room"), 2);
  EXPECT_FALSE(AdapterStore::Open(rig.faults, rig.key.Clone(), rig.clock, KeepDays()).ok());
  EXPECT_EQ(*Cursor(rig.faults, spaces::kMeta, "format").Get(), 1U);
  // What is done is not done again.
  Batch damage;
  damage.Put(spaces::kQuarantine, ShelfRig::RowKey(1), "damaged");
  rig.Write(damage);
  rig.Open();
  EXPECT_EQ(rig.store->open_quarantine(), 450U);
  EXPECT_EQ((*rig.store->Head(1))->reason, "old");
}

TEST(KeptQuarantine, AboveItsBoundAnUnreadableFrameIsKeptByItsBeginningAndAReadableOneWhole) {
  ShelfRig rig(SmallQuarantine());
  const std::string first = Noise(200'000, 1), second = Noise(200'000, 2);
  EXPECT_EQ(rig.Aside(first, false).answer.outcome, hl7::Outcome::kStored);
  EXPECT_EQ(rig.Quarantine().at(0).raw, first);
  EXPECT_EQ(rig.Aside(second, false).answer.outcome, hl7::Outcome::kContentError)
      << "we do not have it: its sender keeps it";
  const Quarantined cut = rig.Quarantine().at(1);
  EXPECT_EQ(cut.raw, second.substr(0, kKeptBeginning));
  EXPECT_EQ(cut.full_size, second.size());
  EXPECT_THAT(cut.detail, HasSubstr("the quarantine is full"));
  EXPECT_FALSE(rig.pipeline->Resend(2, std::nullopt, "anna").ok());
  const std::string whole = Noise(250'000, 3);
  EXPECT_EQ(rig.Aside(whole, true).answer.outcome, hl7::Outcome::kStored);
  EXPECT_EQ(rig.Quarantine().at(2).raw, whole);
  // What a sender's unreadable bytes make of the decoder counts the same.
  rig.Take("no message " + Noise(100'000, 4));
  EXPECT_EQ(rig.Quarantine().at(3).raw.size(), kKeptBeginning);
}

TEST(KeptQuarantine, WhatWasCutForWantOfRoomIsTakenWholeWhenItComesAgainAndThereIsRoom) {
  ShelfRig rig(SmallQuarantine());
  const std::string late = Noise(200'000, 2);
  rig.Aside(Noise(200'000, 1), true);
  rig.Aside(late, false);
  EXPECT_EQ(rig.Aside(late, false).kind, Verdict::Kind::kDuplicate);
  EXPECT_EQ(rig.Quarantine().size(), 2U) << "a sender that repeats fills nothing";
  rig.Run({"quarantine", "discard", "1", "x"});
  rig.clock.Advance(100 * kDayMs);
  rig.Prune();
  EXPECT_EQ(rig.Aside(late, false).answer.outcome, hl7::Outcome::kStored);
  EXPECT_EQ(rig.Quarantine().back().raw, late);
}

TEST(KeptQuarantine, ThatItIsFullIsToldOnceAndPruningMakesRoom) {
  ShelfRig rig(SmallQuarantine());
  for (uint64_t i = 0; i < 3; ++i) rig.Aside(Noise(150'000, i), true);
  testing::internal::CaptureStderr();
  rig.Prune();
  rig.Prune();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("quarantine-full"));
  EXPECT_EQ(log.find("quarantine-full"), log.rfind("quarantine-full"));
  const uint64_t before = rig.store->quarantine_bytes();
  EXPECT_GT(before, 400'000U);
  for (const char* number : {"1", "2", "3"}) rig.Run({"quarantine", "discard", number, "x"});
  rig.clock.Advance(100 * kDayMs);
  rig.Prune();
  EXPECT_EQ(rig.store->quarantine_bytes(), 0U);
  rig.Aside(Noise(150'000, 9), false);
  EXPECT_EQ(rig.Quarantine().at(0).full_size, 0U);
}

TEST(KeptQuarantine, WhatADroppedGroupPutAsideIsNotCounted) {
  ShelfRig rig;
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  ASSERT_TRUE(rig.pipeline->Take(Fixture("oru_unknown_enum"), "p").ok());
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  EXPECT_EQ(rig.store->open_quarantine(), 0U);
  EXPECT_EQ(rig.store->quarantine_bytes(), 0U);
}

TEST(KeptQuarantine, PruningGoesOnWhereItEndedWhenThereIsMuchToDelete) {
  ShelfRig rig;
  const size_t all = AdapterStore::kPruneMax + 20;
  for (size_t i = 1; i <= all; ++i) {
    rig.Aside("x" + std::to_string(i), true);
    rig.Run({"quarantine", "discard", std::to_string(i), "x"});
  }
  rig.Aside("open", true);
  rig.clock.Advance(100 * kDayMs);
  rig.Prune();
  EXPECT_EQ(rig.store->open_quarantine(), 1U) << "also in a minute with much to delete";
  EXPECT_EQ(rig.Quarantine().size(), 21U);
  rig.Prune();
  EXPECT_EQ(rig.Quarantine().size(), 1U);
}

}  // namespace
}  // namespace sam::kit::test
