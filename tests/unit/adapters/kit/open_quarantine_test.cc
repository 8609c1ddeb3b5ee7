// What nobody comes for: its content goes after open_days, and that is told.
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

struct WaitingRig : Rig {
  explicit WaitingRig(AdapterConfig c = TestConfig()) : Rig(std::move(c)) {}

  // What a Prune and its Commit say in the log.
  std::string Prune() {
    testing::internal::CaptureStderr();
    EXPECT_TRUE(store->Begin().ok());
    EXPECT_TRUE(store->Prune().ok());
    EXPECT_TRUE(store->Commit().ok());
    return testing::internal::GetCapturedStderr();
  }
  std::string Run(const Words& words) {
    Commands commands(*store, *pipeline);
    const Result<std::string> text = commands.Run(words, "anna");
    EXPECT_TRUE(text.ok()) << text.error().message;
    return text.ok() ? *text : "";
  }
};

TEST(OpenQuarantine, ItsContentGoesAfterOpenDaysAndItsHeadStaysAsLongAsAClosedOnes) {
  WaitingRig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  rig.clock.Advance(364 * kDayMs);
  EXPECT_THAT(rig.Prune(), Not(HasSubstr("quarantine-expired")));
  EXPECT_FALSE((*rig.store->Quarantine(1))->raw.empty());
  const uint64_t bytes = rig.store->quarantine_bytes();
  rig.clock.Advance(kDayMs);
  const std::string log = rig.Prune();
  EXPECT_THAT(log, HasSubstr("level=error"));
  EXPECT_THAT(log, HasSubstr("event=quarantine-expired number=1 reason=unknown-code "
                             "source=cosmic.bollnas"));
  EXPECT_THAT(metrics::Expose(), HasSubstr("samsignal_adapter_quarantine_expired_total"));
  EXPECT_THAT(rig.Prune(), Not(HasSubstr("quarantine-expired"))) << "told once";
  rig.Crash();
  const auto entry = rig.store->Quarantine(1);
  ASSERT_TRUE(entry.ok() && *entry);
  EXPECT_EQ((*entry)->state, QuarantineState::kExpired);
  EXPECT_TRUE((*entry)->raw.empty());
  EXPECT_EQ((*entry)->reason, "unknown-code");
  EXPECT_EQ(rig.store->open_quarantine(), 0U);
  EXPECT_LT(rig.store->quarantine_bytes(), bytes);
  EXPECT_THAT(rig.Run({"quarantine", "list", "state=expired"}), HasSubstr("matched=1"));
  const Result<Verdict> late = rig.pipeline->Resend(1, std::nullopt, "anna");
  ASSERT_FALSE(late.ok());
  EXPECT_THAT(late.error().message, HasSubstr("expired"));
  rig.clock.Advance(91 * kDayMs);
  rig.Prune();
  EXPECT_FALSE(rig.store->Head(1)->has_value());
}

TEST(OpenQuarantine, AListTellsUntilWhenAnOpenEntryIsKept) {
  WaitingRig rig;
  rig.Take(Fixture("oru_unknown_enum"));  // on 2026-03-02
  EXPECT_THAT(rig.Run({"quarantine", "list"}), HasSubstr("(kept until 2027-03-02)"));
  EXPECT_THAT(rig.Run({"quarantine", "list", "json"}), HasSubstr("\"expires_at\":\"2027-03-02T"));
  rig.Run({"quarantine", "discard", "1", "x"});
  EXPECT_THAT(rig.Run({"quarantine", "list"}), Not(HasSubstr("kept until")));
}

TEST(OpenQuarantine, WhatExpiredIsNotAcceptedWhenItsSenderSendsItAgain) {
  AdapterConfig config = TestConfig();
  config.quarantine_accepts = false;
  config.keep.open = 30;
  config.keep.seen = 60;  // a configuration file may not say so: the answer would hold all the same
  WaitingRig rig(std::move(config));
  const std::string message = Fixture("oru_unknown_enum");
  EXPECT_EQ(rig.Take(message).answer.outcome, hl7::Outcome::kContentError);
  rig.clock.Advance(31 * kDayMs);
  rig.Prune();
  ASSERT_EQ((*rig.store->Head(1))->state, QuarantineState::kExpired);
  const Verdict again = rig.Take(message);
  EXPECT_EQ(again.answer.outcome, hl7::Outcome::kContentError);
  EXPECT_EQ(again.quarantine, 2U) << "it waits for a person anew, and whole";
  EXPECT_EQ((*rig.store->Quarantine(2))->raw, message);
  EXPECT_EQ(rig.Take(message).kind, Verdict::Kind::kDuplicate);
}

TEST(OpenQuarantine, NothingIsToldOfAGroupThatDidNotReachTheDisk) {
  WaitingRig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  rig.clock.Advance(400 * kDayMs);
  rig.faults.SetFull(true);
  testing::internal::CaptureStderr();
  ASSERT_TRUE(rig.store->Begin().ok());
  ASSERT_TRUE(rig.store->Prune().ok());
  EXPECT_FALSE(rig.store->Commit().ok());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("quarantine-expired")));
  EXPECT_EQ(rig.store->open_quarantine(), 1U);
  rig.faults.SetFull(false);
  EXPECT_THAT(rig.Prune(), HasSubstr("quarantine-expired"));
}

TEST(OpenQuarantine, WhatAnOlderBuildKeptForEverHasAMonthAfterTheUpgrade) {
  WaitingRig rig;
  OlderRows older(rig.key);
  Quarantined entry;
  entry.at = Millis(rig.clock.Now().value - 900 * kDayMs);
  entry.reason = "old";
  entry.raw = "what nobody came for";
  Batch batch;
  batch.Put(spaces::kQuarantine, OlderRows::KeyOf("quarantine", 1), older.Entry(entry, 1));
  batch.Put(spaces::kQuarantine, std::string("\x04head") + BigEndian64(1),
            RowCodec(rig.key.Clone()).EncodeHead(entry, 1));
  Cursor(rig.faults, spaces::kMeta, "format").Put(batch, 2);
  ASSERT_TRUE(rig.faults.Apply(batch, Durability::kNow).ok());
  rig.Open();
  rig.clock.Advance(29 * kDayMs);
  EXPECT_THAT(rig.Prune(), Not(HasSubstr("quarantine-expired")));
  rig.Crash();
  rig.clock.Advance(kDayMs);
  EXPECT_THAT(rig.Prune(), HasSubstr("quarantine-expired number=1 reason=old"));
}

TEST(OpenQuarantine, TheOldestOpenOneIsFoundBehindClosedOnes) {
  WaitingRig rig;
  EXPECT_FALSE(rig.store->OldestOpen()->has_value());
  rig.Take("garbage that is no message at all");
  rig.Take(Fixture("oru_unknown_enum"));
  EXPECT_EQ((*rig.store->OldestOpen())->number, 1U);
  rig.Run({"quarantine", "discard", "1", "x"});
  EXPECT_EQ((*rig.store->OldestOpen())->number, 2U);
  rig.Run({"quarantine", "discard", "2", "x"});
  EXPECT_FALSE(rig.store->OldestOpen()->has_value());
  rig.Take("more garbage that is no message at all");
  EXPECT_EQ((*rig.store->OldestOpen())->number, 3U);
}

}  // namespace
}  // namespace sam::kit::test
