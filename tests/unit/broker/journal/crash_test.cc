// A receipt is a promise: whatever is cut wherever, an Outcome is never taken back, and a round is
// there as a whole or not at all.
#include "broker/base/random.h"
#include "broker/base/text.h"
#include "tests/unit/broker/journal/hub.h"

namespace sam::journal::test {
namespace {

using Crash = HubTest;

TEST_F(Crash, RightAfterTheOutcomeNothingIsLost) {
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i);
    const uint64_t syncs = hub_.store_.syncs();
    const auto each = hub_.Input(Event("e" + n, "m" + n, "c" + n));
    EXPECT_GT(hub_.store_.syncs(), syncs);  // never an outcome without a sync
    ASSERT_TRUE(hub_.CrashAndStart().ok());
    EXPECT_EQ(hub_.mark_->get(), Offset(static_cast<uint64_t>(i) + 1));
    EXPECT_EQ(hub_.Read(each.offset).payload, "payload of c" + n);
    EXPECT_EQ(hub_.Input(Event("x" + n, "m" + n, "c" + n)).taken, Taken::kDuplicate);
  }
  EXPECT_TRUE(hub_.Verify().sound());
}

// A round of two events, a decision and state, cut at one step of its commit.
class CrashAtStep : public HubTest {
 protected:
  void PushRound() {
    Hub::Push(*hub_.input_, Hub::Of({Event("e2", "m2", "c2", kOtherPerson),
                                     Event("e3", "m3", "c3", kThirdPerson)}));
    Submission submission = Hub::Of({Decision(0, {})});
    submission.batch.Put(spaces::kState, "cursor", "1");
    Hub::Push(*hub_.dispatch_, std::move(submission));
  }
  void ExpectFailure() {
    const Status worked = hub_.Work();
    ASSERT_FALSE(worked.ok());
    EXPECT_FALSE(hub_.input_->up.TryPop().has_value());
    EXPECT_FALSE(hub_.dispatch_->up.TryPop().has_value());
    EXPECT_EQ(hub_.mark_->get(), Offset(1));  // nothing of it may be read or disclosed
  }
  void ExpectAllOrNothing(bool all) {
    EXPECT_EQ(hub_.mark_->get(), Offset(all ? 4u : 1u));
    EXPECT_EQ(hub_.store_.rows(spaces::kState), all ? 1u : 0u);
    EXPECT_TRUE(hub_.Verify().sound());
    // The sources send again, and get the answer that fits.
    const auto again = hub_.Input(Event("e2", "m2", "c2", kOtherPerson));
    EXPECT_EQ(again.taken, all ? Taken::kDuplicate : Taken::kWritten);
    const Record record = hub_.Read(again.offset);
    EXPECT_EQ(record.payload, "payload of c2");  // its key was there before the record
  }
  void SetUp() override {
    HubTest::SetUp();
    hub_.Input(Event("e1", "m1", "c1"));
  }
};

TEST_F(CrashAtStep, BeforeTheVaultCommits) {
  PushRound();
  hub_.vault_store_.FailNextApply(Internal("power"));
  ExpectFailure();
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  ExpectAllOrNothing(false);
}

TEST_F(CrashAtStep, BetweenVaultAndStore) {
  PushRound();
  const uint64_t vault_syncs = hub_.vault_store_.syncs();
  hub_.store_.FailNextApply(Internal("power"));
  ExpectFailure();
  EXPECT_GT(hub_.vault_store_.syncs(), vault_syncs);  // the vault went first
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  ExpectAllOrNothing(false);
}

TEST_F(CrashAtStep, InTheSyncAndTheBatchIsLost) {
  PushRound();
  hub_.store_.FailNextSync(Internal("power"));
  ExpectFailure();
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  ExpectAllOrNothing(false);
}

TEST_F(CrashAtStep, InTheSyncAndTheBatchSurvivesByChance) {
  PushRound();
  hub_.store_.FailNextSync(Internal("power"));
  ExpectFailure();
  hub_.store_.CrashKeeping(1);
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  ExpectAllOrNothing(true);
}

TEST_F(CrashAtStep, BetweenStoreAndHighWaterFile) {
  const std::string file = hub_.dir_ / "high-water";
  const std::string before = hub_.dir_ / "high-water.before";
  std::filesystem::copy_file(file, before);
  PushRound();
  ASSERT_TRUE(hub_.Work().ok());
  hub_.high_water_.reset();
  std::filesystem::copy_file(before, file, std::filesystem::copy_options::overwrite_existing);
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  EXPECT_EQ(hub_.high_water_->mark().position, 4u);  // it caught up
  ExpectAllOrNothing(true);
}

TEST_F(CrashAtStep, BetweenHighWaterFileAndOutcome) {
  PushRound();
  ASSERT_TRUE(hub_.Work().ok());
  ASSERT_TRUE(hub_.CrashAndStart().ok());  // the outcomes in the pipes are gone
  ExpectAllOrNothing(true);
}

TEST_F(CrashAtStep, AnErasureIsNotLostWhenItsOutcomeCame) {
  const SubjectId subject = hub_.Read(Offset(0)).header.subject;
  Submission submission = Hub::Of({Decision(0, {})});
  submission.erase = {subject};
  hub_.Take(*hub_.dispatch_, std::move(submission));
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  EXPECT_FALSE(hub_.vault_->KeyOf(subject).ok());
}

TEST_F(CrashAtStep, ACutBeforeTheErasureLeavesItsRecordAndNoOutcome) {
  const SubjectId subject = hub_.Read(Offset(0)).header.subject;
  Submission submission = Hub::Of({Decision(0, {})});
  submission.erase = {subject};
  Hub::Push(*hub_.dispatch_, std::move(submission));
  hub_.vault_store_.FailNextApply(Internal("power"));
  ASSERT_FALSE(hub_.Work().ok());
  EXPECT_FALSE(hub_.dispatch_->up.TryPop().has_value());
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  EXPECT_EQ(hub_.mark_->get(), Offset(2));
  EXPECT_TRUE(hub_.vault_->KeyOf(subject).ok());
}

TEST_F(Crash, TheVaultIsSyncedBeforeTheRecordThatUsesItsKey) {
  // The record survives the cut by chance: its key must have survived for certain.
  Hub::Push(*hub_.input_, Hub::Of({Event("e1", "m1", "c1")}));
  hub_.store_.FailNextSync(Internal("power"));
  ASSERT_FALSE(hub_.Work().ok());
  EXPECT_EQ(hub_.vault_store_.unsynced(), 0u);
  hub_.store_.CrashKeeping(1);
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  EXPECT_EQ(hub_.Read(Offset(0)).payload, "payload of c1");
}

TEST_F(Crash, WhatAKilledProcessLeftUnsyncedIsSyncedBeforeItIsServed) {
  Hub::Push(*hub_.input_, Hub::Of({Event("e1", "m1", "c1")}));
  hub_.store_.FailNextSync(Internal("killed"));
  ASSERT_FALSE(hub_.Work().ok());
  hub_.store_.CrashKeeping(1);
  const uint64_t syncs = hub_.store_.syncs();
  ASSERT_TRUE(hub_.Start().ok());
  EXPECT_GT(hub_.store_.syncs(), syncs);
  EXPECT_EQ(hub_.store_.unsynced(), 0u);
}

TEST_F(Crash, TruncatedTailIsNotCorruption) {
  hub_.Input(Event("e1", "m1", "c1"));
  Hub::Push(*hub_.input_, Hub::Of({Event("e2", "m2", "c2")}));
  hub_.store_.FailNextSync(Internal("power"));
  ASSERT_FALSE(hub_.Work().ok());
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  EXPECT_EQ(hub_.mark_->get(), Offset(1));
  EXPECT_EQ(hub_.Input(Event("e2", "m2", "c2")).offset, Offset(1));
}

TEST_F(Crash, ADiskThatLiesAboutSyncsIsCaughtAtTheNextStart) {
  hub_.store_.SetLyingSync(true);
  hub_.Input(Event("e1", "m1", "c1"));
  const Status started = hub_.CrashAndStart();
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, Code::kCorrupt);
}

TEST_F(Crash, RandomCutsNeverTakeBackAnOutcome) {
  Random random(20260302);
  std::vector<std::pair<std::string, Offset>> promised;
  for (int i = 0; i < 300; ++i) {
    const std::string n = std::to_string(i);
    Hub::Push(*hub_.input_, Hub::Of({Event("e" + n, "m" + n, n, random.Chance(0.5) ? kPerson
                                                                                 : kOtherPerson),
                                     Event("f" + n, "n" + n, "f" + n, "")}));
    const uint64_t fate = random.Below(6);
    if (fate == 0) hub_.store_.FailNextApply(Internal("power"));
    if (fate == 1) hub_.store_.FailNextSync(Internal("power"));
    if (fate == 2 && random.Chance(0.3)) hub_.vault_store_.FailNextApply(Internal("power"));
    if (hub_.Work().ok()) {
      const auto outcome = hub_.input_->up.TryPop();
      ASSERT_TRUE(outcome.has_value());
      promised.emplace_back(n, outcome->each[0].offset);
    }
    if (fate <= 3) {
      if (random.Chance(0.5)) hub_.store_.CrashKeeping(1);
      ASSERT_TRUE(hub_.CrashAndStart().ok());
    }
  }
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  for (const auto& [n, offset] : promised) EXPECT_EQ(hub_.Read(offset).payload, "payload of " + n);
  EXPECT_GT(promised.size(), 100u);
  EXPECT_TRUE(hub_.Verify().sound());
}

}  // namespace
}  // namespace sam::journal::test
