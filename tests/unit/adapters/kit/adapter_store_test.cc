#include "adapters/kit/adapter_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

Status PruneAll(AdapterStore& store) {
  SAM_TRY(store.Begin());
  SAM_TRY(store.Prune());
  return store.Commit();
}

// As a damaged disk would leave it.
void Damage(Rig& rig, Space space, const std::string& prefix, uint64_t number) {
  std::string key(1, static_cast<char>(prefix.size()));
  key.append(prefix).append("e").append(BigEndian64(number));
  ASSERT_TRUE((*rig.faults.Get(space, key)).has_value());
  Batch batch;
  batch.Put(space, key, "damaged");
  ASSERT_TRUE(rig.faults.Apply(batch, Durability::kNow).ok());
}

TEST(AdapterStore, AMessageOf70MibThatIsPutAsideCanBeReadPrunedAndListedAgain) {
  Rig rig;
  const Pipeline::AsideWhy why{"poison", "", true, std::nullopt};
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  rig.store->KeepRaw("p", std::string(size_t{70} << 20, 'r'));
  ASSERT_TRUE(rig.pipeline->PutAside(std::string(size_t{70} << 20, 'x'), "p", why).ok());
  ASSERT_TRUE(rig.pipeline->Commit().ok());
  rig.Crash();
  ASSERT_TRUE(PruneAll(*rig.store).ok());
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].raw.size(), size_t{70} << 20);
  EXPECT_EQ(rig.Quarantine()[0].full_size, 0U);
  rig.clock.Advance(60 * kDayMs);
  ASSERT_TRUE(PruneAll(*rig.store).ok());
  EXPECT_FALSE(rig.store->Raw(1)->has_value());
}

TEST(AdapterStore, OfAMessageTooLargeToKeepTheBeginningIsThereAndItsSenderHearsSo) {
  AdapterConfig config = TestConfig();
  config.keep.message_bytes = 100'000;
  Rig rig(std::move(config));
  std::string large = Fixture("oru_unknown_enum") + "NTE|1||";
  while (large.size() < 150'000) large.append("ord ");
  const Verdict verdict = rig.Take(large);
  EXPECT_EQ(verdict.kind, Verdict::Kind::kQuarantined);
  EXPECT_EQ(verdict.answer.outcome, hl7::Outcome::kContentError);
  const Quarantined row = rig.Quarantine().at(0);
  EXPECT_EQ(row.raw, large.substr(0, kKeptBeginning));
  EXPECT_EQ(row.full_size, large.size());
  EXPECT_THAT(row.detail, testing::HasSubstr("too large to keep"));
  const auto raw = rig.store->Raw(1);
  ASSERT_TRUE(raw.ok() && raw->has_value());
  EXPECT_EQ((*raw)->full_size, large.size());
  const Result<Verdict> half = rig.pipeline->Resend(1, std::nullopt, "anna");
  ASSERT_FALSE(half.ok()) << "half a message tells half the truth";
  EXPECT_EQ(half.error().code, Code::kConflict);
  EXPECT_TRUE(rig.pipeline->Resend(1, Fixture("siu_s26_missed"), "anna").ok());
}

TEST(AdapterStore, ARowThatCannotBeReadIsPassedOverAndTheRestIsPrunedAndListed) {
  Rig rig;
  rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("oru_unknown_enum"));
  rig.Take("garbage that is no message at all");
  Damage(rig, spaces::kRaw, "raw", 1);
  Damage(rig, spaces::kQuarantine, "quarantine", 1);
  testing::internal::CaptureStderr();
  ASSERT_TRUE(PruneAll(*rig.store).ok());
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].number, 2U);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, testing::HasSubstr("row-unreadable"));
  size_t raws = 0;
  ASSERT_TRUE(rig.store->EachRaw([&](uint64_t, const RawMessage&) { return ++raws > 0; }).ok());
  EXPECT_EQ(raws, 1U);
  rig.clock.Advance(60 * kDayMs);
  ASSERT_TRUE(PruneAll(*rig.store).ok());
  EXPECT_EQ(rig.store->raw_floor(), 2U) << "the damaged one goes with the younger one";
}

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
  ASSERT_TRUE(rig.store->TrimOutbox(2).ok());
  ASSERT_TRUE(rig.store->Commit().ok());
  EXPECT_EQ(rig.Outbox().size(), 2U);
  rig.store->PutAccepted(1);
  ASSERT_TRUE(rig.store->TrimOutbox(2).ok());
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

TEST(AdapterStore, RawMessagesExpireLongBeforeOpenQuarantine) {
  Rig rig;
  const Verdict taken = rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("oru_unknown_enum"));
  EXPECT_TRUE(rig.store->Raw(taken.raw_ref)->has_value());
  rig.clock.Advance(300 * kDayMs);
  ASSERT_TRUE(rig.store->Begin().ok());
  ASSERT_TRUE(rig.store->Prune().ok());
  ASSERT_TRUE(rig.store->Commit().ok());
  EXPECT_FALSE(rig.store->Raw(taken.raw_ref)->has_value());
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].raw, Fixture("oru_unknown_enum"));
}

TEST(AdapterStore, ANumberOfTheQuarantineIsNotGivenAgainWhenItsEntryHasExpired) {
  Rig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  ASSERT_TRUE(rig.pipeline->Resend(1, Fixture("siu_s26_missed"), "anna").ok());
  ASSERT_EQ(rig.Quarantine().size(), 2U);
  rig.clock.Advance(100 * kDayMs);
  ASSERT_TRUE(PruneAll(*rig.store).ok());
  ASSERT_TRUE(rig.Quarantine().empty());
  rig.Crash();
  EXPECT_EQ(rig.Take("garbage that is no message at all").quarantine, 3U);
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
