// Where what this function has sent stands, as its notices tell.
#include "adapters/inbox/sent.h"

#include "adapters/inbox/words.h"
#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class SentTest : public InboxTest {
 protected:
  // A receipt about `about`, at a minute of the day.
  static Draft Told(const std::string& about, LadderState step, int64_t minute) {
    Draft draft;
    draft.name = about + " " + std::to_string(minute);
    draft.code = "RECEIPT";
    draft.tells_about = about;
    draft.step = step;
    draft.at = 1'772'000'000'000 + minute * 60'000;
    draft.receiver = "bollnas.mottagning";
    return draft;
  }
  static Draft Hold(const std::string& name, const std::string& about, const std::string& why) {
    Draft draft;
    draft.name = name;
    draft.code = "HOLD";
    draft.holds = about;
    draft.why = why;
    return draft;
  }
  void Receive(const Draft& draft) { InboxTest::Receive(++sequence_, draft); }
  std::vector<SentSignal> Now() {
    auto sent = SentSignals(*inbox_);
    EXPECT_TRUE(sent.ok());
    return sent.ok() ? *sent : std::vector<SentSignal>();
  }
  std::string Said() { return *SentText(*inbox_, "bvc.bollnas", contract::Language::kEnglish); }
  uint64_t sequence_ = 0;
};

TEST_F(SentTest, WhatTheBoardsOwnSystemToldOfASignalIsAStepOfItAndNoNotice) {
  Receive({});  // the report "one", sent to us
  Receive(Told("one", LadderState::ASSESSED, 5));
  Draft answered = Told("one", LadderState::ANSWERED, 6);
  answered.answer = Answer::NOT_OPENED;
  Receive(answered);
  Receive(answered);
  answered.name = "put right";
  answered.answer = Answer::OPENED_INQUIRY;
  Receive(answered);
  Receive(Told("one", LadderState::REGISTERED, 4));  // behind what is known
  const auto row = inbox_->Find(ToHex(IdOf("one").view()));
  ASSERT_TRUE(row.ok());
  ASSERT_THAT(row->steps, SizeIs(3));
  EXPECT_EQ(row->steps[0].state, LadderState::ASSESSED);
  EXPECT_EQ(row->steps[0].told.way, Way::SYSTEM);
  EXPECT_EQ(AnswerOf(*row)->answer, Answer::OPENED_INQUIRY);
  EXPECT_THAT(Now(), SizeIs(0)) << "we did not send it";
  EXPECT_EQ(inbox_->next_number(), 2U) << "and nobody reads a notice of it";
  EXPECT_THAT(StepText(row->steps[0], contract::Language::kEnglish), HasSubstr("(by the case system 2026-"));
  // Sent again from the hub's log, it takes the place of nothing.
  Receive(answered);
  answered.name = "put right";
  answered.answer = Answer::NOT_OPENED;
  Receive(answered);
  EXPECT_EQ(AnswerOf(*inbox_->Find(ToHex(IdOf("one").view())))->answer, Answer::OPENED_INQUIRY);
  // What the system said already is not asked of a person again.
  const auto said = Say("one", "assessed");
  ASSERT_TRUE(said.ok());
  EXPECT_TRUE(said->said_before);
}

TEST_F(SentTest, ALinkThatWasNotFollowedIsNoSignalOfOurs) {
  Draft link = Hold("link", "link", "gate.identity.unsure");
  link.about_code = "person.id.linked";
  Receive(link);
  EXPECT_THAT(Now(), IsEmpty());
}

TEST_F(SentTest, EachSignalOfOursIsOneRowWithItsNewestStepAndItsAnswer) {
  Receive(Told("one", LadderState::STORED, 1));
  Receive(Told("two", LadderState::STORED, 2));
  Receive(Told("one", LadderState::DELIVERED, 3));
  Draft answer = Told("one", LadderState::ANSWERED, 9);
  answer.code = "SIG-A3";
  answer.answer = Answer::NOT_OPENED;
  Receive(answer);
  Receive(Told("one", LadderState::REGISTERED, 8));  // it came late
  const auto sent = Now();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].id, IdOf("two"));
  EXPECT_EQ(sent[0].step, LadderState::STORED);
  EXPECT_EQ(sent[1].id, IdOf("one"));
  EXPECT_EQ(sent[1].code, "SIG-A1");
  EXPECT_EQ(sent[1].step, LadderState::ANSWERED);
  EXPECT_EQ(sent[1].answer, Answer::NOT_OPENED);
  EXPECT_EQ(sent[1].receiver, "bollnas.mottagning");
  EXPECT_THAT(Said(), HasSubstr("answered: inquiry not opened"));
  EXPECT_THAT(Said(), Not(HasSubstr(kChild)));
}

TEST_F(SentTest, ALimitOfCooperationIsOverUntilTheAnswerComes) {
  const auto told = [&](LadderState step, int minute, Answer answer = Answer::UNSET) {
    Draft draft = Told("one", step, minute);
    draft.about_code = "SIG-B1";
    draft.awaits_answer = true;
    draft.answer = answer;
    Receive(draft);
  };
  told(LadderState::REGISTERED, 1);
  Draft late;
  late.name = "late";
  late.code = "SIG-E3";
  late.late = "one";
  late.missed = "clock.offer";
  Receive(late);
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_EQ(Now()[0].overdue, "clock.offer") << "registered is no offer";
  told(LadderState::ANSWERED, 5, Answer::NOT_REACHED);
  EXPECT_EQ(Now()[0].overdue, "");
  EXPECT_THAT(Said(), HasSubstr("answered: not reached"));
}

TEST_F(SentTest, ACorrectedAnswerIsTheOneThatStands) {
  for (const auto& [minute, given] : {std::pair{5, Answer::NOT_OPENED}, {7, Answer::OPENED_INQUIRY}}) {
    Draft answer = Told("one", LadderState::ANSWERED, minute);
    answer.code = "SIG-A3";
    answer.answer = given;
    Receive(answer);
  }
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_EQ(Now()[0].answer, Answer::OPENED_INQUIRY);
}

TEST_F(SentTest, WhatIsHeldSaysWhyAndWhatEndsItUntilItGoes) {
  Receive(Hold("call", "report", "gate.municipality.unknown"));
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_TRUE(Now()[0].Holds());
  EXPECT_THAT(Said(), HasSubstr("held at the hub"));
  EXPECT_THAT(Said(), HasSubstr("Name the receiver"));
  ASSERT_TRUE(inbox_->Name(Hex("call"), "gavle.mottagning", "Maj", "eva").ok());
  EXPECT_THAT(Said(), HasSubstr("receiver gavle.mottagning named, waiting for the hub"));
  // With its receiver it gets an id of its own; it is the same report.
  Draft stored = Told("report, at its receiver", LadderState::STORED, 4);
  stored.event = "report";
  Receive(stored);
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_EQ(Now()[0].id, IdOf("report, at its receiver"));
  EXPECT_FALSE(Now()[0].Holds());
  EXPECT_THAT(Said(), Not(HasSubstr("held")));
}

TEST_F(SentTest, AReportThatWasSentOnIsOneRowAndSaysWhere) {
  Receive(Told("one", LadderState::DELIVERED, 1));
  // The new board's first receipt may come before the word that it went on.
  Draft there = Told("one, there", LadderState::STORED, 5);
  there.receiver = "gavle.mottagning";
  Receive(there);
  Draft on = Told("one", LadderState::FORWARDED, 4);
  on.receiver = "gavle.mottagning";
  on.goes_on_as = "one, there";
  Receive(on);
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_EQ(Now()[0].id, IdOf("one, there"));
  EXPECT_EQ(Now()[0].step, LadderState::STORED);
  EXPECT_EQ(Now()[0].forwarded_to, "gavle.mottagning");
  EXPECT_THAT(Said(), HasSubstr("Was sent on to gavle.mottagning."));
}

TEST_F(SentTest, WhatWasTakenBackHereOrFellWithItsConsentIsWithdrawn) {
  Receive(Told("one", LadderState::DELIVERED, 1));
  ASSERT_TRUE(inbox_->Withdraw(Hex("one 1"), "corrected", "eva").ok());
  Receive(Told("two", LadderState::DELIVERED, 2));
  Draft fell = Hold("fell", "two", "gate.consent.withdrawn");
  fell.more_reasons = {"gate.consent.taken-back"};
  Receive(fell);
  ASSERT_THAT(Now(), SizeIs(2));
  for (const SentSignal& one : Now()) EXPECT_TRUE(one.withdrawn);
  EXPECT_EQ(Now()[0].withdrawn_reason, "corrected");
  EXPECT_THAT(Said(), Not(HasSubstr("held at the hub")));
}

TEST_F(SentTest, ALimitThatWasNotKeptStandsUntilItsStepIsTold) {
  Receive({.name = "others", .code = "SIG-E3", .late = "somebody else's"});
  EXPECT_THAT(Now(), IsEmpty()) << "told to who is in charge";
  Receive(Told("one", LadderState::DELIVERED, 1));
  Receive({.name = "late", .code = "SIG-E3", .late = "one"});
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_EQ(Now()[0].overdue, "clock.receipt");
  EXPECT_EQ(Now()[0].notice, IdOf("one 1")) << "by which it can be withdrawn";
  Receive(Told("one", LadderState::REGISTERED, 60));
  EXPECT_EQ(Now()[0].overdue, "");
}

TEST_F(SentTest, ThatNoSystemHadTakenItStandsUntilOneHas) {
  Receive(Told("one", LadderState::STORED, 1));
  Receive({.name = "late", .code = "SIG-E3", .late = "one", .missed = "clock.delivery"});
  ASSERT_THAT(Now(), SizeIs(1));
  EXPECT_EQ(Now()[0].overdue, "clock.delivery");
  Receive(Told("one", LadderState::DELIVERED, 60));
  EXPECT_EQ(Now()[0].overdue, "");
}

TEST_F(SentTest, TheCommandTellsItToPeopleAndPrograms) {
  Command command;
  command.name = "sent";
  EXPECT_THAT(Execute(*inbox_, "bvc.bollnas", command).text, HasSubstr("Inga kvittenser"));
  Receive(Told("one", LadderState::REGISTERED, 1));
  const Reply reply = Execute(*inbox_, "bvc.bollnas", command);
  EXPECT_THAT(reply.text, HasSubstr("registrerad"));
  EXPECT_THAT(reply.json, HasSubstr("\"step\":\"registered\""));
  EXPECT_THAT(reply.json, HasSubstr("\"notice\":\"" + Hex("one 1") + "\""));
  EXPECT_THAT(reply.json, Not(HasSubstr(kChild)));
}

// "levererad" at a receipt was its own state, and was read as the report's.
TEST_F(SentTest, AListSaysOfANoticeWhatItTellsOfWhichSignal) {
  Receive(Told("one", LadderState::REGISTERED, 1));
  Receive(Hold("call", "two", "gate.consent.missing"));
  Receive({.name = "late", .code = "SIG-E3", .late = "one"});
  Command command;
  command.name = "list";
  const Reply list = Execute(*inbox_, "bvc.bollnas", command);
  EXPECT_THAT(list.text, HasSubstr("Orosanmälan " + Hex("one").substr(0, 8) + ": registrerad"));
  EXPECT_THAT(list.text, HasSubstr("Orosanmälan " + Hex("two").substr(0, 8) + ": hålls kvar"));
  EXPECT_THAT(list.text, HasSubstr(Hex("one").substr(0, 8) + ": Tidsfristen"));
  EXPECT_THAT(list.text, Not(HasSubstr("levererad")));
  EXPECT_THAT(list.json, HasSubstr("\"tells\":{\"about\":\"" + Hex("one") + "\",\"code\":\"SIG-A1\",\"step\":\"registered\""));
}

}  // namespace
}  // namespace sam::inbox::test
