// What a social board's own system tells of a report answers it: found by the number of the case, or because
// the system names it; never by the child alone, and never by another board.
#include "broker/dispatch/cases.h"
#include "tests/unit/broker/dispatch/carried.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using Result = schema::SocialInquiryDecided::Result;
using schema::Answer;
using schema::LadderState;

constexpr char kCaseNumber[] = "98765";

class Cases : public Carried {
 protected:
  static constexpr char kReception[] = "bollnas.mottagning";
  static constexpr char kOther[] = "98240301AA06";

  SignalId Reported() {
    AsCare();
    Report("report");
    Progress(kReception, 1);
    return IdOf("SIG-A1", schema::Outcome::DELIVER);
  }
  SignalId Another(const std::string& name) {
    AsCare();
    Tell(name, Day(200), [&](schema::Event::Builder e) {
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern(name);
    });
    return Mailbox(kReception).back().row.signal;
  }
  void Registered(const SignalId& id, const std::string& number = kCaseNumber, const std::string& name = "") {
    Tell("registered " + number + name, Day(201), [&](schema::Event::Builder e) {
      auto body = e.getBody().initSignalReceipt();
      body.setSignalId(wire::AsData(id.view()));
      body.setState(LadderState::REGISTERED);
      body.setAt(Day(201).value);
      body.setFunction(kReception);
      body.setReference(number);
    }, "");
  }
  Fill Received(const std::string& number, const SignalId& id = {}) {
    return [=](schema::Event::Builder e) {
      auto body = e.getBody().initSocialReportReceived();
      body.setReceivedAt(Day(201).value);
      body.setIntakeRef(number);
      if (!id.empty()) body.setSignalId(wire::AsData(id.view()));
    };
  }
  Fill Assessed(const std::string& number = kCaseNumber) {
    return [=](schema::Event::Builder e) {
      auto body = e.getBody().initSocialProtectionAssessed();
      body.setAssessedAt(Day(202).value);
      body.setIntakeRef(number);
    };
  }
  Fill Decided(Result result, const std::string& number = kCaseNumber, const std::string& token = "",
               const SignalId& id = {}) {
    return [=](schema::Event::Builder e) {
      auto body = e.getBody().initSocialInquiryDecided();
      body.setDecidedAt(Day(203).value);
      body.setResult(result);
      body.setIntakeRef(number);
      body.setCaseToken(token);
      if (!id.empty()) body.setSignalId(wire::AsData(id.view()));
    };
  }
  void BoardTells(const std::string& name, const Fill& body, const char* person = kChild) {
    AsBoard();
    decided_ = Tell(name, Day(203), body, person);
  }
  Offset decided_;  // the newest telling of the board
  std::vector<LadderState> Ladder(const SignalId& id) {
    std::vector<LadderState> out;
    const auto row = Row(id);
    for (const LadderStep& step : row->ladder) out.push_back(step.state);
    return out;
  }
  std::vector<Answer> Answers(const SignalId& id) {
    std::vector<Answer> out;
    const auto row = Row(id);
    for (const LadderStep& step : row->ladder)
      if (step.state == LadderState::ANSWERED) out.push_back(step.answer);
    return out;
  }
  void Erase(const SubjectId& subject) {
    Must(hub_.vault_->Erase(subject));
    Must(hub_.vault_->Commit());
  }
};

TEST_F(Cases, WhatABoardTellsOfACaseAnswersTheReportThatIsRegisteredUnderItsNumber) {
  const SignalId id = Reported();
  Registered(id);
  BoardTells("assessed", Assessed());
  BoardTells("decided", Decided(Result::OPENED));
  EXPECT_THAT(Ladder(id), ElementsAre(LadderState::STORED, LadderState::DELIVERED, LadderState::REGISTERED,
                                      LadderState::ASSESSED, LadderState::ANSWERED));
  EXPECT_THAT(Answers(id), ElementsAre(Answer::OPENED_INQUIRY));
  EXPECT_EQ(Row(id)->ladder.back().at, Day(203));
  EXPECT_THAT(Told(), Contains(LadderState::ANSWERED)) << "the sender is told";
  EXPECT_THAT(Told(), Not(Contains(LadderState::ASSESSED)));
  EXPECT_THAT(Codes(kReception), ElementsAre("SIG-A1", "RECEIPT", "RECEIPT")) << "so is its receiver, whose inbox asks for it";
  ExpectRebuilds();
}

TEST_F(Cases, WhatWasToldOfTheCaseBeforeItsReportWasRegisteredIsToldThen) {
  const SignalId id = Reported();
  BoardTells("received", Received(kCaseNumber));
  BoardTells("assessed", Assessed());
  BoardTells("decided", Decided(Result::NOT_OPENED));
  EXPECT_THAT(Ladder(id), ElementsAre(LadderState::STORED, LadderState::DELIVERED)) << "it may be another's report";
  Registered(id);
  EXPECT_THAT(Answers(id), ElementsAre(Answer::NOT_OPENED));
  EXPECT_THAT(Ladder(id), Contains(LadderState::ASSESSED));
  ExpectRebuilds();
}

// One inquiry takes in the police's report and ours: what is decided on one is no answer to the other.
TEST_F(Cases, AnotherReportOfTheSameChildInTheSameInquiryAnswersNothing) {
  const SignalId id = Reported();
  Registered(id);
  BoardTells("decided", Decided(Result::OPENED, kCaseNumber, "U-11"));
  BoardTells("another's", Decided(Result::ALREADY_ONGOING, "98768", "U-11"));
  BoardTells("of the inquiry", Decided(Result::NOT_OPENED, "", "U-11"));
  EXPECT_THAT(Answers(id), ElementsAre(Answer::OPENED_INQUIRY));
  BoardTells("corrected", Corrects("decided", Decided(Result::ALREADY_ONGOING, kCaseNumber, "U-11")));
  EXPECT_THAT(Answers(id), ElementsAre(Answer::OPENED_INQUIRY, Answer::ALREADY_ONGOING));
  ExpectRebuilds();
}

TEST_F(Cases, ASystemThatNamesTheReportNeedsNoReceipt) {
  const SignalId id = Reported();
  BoardTells("received", Received(kCaseNumber, id));
  BoardTells("decided", Decided(Result::OPENED));
  EXPECT_THAT(Ladder(id), ElementsAre(LadderState::STORED, LadderState::DELIVERED, LadderState::REGISTERED,
                                      LadderState::ANSWERED));
  ExpectRebuilds();
}

TEST_F(Cases, AnotherChildAnotherNumberAndAnotherBoardAnswerNothing) {
  const SignalId id = Reported();
  Registered(id);
  BoardTells("another child", Decided(Result::OPENED), kOther);
  BoardTells("another number", Decided(Result::OPENED, "98766"));
  AsCare();
  Tell("another authority", Day(203), Decided(Result::OPENED));
  Tell("another authority that names it", Day(203), Decided(Result::OPENED, kCaseNumber, "", id));
  EXPECT_THAT(Answers(id), ElementsAre());
  ExpectRebuilds();
}

// Of two children somebody wrote OKAND for a number, and both stand under one number of a case.
TEST_F(Cases, WhatIsNoNumberOfAPersonMakesNoTwoChildrenOne) {
  for (const char* flag : {"number-form", "check-digit"}) {
    const std::string number = std::string("K-") + flag;
    const auto as_written = [flag](const Fill& body) {
      return [=](schema::Event::Builder e) {
        auto ids = e.getHeader().getSubject().initIds(1);
        ids[0].setValue("OKAND");
        ids[0].setFlag(flag);
        body(e);
      };
    };
    AsCare();
    Tell(number, Day(200), as_written([](schema::Event::Builder e) {
           auto body = e.getBody().initReportSigned();
           body.setSignerFunction("bvc.bollnas");
           body.setConcern("x");
         }));
    const SignalId id = Mailbox(kReception).back().row.signal;
    Registered(id, number);
    BoardTells("decided " + number, as_written(Decided(Result::OPENED, number)));
    EXPECT_EQ(Answers(id).size(), std::string(flag) == "number-form" ? 0u : 1u);
    BoardTells("names it " + number, as_written(Decided(Result::NOT_OPENED, number, "", id)));
    EXPECT_THAT(Answers(id), Contains(Answer::NOT_OPENED)) << "the number of the report says which";
  }
  ExpectRebuilds();
}

TEST_F(Cases, NothingButAReportIsAnsweredSo) {
  Yes("consent-1", {"SIG-B1"});
  AsCare();
  Outcome("outcome");
  const SignalId id = IdOf("SIG-B1", schema::Outcome::DELIVER);
  BoardTells("decided", Decided(Result::OPENED, kCaseNumber, "", id));
  EXPECT_THAT(Answers(id), ElementsAre());
}

TEST_F(Cases, ADecisionThatIsTakenBackBeforeItsReportIsKnownAnswersNothing) {
  const SignalId id = Reported();
  BoardTells("decided", Decided(Result::OPENED));
  AsBoard();
  Retract("undo", "decided", Decided(Result::OPENED));
  BoardTells("said otherwise", Decided(Result::UNKNOWN));
  Registered(id);
  EXPECT_THAT(Answers(id), ElementsAre());
  BoardTells("decided after all", Decided(Result::NOT_OPENED));
  EXPECT_THAT(Answers(id), ElementsAre(Answer::NOT_OPENED));
  AsBoard();
  Retract("undo again", "decided after all", Decided(Result::NOT_OPENED));
  EXPECT_THAT(Answers(id), ElementsAre(Answer::NOT_OPENED)) << "until the board gives another";
  EXPECT_THAT(Codes(kReception), ElementsAre("SIG-A1", "RECEIPT"));
  ExpectRebuilds();
}

TEST_F(Cases, TwoReportsOfOneChildInOneCaseAreBothAnsweredWheneverTheyAreRegistered) {
  for (const int before : {0, 1, 2}) {  // of them registered before the board tells
    const std::string number = "K-" + std::to_string(before);
    const SignalId first = Another("first " + number);
    const SignalId second = Another("second " + number);
    ASSERT_NE(first, second);
    if (before > 0) Registered(first, number);
    if (before > 1) Registered(second, number, "too");
    BoardTells("decided " + number, Decided(Result::OPENED, number));
    if (before < 1) Registered(first, number);
    if (before < 2) Registered(second, number, "too");
    EXPECT_THAT(Answers(first), ElementsAre(Answer::OPENED_INQUIRY)) << before;
    EXPECT_THAT(Answers(second), ElementsAre(Answer::OPENED_INQUIRY)) << before;
  }
  ExpectRebuilds();
  Erase(hub_.Read(decided_).header.subject);
  ExpectRebuilds(2);
}

TEST_F(Cases, ErasingEitherSidesChildLeavesALogThatRebuilds) {
  const SignalId id = Reported();
  BoardTells("assessed", Assessed());
  Registered(id);
  AsBoard();
  const Offset decided = Tell("decided", Day(203), Decided(Result::OPENED));
  AsCare();
  Tell("somebody else", Day(203), MissedBody("A-1"), kOther);
  const SubjectId board = hub_.Read(decided).header.subject;
  ASSERT_NE(board, Row(id)->subject);
  Erase(board);
  ExpectRebuilds(2);
}

TEST_F(Cases, ErasingTheReportsChildLeavesALogThatRebuilds) {
  const SignalId id = Reported();
  Registered(id);
  BoardTells("received", Received(kCaseNumber));
  BoardTells("decided", Decided(Result::OPENED, kCaseNumber, "U-11"));
  Erase(Row(id)->subject);
  ExpectRebuilds(2);
  BoardTells("closed", Assessed());
  ExpectRebuilds(2);
}

TEST_F(Cases, ALogOfABuildBeforeGivesWhatItGave) {
  fold_ = 5;
  Config("2");
  const SignalId id = Reported();
  Registered(id);
  BoardTells("decided", Decided(Result::OPENED));
  EXPECT_THAT(Ladder(id), ElementsAre(LadderState::STORED, LadderState::DELIVERED, LadderState::REGISTERED));
  ExpectRebuilds();
}

// Most of what a board tells is of reports that never came this way.
TEST_F(Cases, WhatNoReportCameForEndsAndWhatStandsUnderAReportStays) {
  const auto rows = [this] {
    size_t count = 0;
    Must(hub_.store_.Scan(spaces::kCase, "", "", [&](std::string_view, std::string_view) { return ++count > 0; }));
    return count;
  };
  const SignalId id = Reported();
  Registered(id);
  const size_t ours = rows();
  BoardTells("another's", Decided(Result::OPENED, "98999"), kOther);
  BoardTells("and more of it", Assessed("98999"), kOther);
  EXPECT_EQ(rows(), ours + 2);
  Tick(Millis(Day(200).value + kCaseKeptMs - 1));
  EXPECT_EQ(rows(), ours + 2);
  Tick(Millis(Day(200).value + kCaseKeptMs));
  EXPECT_EQ(rows(), ours);
  BoardTells("decided", Decided(Result::OPENED));
  EXPECT_THAT(Answers(id), ElementsAre(Answer::OPENED_INQUIRY));
  ExpectRebuilds();
}

TEST_F(Cases, RowsOfBuildsThatKeptThemForEverEndToo) {
  fold_ = 6;
  Config("older");
  BoardTells("another's", Decided(Result::OPENED, "98999"), kOther);
  fold_ = kFoldEdition;
  Config("now");
  Tick(Millis(Day(200).value + kCaseKeptMs));
  size_t count = 0;
  Must(hub_.store_.Scan(spaces::kCase, "", "", [&](std::string_view, std::string_view) { return ++count > 0; }));
  EXPECT_EQ(count, 0u);
  ExpectRebuilds();
}

TEST_F(Cases, AManyTimesUsedNumberKeepsTheNewest) {
  const SignalId id = Reported();
  for (size_t i = 0; i < kCaseRowsMax + 2; ++i)
    BoardTells("told " + std::to_string(i), Decided(i == kCaseRowsMax + 1 ? Result::OPENED : Result::NOT_OPENED));
  Registered(id);
  EXPECT_EQ(Answers(id).back(), Answer::OPENED_INQUIRY);
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
