// The receiver's ladder: forwards only, said once, three lawful answers.
#include "adapters/inbox/ladder.h"

#include <gtest/gtest.h>

#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

class LadderTest : public InboxTest {
 protected:
  void SetUp() override {
    InboxTest::SetUp();
    Receive(1, {});
    Draft prompt;
    prompt.name = "prompt";
    prompt.code = "SIG-E1";
    Receive(2, prompt);
  }
  void ExpectCode(const Result<Inbox::Acted>& acted, Code code) {
    ASSERT_FALSE(acted.ok());
    EXPECT_EQ(acted.error().code, code) << acted.error().message;
  }
};

TEST_F(LadderTest, EachStepIsOneReceiptEventWithTheSignalsPerson) {
  ASSERT_TRUE(Say("one", "opened").ok());
  ASSERT_TRUE(Say("one", "registered", "A-17").ok());
  ASSERT_TRUE(Say("one", "assessed").ok());
  ASSERT_TRUE(Say("one", "not-opened").ok());
  const auto sent = Outgoing();
  ASSERT_EQ(sent.size(), 4u);
  EXPECT_EQ(sent[0].type, "signal.receipt");
  EXPECT_EQ(sent[0].message_id, "receipt:" + Hex("one") + ":opened");
  EXPECT_EQ(sent[0].person, kChild);
  EXPECT_TRUE(sent[0].test);
  EXPECT_EQ(sent[0].function, "bollnas.mottagning");
  EXPECT_EQ(sent[1].reference, "A-17");
  EXPECT_EQ(sent[2].state, LadderState::ASSESSED);
  EXPECT_EQ(sent[3].state, LadderState::ANSWERED);
  EXPECT_EQ(sent[3].answer, Answer::NOT_OPENED);
}

TEST_F(LadderTest, SaidTwiceIsOneEvent) {
  ASSERT_TRUE(Say("one", "registered", "A-17").ok());
  Open();
  const auto again = Say("one", "registered", "A-17");
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->said_before);
  EXPECT_EQ(Outgoing().size(), 1u);
}

TEST_F(LadderTest, NeverBackwards) {
  ASSERT_TRUE(Say("one", "assessed").ok());
  ExpectCode(Say("one", "registered", "A-17"), Code::kConflict);
  ExpectCode(Say("one", "opened"), Code::kConflict);
  EXPECT_EQ(Outgoing().size(), 1u);
}

TEST_F(LadderTest, ContradictionIsRefused) {
  ASSERT_TRUE(Say("one", "registered", "A-17").ok());
  ExpectCode(Say("one", "registered", "A-18"), Code::kConflict);
  ASSERT_TRUE(Say("one", "not-opened").ok());
  ExpectCode(Say("one", "opened-inquiry"), Code::kConflict);
}

TEST_F(LadderTest, RegisteredNeedsACaseNumber) {
  ExpectCode(Say("one", "registered"), Code::kInvalid);
  ExpectCode(Say("one", "registered", std::string(65, 'x').c_str()), Code::kInvalid);
}

TEST_F(LadderTest, OnlyReportsAreAssessedAndAnswered) {
  ExpectCode(Say("prompt", "assessed"), Code::kInvalid);
  ExpectCode(Say("prompt", "already-ongoing"), Code::kInvalid);
  EXPECT_TRUE(Say("prompt", "registered", "A-1").ok());
}

TEST_F(LadderTest, ANoticeAboutAnotherSignalTakesNoAnswer) {
  Draft notice;
  notice.name = "notice";
  notice.code = "RECEIPT";
  Receive(3, notice);
  ExpectCode(Say("notice", "opened"), Code::kInvalid);
  ASSERT_TRUE(inbox_->Open(Hex("notice"), "anna").ok());
  EXPECT_TRUE(Outgoing().empty()) << "no receipt about a receipt";
}

TEST_F(LadderTest, LookingTellsOpenedOnceAndNotesEveryLook) {
  ASSERT_TRUE(inbox_->Open(Hex("one"), "anna").ok());
  const auto row = inbox_->Open(Hex("one"), "bo");
  ASSERT_TRUE(row.ok());
  ASSERT_EQ(row->views.size(), 2u);
  EXPECT_EQ(row->views[1].by, "bo");
  ASSERT_EQ(Outgoing().size(), 1u);
  EXPECT_EQ(Outgoing()[0].state, LadderState::OPENED);
}

TEST_F(LadderTest, LooksAreBoundedAndTheFirstIsKept) {
  for (size_t i = 0; i < Row::kViewsMax + 20; ++i)
    ASSERT_TRUE(inbox_->Open(Hex("one"), i == 0 ? "first" : "later").ok());
  const auto row = inbox_->Find(Hex("one"));
  EXPECT_EQ(row->views.size(), Row::kViewsMax);
  EXPECT_EQ(row->views[0].by, "first");
}

TEST_F(LadderTest, PromptsAreDecidedOnce) {
  const auto decide = [&](const std::string& name, Decision decision, const std::string& reason) {
    return inbox_->Decide(Hex(name), decision, reason, "anna");
  };
  ExpectCode(decide("one", Decision::SUPPORT, ""), Code::kInvalid);
  ExpectCode(decide("prompt", Decision::DISMISSED, ""), Code::kInvalid);
  ASSERT_TRUE(decide("prompt", Decision::DISMISSED, "already-seen").ok());
  EXPECT_TRUE(decide("prompt", Decision::DISMISSED, "already-seen")->said_before);
  ExpectCode(decide("prompt", Decision::REPORT, ""), Code::kConflict);
  const auto sent = Outgoing();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].type, "prompt.decided");
  EXPECT_EQ(sent[0].decision, Decision::DISMISSED);
  EXPECT_EQ(sent[0].reference, "already-seen");
}

TEST_F(LadderTest, ACrashBeforeTheSyncTellsNothingAndTheSameWordsWorkAfterIt) {
  store_.FailNextApply(Internal("power"), 1);
  EXPECT_FALSE(Say("one", "registered", "A-17").ok());
  CrashAndOpen();
  EXPECT_TRUE(Outgoing().empty());
  EXPECT_EQ(HighestOf(*inbox_->Find(Hex("one"))), LadderState::DELIVERED);
  ASSERT_TRUE(Say("one", "registered", "A-17").ok());
  store_.Crash();
  Open();
  EXPECT_EQ(Outgoing().size(), 1u) << "said means durable";
}

TEST_F(LadderTest, AFullDiskLeavesTheOutboxNumbersWithoutAHole) {
  store_.SetFull(true);
  ExpectCode(Say("one", "registered", "A-17"), Code::kExhausted);
  store_.SetFull(false);
  const auto said = Say("one", "registered", "A-17");
  ASSERT_TRUE(said.ok());
  EXPECT_EQ(said->row.steps[0].outbox, 1u);
}

TEST(LadderWords, AreExactlyTheLawfulOnes) {
  for (const char* word : {"opened", "registered", "assessed", "opened-inquiry", "not-opened",
                           "already-ongoing"})
    EXPECT_TRUE(SayingFromWord(word)) << word;
  for (const char* word : {"", "delivered", "answered", "OPENED", "withheld"})
    EXPECT_FALSE(SayingFromWord(word)) << word;
  EXPECT_FALSE(DecisionFromWord("unknown"));
}

}  // namespace
}  // namespace sam::inbox::test
