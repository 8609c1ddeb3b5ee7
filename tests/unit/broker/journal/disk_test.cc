// Full disks: input is refused first, decisions and audit go on from the reserve, and what cannot
// be written waits and goes on by itself.
#include "tests/unit/broker/journal/hub.h"

namespace sam::journal::test {
namespace {

using Disk = HubTest;

TEST_F(Disk, LowRefusesInputAndWritesProgress) {
  hub_.SetFree(500);
  EXPECT_EQ(hub_.Input(Event("e1", "m1", "c1")).taken, Taken::kRefusedFull);
  EXPECT_EQ(hub_.mark_->get(), Offset(0));
  Draft progress;
  progress.kind = Kind::PROGRESS;
  progress.payload = "acked to 12";
  EXPECT_EQ(hub_.Dispatch(progress).taken, Taken::kWritten);
  EXPECT_TRUE(hub_.mark_->may_disclose());
  hub_.SetFree(1'000'000);
  EXPECT_EQ(hub_.Input(Event("e1", "m1", "c1")).taken, Taken::kWritten);
}

TEST_F(Disk, LowStillAnswersWhatIsKnownAsTheFirstTime) {
  const auto first = hub_.Input(Event("e1", "m1", "c1"));
  hub_.SetFree(500);
  const auto each = hub_.Take(*hub_.input_, Hub::Of({Event("e1", "m1", "c1"),
                                                     Event("e2", "m2", "c2"),
                                                     Event("e1", "m3", "c1")}));
  ASSERT_EQ(each.size(), 3u);
  EXPECT_EQ(each[0].taken, Taken::kDuplicate);
  EXPECT_EQ(each[0].offset, first.offset);
  EXPECT_EQ(each[1].taken, Taken::kRefusedFull);
  EXPECT_EQ(each[2].taken, Taken::kEnvelopeReused);
}

TEST_F(Disk, ARefusedSubmissionWritesNoState) {
  hub_.Input(Event("e1", "m1", "c1"));
  hub_.SetFree(500);
  Submission submission = Hub::Of({Event("e1", "m1", "c1")});
  submission.batch.Put(spaces::kState, "k", "v");
  const auto each = hub_.Take(*hub_.input_, std::move(submission));
  EXPECT_EQ(each[0].taken, Taken::kRefusedFull);
  EXPECT_EQ(hub_.store_.rows(spaces::kState), 0u);
}

TEST_F(Disk, WithoutReserveNothingIsWrittenAndDecisionsWait) {
  hub_.SetFree(50);
  const uint64_t applies = hub_.store_.applies();
  Hub::Push(*hub_.dispatch_, Hub::Of({Decision(0, {})}));
  Hub::Push(*hub_.input_, Hub::Of({Event("e1", "m1", "c1")}));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.input_->up.TryPop()->each[0].taken, Taken::kRefusedFull);
  EXPECT_FALSE(hub_.dispatch_->up.TryPop().has_value());
  EXPECT_EQ(hub_.store_.applies(), applies);
  EXPECT_FALSE(hub_.mark_->may_disclose());
  hub_.SetFree(1'000'000);
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.dispatch_->up.TryPop()->each[0].taken, Taken::kWritten);
  EXPECT_TRUE(hub_.mark_->may_disclose());
}

TEST_F(Disk, AFullStoreKeepsTheRoundAndGoesOnWhenSpaceIsBack) {
  hub_.store_.SetFull(true);
  Hub::Push(*hub_.dispatch_, Hub::Of({Decision(0, {}, "waits")}));
  Hub::Push(*hub_.input_, Hub::Of({Event("e1", "m1", "c1")}));
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_FALSE(hub_.dispatch_->up.TryPop().has_value());
  EXPECT_FALSE(hub_.mark_->may_disclose());
  EXPECT_EQ(hub_.mark_->get(), Offset(0));

  // Sent again meanwhile: its record is not on disk, so it is not called a duplicate.
  Hub::Push(*hub_.input_, Hub::Of({Event("e1", "m1", "c1")}));
  hub_.clock_.Advance(300);
  ASSERT_TRUE(hub_.Work().ok());
  // The first submission still waits; outcomes need not come in the order of submissions.
  EXPECT_EQ(hub_.input_->up.TryPop()->each[0].taken, Taken::kRefusedFull);
  EXPECT_FALSE(hub_.input_->up.TryPop().has_value());

  hub_.store_.SetFull(false);
  ASSERT_TRUE(hub_.Work().ok());  // not yet: it asks the store five times a second
  EXPECT_FALSE(hub_.dispatch_->up.TryPop().has_value());
  hub_.clock_.Advance(300);
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.dispatch_->up.TryPop()->each[0].taken, Taken::kWritten);
  EXPECT_EQ(hub_.input_->up.TryPop()->each[0].taken, Taken::kWritten);
  EXPECT_EQ(hub_.mark_->get(), Offset(2));
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_TRUE(hub_.mark_->may_disclose());
  EXPECT_EQ(hub_.Input(Event("e1", "m1", "c1")).taken, Taken::kDuplicate);
  EXPECT_TRUE(hub_.Verify().sound());
}

TEST_F(Disk, AFullVaultKeepsTheRoundToo) {
  hub_.vault_store_.SetFull(true);
  Hub::Push(*hub_.input_, Hub::Of({Event("e1", "m1", "c1")}));
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.mark_->get(), Offset(0));
  hub_.vault_store_.SetFull(false);
  hub_.clock_.Advance(300);
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_EQ(hub_.input_->up.TryPop()->each[0].taken, Taken::kWritten);
  EXPECT_EQ(hub_.Read(Offset(0)).payload, "payload of c1");
}

TEST_F(Disk, AFullStoreCutOffLosesNothingThatWasPromised) {
  hub_.Input(Event("e1", "m1", "c1"));
  hub_.store_.SetFull(true);
  Hub::Push(*hub_.input_, Hub::Of({Event("e2", "m2", "c2")}));
  ASSERT_TRUE(hub_.Work().ok());
  hub_.store_.SetFull(false);
  ASSERT_TRUE(hub_.CrashAndStart().ok());
  EXPECT_EQ(hub_.mark_->get(), Offset(1));
  EXPECT_EQ(hub_.Input(Event("e2", "m2", "c2")).taken, Taken::kWritten);
}

TEST_F(Disk, AStopIsNotDrainedWhileARoundWaits) {
  hub_.store_.SetFull(true);
  Hub::Push(*hub_.dispatch_, Hub::Of({Decision(0, {})}));
  hub_.journal_->Stop();
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_FALSE(hub_.journal_->Drained());
  hub_.store_.SetFull(false);
  hub_.clock_.Advance(300);
  ASSERT_TRUE(hub_.Work().ok());
  EXPECT_TRUE(hub_.journal_->Drained());
}

TEST_F(Disk, AnyOtherStoreErrorIsFinal) {
  hub_.store_.FailNextApply(Internal("fsync failed"));
  Hub::Push(*hub_.dispatch_, Hub::Of({Decision(0, {})}));
  const Status worked = hub_.Work();
  ASSERT_FALSE(worked.ok());
  EXPECT_EQ(worked.error().code, Code::kInternal);
  EXPECT_FALSE(hub_.Work().ok());
}

}  // namespace
}  // namespace sam::journal::test
