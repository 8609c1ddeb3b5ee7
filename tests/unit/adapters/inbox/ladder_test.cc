// The receiver's ladder: forwards only, said once, three lawful answers.
#include "adapters/inbox/ladder.h"

#include <gtest/gtest.h>

#include "adapters/inbox/words.h"
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

TEST_F(LadderTest, AReportOfAnotherBoardIsForwardedToAFunctionOnce) {
  ExpectCode(Say("one", "forwarded"), Code::kInvalid);
  ExpectCode(Say("one", "forwarded", "Gävle mottagning"), Code::kInvalid);
  ExpectCode(Say("one", "redirected", "gavle.mottagning"), Code::kInvalid);
  ExpectCode(Say("prompt", "forwarded", "gavle.mottagning"), Code::kInvalid);
  ASSERT_TRUE(Say("one", "registered", "A-17").ok());
  ASSERT_TRUE(Say("one", "forwarded", "gavle.mottagning").ok());
  EXPECT_TRUE(Say("one", "forwarded", "gavle.mottagning")->said_before);
  ExpectCode(Say("one", "forwarded", "ljusdal.mottagning"), Code::kConflict);
  ExpectCode(Say("one", "redirected"), Code::kConflict);
  const auto sent = Outgoing();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[1].state, LadderState::FORWARDED);
  EXPECT_EQ(sent[1].to, "gavle.mottagning");
  EXPECT_EQ(sent[1].reference, "");
  EXPECT_EQ(StateText(*inbox_->Find(Hex("one")), contract::Language::kEnglish), "forwarded");
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

TEST_F(LadderTest, AnAnswerThatWasWrongIsCorrectedAndTheEarlierOnesStay) {
  const auto correct = [&](const char* word) {
    Saying saying = *SayingFromWord(word);
    saying.corrects = true;
    return inbox_->Say(Hex("one"), saying, "bo");
  };
  ExpectCode(correct("not-opened"), Code::kInvalid);
  ASSERT_TRUE(Say("one", "not-opened").ok());
  ExpectCode(correct("assessed"), Code::kInvalid);
  EXPECT_TRUE(correct("not-opened")->said_before);
  ASSERT_TRUE(correct("opened-inquiry").ok());
  EXPECT_TRUE(correct("opened-inquiry")->said_before);
  EXPECT_TRUE(Say("one", "opened-inquiry")->said_before) << "it stands";
  ExpectCode(Say("one", "not-opened"), Code::kConflict);
  CrashAndOpen();
  // And the first one was right after all.
  ASSERT_TRUE(correct("not-opened").ok());
  const auto sent = Outgoing();
  ASSERT_EQ(sent.size(), 3u);
  const std::string id = "receipt:" + Hex("one") + ":answered";
  EXPECT_EQ(sent[0].message_id, id);
  EXPECT_EQ(sent[1].message_id, id + ":2") << "another event, which the hub takes";
  EXPECT_EQ(sent[2].message_id, id + ":3");
  EXPECT_EQ(sent[1].answer, Answer::OPENED_INQUIRY);
  EXPECT_EQ(sent[2].answer, Answer::NOT_OPENED);
  const Row row = *inbox_->Find(Hex("one"));
  ASSERT_EQ(row.steps.size(), 3u);
  EXPECT_EQ(AnswerOf(row), &row.steps[2]);
  const auto text = [&](size_t i) { return StepText(row, row.steps[i], contract::Language::kEnglish); };
  EXPECT_THAT(text(0), testing::HasSubstr("corrected, stands no more"));
  EXPECT_THAT(text(1), testing::HasSubstr("corrected, stands no more"));
  EXPECT_THAT(text(2), testing::Not(testing::HasSubstr("corrected")));
  std::vector<std::string> details;
  ASSERT_TRUE(inbox_->audit().Each(1, 10, [&](const AuditRow& one) {
    details.push_back(one.by + " " + one.detail);
    return true;
  }).ok());
  EXPECT_THAT(details, testing::ElementsAre("anna answered", "bo corrected", "bo corrected"));
}

TEST_F(LadderTest, AReportIsRegisteredWithACaseNumber) {
  ExpectCode(Say("one", "registered"), Code::kInvalid);
  ExpectCode(Say("one", "registered", std::string(65, 'x').c_str()), Code::kInvalid);
}

TEST_F(LadderTest, WhoWorksWithoutACaseRegistersWithoutANumber) {
  Receive(3, {.name = "support", .code = "SIG-B1"});
  ASSERT_TRUE(Say("support", "registered").ok());
  EXPECT_EQ(Outgoing().back().reference, "");
}

// Those that an earlier hub delivered ended with being registered, and still do.
TEST_F(LadderTest, ALimitForAnOfferIsMetByTheAnswerOrAsAnEarlierHubDeliveredIt) {
  Receive(3, {.name = "new", .code = "SIG-B1", .awaits_answer = true, .offer_due = 7});
  Receive(4, {.name = "old", .code = "SIG-B1", .offer_due = 7});
  for (const char* name : {"new", "old"}) ASSERT_TRUE(Say(name, "registered").ok());
  const auto due = [&](const char* name) { return SummaryOf(*inbox_->Find(Hex(name)))->due; };
  EXPECT_EQ(due("new"), 7);
  EXPECT_EQ(due("old"), 0);
  ASSERT_TRUE(Say("new", "offered").ok());
  EXPECT_EQ(due("new"), 0);
}

// A joint visit goes to the unit that booked it as well: what it said comes back as the receipt that the sender gets.
TEST_F(LadderTest, WhoIsSenderAndReceiverIsNotToldItsOwnAnswerTwice) {
  Receive(3, {.name = "visit", .code = "SIG-B2", .awaits_answer = true});
  ASSERT_TRUE(Say("visit", "confirmed").ok());
  const int64_t first = inbox_->Find(Hex("visit"))->steps[0].at.value;
  clock_.Advance(60'000);
  Saying saying = *SayingFromWord("declined");
  saying.corrects = true;
  ASSERT_TRUE(inbox_->Say(Hex("visit"), saying, "bo").ok());
  Receive(4, {.name = "echo", .code = "RECEIPT", .tells_about = "visit", .about_code = "SIG-B2",
              .step = LadderState::ANSWERED, .answer = Answer::CONFIRMED, .at = first});
  const Row row = *inbox_->Find(Hex("visit"));
  EXPECT_EQ(row.steps.size(), 2U);
  EXPECT_EQ(AnswerOf(row)->answer, Answer::DECLINED);
}

TEST_F(LadderTest, EachKindTakesItsOwnAnswersAndNoOther) {
  uint64_t number = 3;
  for (const auto& [code, right, wrong] :
       {std::tuple{"SIG-B1", "offered", "accepted"}, {"SIG-B2", "confirmed", "offered"},
        {"SIG-B3", "not-reached", "moved"}, {"SIG-B4", "accepted", "not-opened"},
        {"SIG-C1", "moved", "opened-inquiry"}}) {
    Receive(number++, {.name = code, .code = code});
    ExpectCode(Say(code, wrong), Code::kInvalid);
    ExpectCode(Say(code, "assessed"), Code::kInvalid);
    ASSERT_TRUE(Say(code, right).ok()) << code;
    EXPECT_EQ(Outgoing().back().state, LadderState::ANSWERED);
    EXPECT_EQ(Outgoing().back().answer, SayingFromWord(right)->answer);
  }
  for (const char* code : {"SIG-B3-COST", "SIG-D1", "SIG-D2"}) {
    Receive(number++, {.name = code, .code = code});
    ExpectCode(Say(code, "declined"), Code::kInvalid);
    EXPECT_TRUE(Say(code, "registered").ok());
  }
  ExpectCode(Say("one", "declined"), Code::kInvalid);
}

TEST_F(LadderTest, OnlyReportsAreAssessedAndAnswered) {
  ExpectCode(Say("prompt", "assessed"), Code::kInvalid);
  ExpectCode(Say("prompt", "already-ongoing"), Code::kInvalid);
  EXPECT_TRUE(Say("prompt", "registered", "A-1").ok());
}

TEST_F(LadderTest, ANoticeAboutAnotherSignalTakesNoAnswer) {
  uint64_t number = 3;
  for (const char* code : {"RECEIPT", "SIG-A3", "HOLD", "WITHDRAWN", "SIG-E4"}) {
    Draft notice;
    notice.name = std::string("notice-").append(code);
    notice.code = code;
    Receive(number++, notice);
    ExpectCode(Say(notice.name, "opened"), Code::kInvalid);
    ASSERT_TRUE(inbox_->Open(Hex(notice.name), "anna").ok());
    EXPECT_TRUE(Outgoing().empty()) << "no receipt about " << code;
  }
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

TEST_F(LadderTest, WhatSomebodyElseSaidCountsFromWhenItWasSaid) {
  clock_.Advance(600'000);
  Saying saying = *SayingFromWord("assessed");
  saying.told = {Way::PHONE, "Kim Prov, IFO", Millis(clock_.Now().value - 120'000)};
  ASSERT_TRUE(inbox_->Say(Hex("one"), saying, "anna").ok());
  CrashAndOpen();
  const auto row = inbox_->Find(Hex("one"));
  ASSERT_TRUE(row.ok());
  EXPECT_EQ(row->steps.back().told.by, "Kim Prov, IFO");
  EXPECT_EQ(row->steps.back().told.way, Way::PHONE);
  EXPECT_EQ(row->steps.back().told.at, saying.told.at);
  EXPECT_EQ(row->steps.back().at, clock_.Now()) << "when it was entered";
  ASSERT_EQ(Outgoing().size(), 1U);
  EXPECT_EQ(Outgoing()[0].at, saying.told.at.value);
}

TEST_F(LadderTest, WhatSomebodyElseSaidNeedsANameAndATimeBetweenArrivalAndNow) {
  clock_.Advance(600'000);
  const Millis now = clock_.Now();
  const auto say = [&](Told told) {
    Saying saying = *SayingFromWord("assessed");
    saying.told = std::move(told);
    return inbox_->Say(Hex("one"), saying, "anna");
  };
  ExpectCode(say({Way::PHONE, " ", now}), Code::kInvalid);
  ExpectCode(say({Way::PAPER, std::string(101, 'x'), now}), Code::kInvalid);
  ExpectCode(say({Way::PHONE, "Kim", Millis(now.value + 1)}), Code::kInvalid);
  ExpectCode(say({Way::PHONE, "Kim", Millis(now.value - 700'000)}), Code::kInvalid);
  EXPECT_TRUE(Outgoing().empty());
  EXPECT_FALSE(ReadTold("phone", "Kim", "i går").ok());
  EXPECT_FALSE(ReadTold("", "Kim", "2026-03-02 10:15").ok()) << "by which way";
  EXPECT_EQ(ReadTold("", "", "")->way, Way::DIRECT);
}

TEST_F(LadderTest, EachActIsOnRecordInTheBatchOfWhatItTells) {
  ASSERT_TRUE(inbox_->Open(Hex("one"), Who("bo", Door::WEB)).ok());
  ASSERT_TRUE(Say("one", "registered", "A-17").ok());
  store_.SetFull(true);
  EXPECT_FALSE(Say("one", "assessed").ok());
  EXPECT_FALSE(inbox_->Open(Hex("one"), "eva").ok()) << "nobody looks unnoticed";
  store_.SetFull(false);
  ASSERT_TRUE(Say("one", "assessed").ok());
  CrashAndOpen();
  std::vector<std::string> rows;
  ASSERT_TRUE(inbox_->audit().Each(1, 10, [&](const AuditRow& row) {
    EXPECT_EQ(row.signal, IdOf("one"));
    rows.push_back(std::to_string(row.number) + " " + row.by + " " + Enumerant(row.action) + " " +
                   Enumerant(row.door) + " " + row.detail);
    return true;
  }).ok());
  EXPECT_THAT(rows, testing::ElementsAre("1 bo looked web opened", "2 anna answered command registered",
                                         "3 anna answered command assessed"));
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
