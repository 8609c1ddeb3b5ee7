#include "adapters/kit/shipper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/wire/memory_link.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

struct ShipRig : Rig {
  Random random{3};
  wire::MemoryNet net{random, clock};
  std::unique_ptr<wire::ClientLink> link = net.Connect("hub", "bvc");
  Shipper shipper{*store, *link, {}};
};

TEST(Shipper, WhatTheHubRefusesIsPutAsideOnceEvenIfToldAgain) {
  ShipRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.shipper.Refused(OutboxSeq(1), wire::Refusal::NOT_ALLOWED, "type").ok());
  ASSERT_TRUE(rig.shipper.Refused(OutboxSeq(1), wire::Refusal::NOT_ALLOWED, "type").ok());
  ASSERT_TRUE(rig.shipper.AcceptedTo(OutboxSeq(1)).ok());
  const std::vector<Quarantined> rows = rig.Quarantine();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].reason, "hub-refused");
  EXPECT_EQ(rows[0].event, rig.Outbox().at(0));
  EXPECT_EQ(rig.shipper.waiting(), 0U);
  const Result<Verdict> again = rig.pipeline->Resend(1, std::nullopt, "anna");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(rig.shipper.waiting(), 1U);
}

TEST(Shipper, ARefusalThatAFullDiskCouldNotKeepIsPutAsideWhenItIsToldAgain) {
  ShipRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  rig.faults.SetFull(true);
  const Status full = rig.shipper.Refused(OutboxSeq(1), wire::Refusal::NOT_ALLOWED, "type");
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, Code::kExhausted);
  EXPECT_FALSE(rig.shipper.AcceptedTo(OutboxSeq(1)).ok());
  EXPECT_EQ(rig.shipper.waiting(), 1U) << "what is not on the disk is not believed";
  rig.faults.SetFull(false);
  ASSERT_TRUE(rig.shipper.Refused(OutboxSeq(1), wire::Refusal::NOT_ALLOWED, "type").ok());
  ASSERT_TRUE(rig.shipper.AcceptedTo(OutboxSeq(1)).ok());
  EXPECT_EQ(rig.Quarantine().size(), 1U);
  rig.Crash();
  EXPECT_EQ(rig.Quarantine().size(), 1U);
}

TEST(Shipper, WhatARestoredHubRefusesOfEventsTakenBeforeIsPutAsideOnce) {
  ShipRig rig;
  for (const char* name : {"siu_s26_missed", "siu_s15_cancelled", "siu_s12_booked"})
    rig.Take(Fixture(name));
  ASSERT_TRUE(rig.shipper.Refused(OutboxSeq(3), wire::Refusal::NOT_ALLOWED, "type").ok());
  ASSERT_TRUE(rig.shipper.AcceptedTo(OutboxSeq(3)).ok());
  // The hub is filled again, and refuses another one besides.
  for (const uint64_t number : {2, 3, 2, 3}) {
    rig.Crash();
    Shipper shipper(*rig.store, *rig.link, {});
    ASSERT_TRUE(shipper.Refused(OutboxSeq(number), wire::Refusal::NOT_ALLOWED, "type").ok());
  }
  ASSERT_EQ(rig.Quarantine().size(), 2U);
  EXPECT_EQ(rig.Quarantine()[1].event, rig.Outbox().at(1));
  Shipper shipper(*rig.store, *rig.link, {});
  ASSERT_TRUE(shipper.TrimTo(OutboxSeq(3)).ok());
  EXPECT_EQ(rig.faults.rows(spaces::kCursor), 1U) << "nothing is remembered of what is trimmed";
}

TEST(Shipper, WhatAnOlderBuildPutAsideBeforeAStopIsNotPutAsideAgain) {
  ShipRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  Batch batch;
  Cursor(rig.faults, spaces::kCursor, "refused").Put(batch, 1);
  ASSERT_TRUE(rig.faults.Apply(batch, Durability::kNow).ok());
  rig.Crash();
  Shipper shipper(*rig.store, *rig.link, {});
  ASSERT_TRUE(shipper.Refused(OutboxSeq(1), wire::Refusal::NOT_ALLOWED, "type").ok());
  EXPECT_TRUE(rig.Quarantine().empty());
}

TEST(Shipper, AcceptedIsDurableBeforeItIsBelieved) {
  ShipRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.shipper.AcceptedTo(OutboxSeq(1)).ok());
  rig.Crash();
  EXPECT_EQ(rig.store->accepted(), 1U);
}

TEST(Shipper, TrimsOnlyWhatTheHubSaysMayGo) {
  ShipRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("siu_s15_cancelled"));
  ASSERT_TRUE(rig.shipper.AcceptedTo(OutboxSeq(2)).ok());
  EXPECT_EQ(rig.Outbox().size(), 2U);
  ASSERT_TRUE(rig.shipper.TrimTo(OutboxSeq(1)).ok());
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

}  // namespace
}  // namespace sam::kit::test
