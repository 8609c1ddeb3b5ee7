// The way of one signal into the social system, through every answer that can come.
#include "adapters/intake/writer.h"

#include "tests/unit/adapters/intake/intake_rig.h"

namespace sam::intake::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string RowOf(uint64_t id, const std::string& reference) {
  return "[{\"Id\":" + std::to_string(id) + ",\"PersonId\":\"x\",\"Specifies\":\"" + reference +
         "\"}]";
}

TEST_F(IntakeTest, OneReportIsOneIntakeItsPageAndOneAnswer) {
  Arrive(1);
  system_->Will(200, "98765");
  system_->Will(200, "true");
  Work();
  ASSERT_EQ(system_->asked.size(), 2u);
  EXPECT_EQ(system_->asked[0].path, "/apifc/v1/Actualisations");
  EXPECT_EQ(system_->asked[0].query.at("key"), kSecret);
  EXPECT_THAT(system_->asked[0].upload.json, HasSubstr("\"FromWho\":\"BVC\""));
  EXPECT_THAT(system_->asked[0].upload.json, HasSubstr(Reference(IdOf(1))));
  EXPECT_EQ(system_->asked[1].path, "/apifc/v1/Actualisations/98765/Attachments");
  EXPECT_THAT(book_.registered, ElementsAre("98765"));
  EXPECT_THAT(book_.entries, IsEmpty());
}

TEST_F(IntakeTest, PostingIsOnDiskBeforeTheRequestLeaves) {
  Arrive(1);
  Work(1);
  EXPECT_EQ(StateOf(1), State::POSTING);
  EXPECT_EQ(Posts(), 1u);
  book_.full = true;
  Arrive(2);
  system_->Will(200, "1");
  EXPECT_EQ(writer_->Step().error().code, Code::kExhausted) << "the answer is not kept";
  EXPECT_EQ(writer_->Step().ok(), false);
  EXPECT_EQ(Posts(), 1u) << "and nothing leaves";
}

TEST_F(IntakeTest, AnAcuteOneGoesBeforeAllOthers) {
  Arrive(1);
  Draft acute;
  acute.acute = true;
  Arrive(2, acute);
  Work(1);
  EXPECT_THAT(system_->asked.at(0).upload.json, HasSubstr("Oro för barn, akut"));
}

TEST_F(IntakeTest, TestSignalsAreNotWrittenUnlessAsked) {
  book_.test = true;
  Arrive(1);
  Work();
  EXPECT_THAT(system_->asked, IsEmpty());
  config_.test_signals = true;
  Open();
  Arrive(1);
  Work();
  EXPECT_EQ(Posts(), 1u);
}

TEST_F(IntakeTest, AnAnswerThatIsLostIsLookedUpAndFound) {
  Arrive(1);
  system_->Will(0);
  Work();
  EXPECT_EQ(system_->asked.size(), 1u) << "not before it had time to settle";
  Wait(config_.settle_ms);
  system_->Will(200, RowOf(7, "samsignal-other"));
  system_->Will(200, RowOf(8, Reference(IdOf(1))));
  system_->Will(200, "[]");
  Work(6);
  EXPECT_EQ(Posts(), 1u);
  EXPECT_EQ(system_->asked.at(1).path, "/apifc/v1/Extract/Actualisations");
  EXPECT_EQ(system_->asked.at(1).query.at("offset"), "0");
  EXPECT_EQ(system_->asked.at(2).query.at("offset"), "1") << "a short page is not the end";
  EXPECT_EQ(system_->asked.at(4).path, "/apifc/v1/Actualisations/8/Attachments");
}

TEST_F(IntakeTest, ItIsPostedAgainOnlyWhenItIsNotThere) {
  Arrive(1);
  system_->Will(500);
  Work();
  Wait(config_.settle_ms);
  system_->Will(200, "[]");
  Work();
  EXPECT_EQ(Posts(), 2u);
}

// Their clock is 40 minutes behind: the row of our POST is dated before it.
TEST_F(IntakeTest, ALookUpBeginsByTheirClockAsTheirAnswersTellIt) {
  const auto theirs = [&](int64_t behind_ms) {
    system_->answers.back().server_time = Millis(clock_.Now().value - behind_ms);
  };
  const int64_t behind = 40 * kMinuteMs;
  Arrive(1);
  system_->Will(500);
  theirs(behind);
  const Millis posted = clock_.Now();
  Work();
  Wait(config_.settle_ms);
  Work(1);
  ASSERT_EQ(system_->asked.size(), 2U);
  auto zone = hl7::Zone::Find("Europe/Stockholm");
  const auto since = [&](int64_t back_ms) {
    return rest::WriteSince(Millis(posted.value - back_ms), config_.times, *zone);
  };
  EXPECT_EQ(system_->asked.at(1).query.at("modifiedAfter"), since(55 * kMinuteMs));
  // After a restart nothing is known of it: the look-up's own answer tells, and it is asked again.
  Open();
  Wait(config_.settle_ms);
  system_->Will(200, "[]");
  theirs(behind);
  system_->Will(200, RowOf(8, Reference(IdOf(1))));
  theirs(behind + 1'000);
  system_->Will(200, "[]");
  theirs(behind + 1'000);
  Work(8);
  ASSERT_GE(system_->asked.size(), 3U);
  EXPECT_EQ(system_->asked.at(0).query.at("modifiedAfter"), since(15 * kMinuteMs));
  EXPECT_EQ(system_->asked.at(1).query.at("modifiedAfter"), since(55 * kMinuteMs));
  EXPECT_EQ(Posts(), 0U) << "no second intake";
}

TEST_F(IntakeTest, ARestartBetweenPostAndAnswerLooksFirst) {
  Arrive(1);
  Work(1);
  ASSERT_EQ(StateOf(1), State::POSTING);
  Wait(1'000);
  Open();
  Work();
  EXPECT_THAT(system_->asked, IsEmpty()) << "the POST may still be under way";
  Wait(config_.settle_ms - 1'000);
  system_->Will(200, RowOf(8, Reference(IdOf(1))));
  system_->Will(200, "[]");
  Work();
  EXPECT_EQ(Posts(), 0u);
  EXPECT_EQ(StateOf(1), State::CREATED);
}

TEST_F(IntakeTest, WhatAPersonRegisteredWhileItWasInDoubtIsNotPostedAgain) {
  Arrive(1);
  system_->Will(503, "", 300);
  Work();
  book_.signals[1].registered = true;
  Wait(config_.settle_ms);
  Work();
  EXPECT_EQ(system_->asked.size(), 1u) << "Retry-After holds for the look-up too";
  Wait(300'000 - config_.settle_ms);
  system_->Will(200, "[]");
  Work();
  EXPECT_EQ(Posts(), 1u);
  EXPECT_EQ(book_.kept.back().state, State::BY_HAND);
}

TEST_F(IntakeTest, WhatNobodyCanTellWaitsForAPerson) {
  const auto after = [this](uint64_t number, const std::string& rows) {
    Arrive(number);
    system_->Will(0);
    Work(4);
    Wait(config_.settle_ms);
    system_->Will(200, rows);
    system_->Will(200, "[]");
    Work();
    EXPECT_EQ(StateOf(number), State::HELD);
    return book_.entries.at(number).why;
  };
  EXPECT_EQ(after(1, "[{\"Id\":1,\"PersonId\":\"" + std::string(kPerson) + "\"}]"), Why::DOUBT);
  const std::string reference = Reference(IdOf(2));
  EXPECT_EQ(after(2, "[{\"Id\":1,\"Specifies\":\"" + reference + "\"},{\"Id\":2,\"Specifies\":\"" +
                         reference + "\"}]"),
            Why::DOUBLED);
  EXPECT_EQ(Posts(), 2u);
}

TEST_F(IntakeTest, WithoutALookUpEveryDoubtIsAPersons) {
  config_.look_up = false;
  Open();
  Arrive(1);
  system_->Will(503);
  Work();
  Wait(config_.settle_ms);
  Work();
  EXPECT_EQ(book_.entries.at(1).why, Why::DOUBT);
  EXPECT_EQ(system_->asked.size(), 1u);
}

TEST_F(IntakeTest, ARefusalIsAPersonsAndTheNextGoesOn) {
  Arrive(1);
  Arrive(2);
  system_->Will(422);
  Work();
  EXPECT_EQ(book_.entries.at(1).why, Why::REFUSED);
  EXPECT_EQ(book_.entries.at(1).status, 422);
  EXPECT_EQ(StateOf(2), State::POSTING);
}

TEST_F(IntakeTest, AShutDoorForAttachmentsHoldsUpNoIntake) {
  Arrive(1);
  Arrive(2);
  system_->Will(200, "1");
  system_->Will(403);
  system_->Will(200, "2");
  Work();
  EXPECT_EQ(Posts(), 2u);
  EXPECT_EQ(StateOf(1), State::CREATED);
  EXPECT_EQ(StateOf(2), State::CREATED);
}

TEST_F(IntakeTest, LookUpsThatAreNotAnsweredHoldUpNoIntake) {
  Arrive(1);
  system_->Will(0);
  Work();
  Wait(config_.settle_ms);
  system_->Will(500);
  Work();
  Arrive(2);
  system_->Will(200, "2");
  system_->Will(200, "true");
  Work();
  EXPECT_THAT(book_.registered, ElementsAre("2"));
  EXPECT_EQ(StateOf(1), State::POSTING);
}

TEST_F(IntakeTest, TwoThatMustBeLookedUpTakeTurnsWhenOneIsNotLetIn) {
  for (const uint64_t number : {1, 2}) {
    Arrive(number);
    system_->Will(0);
    Work();
  }
  Wait(config_.settle_ms);
  system_->Will(404);
  Work();
  Wait(config_.backoff_max_ms);
  system_->Will(200, RowOf(8, Reference(IdOf(2))));
  system_->Will(200, "[]");
  Work();
  EXPECT_EQ(StateOf(2), State::CREATED);
  EXPECT_EQ(StateOf(1), State::POSTING);
}

TEST_F(IntakeTest, OneThatIsNeverLetInWhileOthersAreBecomesAPersons) {
  config_.look_up = false;
  Open();
  Arrive(1);
  for (uint32_t i = 1; i < config_.attempts; ++i) {
    system_->Will(403);
    Work();
    EXPECT_EQ(StateOf(1), State::WAITING) << i;
    Arrive(10 + i);
    Wait(config_.backoff_max_ms);
    system_->Will(200, "5");
    system_->Will(200, "true");
    Work(5);  // POST, its answer, the page, its answer, the sender is told
    EXPECT_EQ(book_.registered.size(), i);
  }
  system_->Will(403);
  Work();
  EXPECT_EQ(book_.entries.at(1).why, Why::REFUSED);
  EXPECT_EQ(book_.entries.at(1).status, 403);
}

TEST_F(IntakeTest, AnOutageOfAllMakesNobodyAPersons) {
  config_.look_up = false;
  Open();
  Arrive(1);
  Arrive(2);
  for (uint32_t i = 0; i < 3 * config_.attempts; ++i) {
    system_->Will(403);
    Work();
    Wait(config_.backoff_max_ms);
  }
  EXPECT_EQ(StateOf(1), State::WAITING);
  EXPECT_EQ(StateOf(2), State::WAITING);
}

TEST_F(IntakeTest, ARowThatSlidesOverThePageBorderIsFound) {
  Arrive(1);
  system_->Will(0);
  Work();
  Wait(config_.settle_ms);
  const auto page = [&](uint64_t from, uint64_t count, uint64_t ours) {
    std::string out = "[";
    for (uint64_t id = from; id < from + count; ++id) {
      out.append(id == from ? "" : ",");
      const std::string row = RowOf(id, id == ours ? Reference(IdOf(1)) : "other");
      out.append(row.substr(1, row.size() - 2));
    }
    return out + "]";
  };
  system_->Will(200, page(1, 200, 0));
  // Row 1 moved to the end meanwhile, so ours, the 201st, stands where the first page ended.
  system_->Will(200, page(192, 150, 201));
  system_->Will(200, "[]");
  Work(6);
  EXPECT_EQ(system_->asked.at(2).query.at("offset"), "190") << "the last rows are asked for again";
  EXPECT_EQ(Posts(), 1u);
  EXPECT_EQ(StateOf(1), State::CREATED);
}

TEST_F(IntakeTest, BusyAndDeniedWaitAndPostAgainWithoutALookUp) {
  Arrive(1);
  system_->Will(429, "", 120);
  Work();
  EXPECT_EQ(StateOf(1), State::WAITING);
  Wait(119'000);
  Work();
  EXPECT_EQ(Posts(), 1u);
  Wait(1'000);
  system_->Will(403);
  Work();
  EXPECT_EQ(Posts(), 2u);
  Wait(config_.backoff_max_ms);
  Work(2);
  EXPECT_EQ(Posts(), 2u) << "it has lain for long: it is looked up first";
  EXPECT_EQ(system_->asked.back().path, "/apifc/v1/Extract/Actualisations");
}

TEST_F(IntakeTest, OneThatNeverGoesInBecomesAPersons) {
  Arrive(1);
  for (uint32_t i = 0; i < config_.attempts; ++i) {
    system_->Will(500);
    Work(4);
    Wait(config_.settle_ms);
    system_->Will(200, "[]");
    Work(4);
    Wait(config_.backoff_max_ms);
  }
  Work(4);
  EXPECT_EQ(Posts(), config_.attempts);
  EXPECT_EQ(book_.entries.at(1).why, Why::REFUSED);
}

TEST_F(IntakeTest, KeysThatOthersMayReadAreNotUsed) {
  ASSERT_EQ(::chmod(keys_file_.c_str(), 0644), 0);
  Arrive(1);
  Work();
  EXPECT_THAT(system_->asked, IsEmpty());
  EXPECT_EQ(StateOf(1), State::WAITING);
  ASSERT_EQ(::chmod(keys_file_.c_str(), 0600), 0);
  Wait(config_.backoff_max_ms / 100);
  Work();
  EXPECT_EQ(Posts(), 1u);
}

TEST_F(IntakeTest, WhatLacksSomethingIsAPersonsBeforeAnythingIsSent) {
  Draft nobody;
  nobody.system = "1.2.752.97.3.1.3";
  Arrive(1, nobody);
  Draft elsewhere;
  elsewhere.receiver = "gavle.mottagning";
  Arrive(2, elsewhere);
  Arrive(3);
  book_.signals[3].withdrawn = true;
  Work();
  EXPECT_EQ(book_.entries.at(1).why, Why::NO_NUMBER);
  EXPECT_EQ(book_.entries.at(2).why, Why::NO_CODE);
  EXPECT_EQ(book_.entries.at(3).why, Why::WITHDRAWN);
  EXPECT_THAT(system_->asked, IsEmpty());
}

TEST_F(IntakeTest, AnAttachmentIsSentAgainAfterALostAnswerAndAPersonsAfterARefusal) {
  Arrive(1);
  system_->Will(200, "98765");
  system_->Will(0);
  Work();
  EXPECT_EQ(StateOf(1), State::CREATED);
  Wait(config_.backoff_max_ms);
  system_->Will(415);
  Work();
  EXPECT_EQ(Posts(), 1u);
  EXPECT_EQ(book_.entries.at(1).why, Why::ATTACHMENT);
  EXPECT_THAT(book_.registered, IsEmpty()) << "the sender is told when the report is there";
}

}  // namespace
}  // namespace sam::intake::test
