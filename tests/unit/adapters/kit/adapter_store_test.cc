#include "adapters/kit/adapter_store.h"

#include <gtest/gtest.h>

#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

TEST(AdapterStore, AnotherKeyIsRefused) {
  Rig rig;
  const auto wrong = AdapterStore::Open(rig.faults, SecretKey::Random(), rig.clock, KeepDays());
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, Code::kDenied);
}

TEST(AdapterStore, ANewerFormatIsRefused) {
  Rig rig;
  Batch batch;
  Cursor(rig.faults, spaces::kMeta, "format").Put(batch, AdapterStore::kFormat + 1);
  ASSERT_TRUE(rig.faults.Apply(batch, Durability::kNow).ok());
  const auto newer = AdapterStore::Open(rig.faults, rig.key.Clone(), rig.clock, KeepDays());
  ASSERT_FALSE(newer.ok());
  EXPECT_EQ(newer.error().code, Code::kCorrupt);
}

TEST(AdapterStore, TheOutboxIsNeverTrimmedAboveWhatTheHubHas) {
  Rig rig;
  rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("siu_s15_cancelled"));
  ASSERT_TRUE(rig.store->Begin().ok());
  rig.store->TrimOutbox(2);
  ASSERT_TRUE(rig.store->Commit().ok());
  EXPECT_EQ(rig.Outbox().size(), 2U);
  rig.store->PutAccepted(1);
  rig.store->TrimOutbox(2);
  ASSERT_TRUE(rig.store->Commit().ok());
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(AdapterStore, AConnectorsPlaceIsWrittenWithItsGroupAndSealed) {
  Rig rig;
  const auto mark = [&] {
    const auto found = rig.store->Mark("poll/1");
    EXPECT_TRUE(found.ok());
    return found.ok() && *found ? **found : std::string("none");
  };
  EXPECT_EQ(mark(), "none");
  ASSERT_TRUE(rig.store->Begin().ok());
  rig.store->PutMark("poll/1", "row 17 of a file");
  EXPECT_EQ(mark(), "row 17 of a file");  // the group sees its own changes
  rig.Crash();
  EXPECT_EQ(mark(), "none");
  ASSERT_TRUE(rig.store->Begin().ok());
  rig.store->PutMark("poll/1", "row 17 of a file");
  ASSERT_TRUE(rig.store->Commit().ok());
  rig.Crash();
  EXPECT_EQ(mark(), "row 17 of a file");
  const auto row = rig.faults.Get(spaces::kCursor, "mark/poll/1");
  ASSERT_TRUE(row.ok() && *row);
  EXPECT_EQ((*row)->find("row 17"), std::string::npos);
  ASSERT_TRUE(rig.store->Begin().ok());
  rig.store->DropMark("poll/1");
  EXPECT_EQ(mark(), "none");
  ASSERT_TRUE(rig.store->Commit().ok());
  EXPECT_EQ(mark(), "none");
}

TEST(AdapterStore, SeenMessagesAreKeptForTheirWindowAndThenForgotten) {
  Rig rig;
  rig.Take(Fixture("siu_s26_missed"));
  rig.clock.Advance(7 * kDayMs);
  ASSERT_TRUE(rig.store->Prune().ok());
  ASSERT_TRUE(rig.store->Commit().ok());
  EXPECT_EQ(rig.Take(Fixture("siu_s26_missed")).kind, Verdict::Kind::kDuplicate);
  rig.clock.Advance(8 * kDayMs);
  ASSERT_TRUE(rig.store->Begin().ok());
  ASSERT_TRUE(rig.store->Prune().ok());
  ASSERT_TRUE(rig.store->Commit().ok());
  EXPECT_EQ(rig.faults.rows(spaces::kSeen), 0U);
}

TEST(AdapterStore, AYoungerEpisodeRowOutlivesItsOldTimeKey) {
  Rig rig;
  const Verdict first = rig.Take(Fixture("siu_s26_missed"));
  rig.clock.Advance(300 * kDayMs);
  ASSERT_TRUE(rig.store->Begin().ok());
  rig.store->PutEpisode("bvc.visit.missed",
                        "cosmic.bollnas\x1f"
                        "bvc-appointment|A-77",
                        first.events.at(0).id);
  ASSERT_TRUE(rig.store->Commit().ok());
  rig.clock.Advance(200 * kDayMs);
  ASSERT_TRUE(rig.store->Begin().ok());
  ASSERT_TRUE(rig.store->Prune().ok());
  ASSERT_TRUE(rig.store->Commit().ok());
  const auto found = rig.store->FindEpisode("bvc.visit.missed",
                                            "cosmic.bollnas\x1f"
                                            "bvc-appointment|A-77");
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->has_value());
}

TEST(AdapterStore, RawMessagesExpireAndOpenQuarantineDoesNot) {
  Rig rig;
  const Verdict taken = rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("oru_unknown_enum"));
  EXPECT_TRUE(rig.store->Raw(taken.raw_ref)->has_value());
  rig.clock.Advance(1000 * kDayMs);
  ASSERT_TRUE(rig.store->Begin().ok());
  ASSERT_TRUE(rig.store->Prune().ok());
  ASSERT_TRUE(rig.store->Commit().ok());
  EXPECT_FALSE(rig.store->Raw(taken.raw_ref)->has_value());
  EXPECT_EQ(rig.Quarantine().size(), 1U);
}

TEST(AdapterStore, ADroppedGroupLeavesNoTraceInTheNumbers) {
  Rig rig;
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  ASSERT_TRUE(rig.pipeline->Take(Fixture("siu_s26_missed"), "p").ok());
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  EXPECT_EQ(rig.store->outbox_next(), 1U);
}

}  // namespace
}  // namespace sam::kit::test
