// The four months of a board's inquiry: from the day its own system tells to the day it is closed. The board is
// reminded and its manager told; whoever reported hears nothing of it.
#include "broker/dispatch/clocks.h"
#include "tests/unit/broker/dispatch/carried.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using Decided = schema::SocialInquiryDecided::Result;
using schema::LadderState;

class Inquiry : public Carried {
 protected:
  static constexpr char kReception[] = "bollnas.mottagning";
  static constexpr char kManager[] = "bollnas.ledning";
  static constexpr char kReporter[] = "bvc.bollnas";

  void SetUp() override {
    Carried::SetUp();
    Connected(kManager);
    Connected("gavleborg.signaldisk");
  }
  SignalId Reported(const std::string& intake = "A-1") {
    AsCare();
    Report("report");
    Progress(kReception, 1);
    const SignalId id = IdOf("SIG-A1", schema::Outcome::DELIVER);
    Tell("registered", Day(201), [&](schema::Event::Builder e) {
      auto body = e.getBody().initSignalReceipt();
      body.setSignalId(wire::AsData(id.view()));
      body.setState(LadderState::REGISTERED);
      body.setAt(Day(201).value);
      body.setFunction(kReception);
      body.setReference(intake);
    }, "");
    return id;
  }
  Fill Decision(Decided result, const std::string& inquiry = "U-1", const std::string& intake = "A-1",
                int day = 200) {
    return [=](schema::Event::Builder e) {
      auto body = e.getBody().initSocialInquiryDecided();
      body.setDecidedAt(Day(day).value);
      body.setResult(result);
      body.setIntakeRef(intake);
      body.setCaseToken(inquiry);
    };
  }
  Fill Closing(const std::string& inquiry = "U-1") {
    return [=](schema::Event::Builder e) {
      auto body = e.getBody().initSocialInquiryClosed();
      body.setClosedAt(Day(260).value);
      body.setCaseToken(inquiry);
    };
  }
  Offset BoardTells(const std::string& name, const Fill& body, const char* person = kChild) {
    AsBoard();
    return Tell(name, Day(203), body, person);
  }
  // Percentages of which `function` was reminded, and deadlines told to it, of this limit.
  std::vector<int> Reminded(const std::string& function) {
    std::vector<int> out;
    for (const Letter& letter : Mailbox(function)) {
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      const auto body = signal->get().getBody();
      if (body.isReminder() && body.getReminder().getClock() == kInquiryClock)
        out.push_back(body.getReminder().getPercent());
    }
    return out;
  }
  size_t Deadlines(const std::string& function) {
    size_t count = 0;
    for (const Letter& letter : Mailbox(function)) {
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      const auto body = signal->get().getBody();
      if (body.isDeadline() && body.getDeadline().getStep() == kInquiryClock) ++count;
    }
    return count;
  }
  uint64_t Overdue() {
    const auto counts = CountOverdue(hub_.store_);
    EXPECT_TRUE(counts.ok());
    return counts->count(kInquiryClock) == 0 ? 0 : counts->at(kInquiryClock);
  }
  std::vector<Millis> Due(const SignalId& id) {
    std::vector<Millis> out;
    const auto row = Row(id);
    for (const WatchedClock& clock : row->clocks)
      if (clock.kind == kInquiryClock) out.push_back(clock.due);
    return out;
  }
};

// Opened on 18 December 2025 (day 200): over on 20 April, since the 18th is a Saturday.
TEST_F(Inquiry, TheBoardIsRemindedItsManagerIsToldAndTheReporterIsNot) {
  const SignalId id = Reported();
  BoardTells("opened", Decision(Decided::OPENED));
  ASSERT_EQ(Due(id).size(), 1u);
  EXPECT_EQ(ToIso(Due(id)[0]), "2026-04-20T21:59:59.999Z");
  const size_t heard = Codes(kReporter).size();
  Tick(Day(262));
  EXPECT_THAT(Reminded(kReception), ElementsAre(50));
  Tick(Day(300));
  EXPECT_THAT(Reminded(kReception), ElementsAre(50, 80));
  EXPECT_EQ(Deadlines(kManager), 0u);
  Tick(*FromIso("2026-04-20T22:00Z"));
  EXPECT_THAT(Reminded(kReception), ElementsAre(50, 80, 100));
  EXPECT_EQ(Deadlines(kManager), 1u);
  EXPECT_EQ(Deadlines("gavleborg.signaldisk"), 0u) << "the reporter's desk";
  EXPECT_EQ(Codes(kReporter).size(), heard) << "nor the function that reported";
  EXPECT_EQ(Overdue(), 1u);
  BoardTells("closed", Closing());
  EXPECT_EQ(Overdue(), 0u);
  EXPECT_THAT(Reminded(kReception), ElementsAre(50, 80, 100, 0)) << "whose inbox would say it is overdue for ever";
  EXPECT_EQ(Codes(kReporter).size(), heard);
  ExpectRebuilds();
}

TEST_F(Inquiry, OneThatIsClosedInTimeRemindsNobodyHoweverLateItsOpeningIsTold) {
  for (const bool closed_first : {false, true}) {
    if (closed_first) BoardTells("closed first", Closing("U-2"));
    const SignalId id = closed_first ? IdOf("SIG-A1", schema::Outcome::DELIVER) : Reported();
    BoardTells(closed_first ? "opened 2" : "opened",
               Decision(Decided::OPENED, closed_first ? "U-2" : "U-1", "A-1", closed_first ? 201 : 200));
    if (!closed_first) BoardTells("closed", Closing());
    Tick(Day(closed_first ? 400 : 300));
    EXPECT_THAT(Reminded(kReception), IsEmpty()) << closed_first;
    EXPECT_EQ(Overdue(), 0u) << closed_first;
    ASSERT_TRUE(Row(id));
  }
  ExpectRebuilds();
}

TEST_F(Inquiry, AClosingThatIsTakenBackLetsItsTimeRunOn) {
  Reported();
  BoardTells("opened", Decision(Decided::OPENED));
  BoardTells("closed", Closing());
  Tick(Day(262));
  EXPECT_THAT(Reminded(kReception), IsEmpty());
  AsBoard();
  Retract("not closed", "closed", Closing());
  Tick(Day(300));
  EXPECT_THAT(Reminded(kReception), ElementsAre(80));
  ExpectRebuilds();
}

TEST_F(Inquiry, ADecisionThatIsPutRightOrTakenBackEndsIt) {
  Reported();
  BoardTells("opened", Decision(Decided::OPENED));
  BoardTells("after all not", Corrects("opened", Decision(Decided::NOT_OPENED, "")));
  Tick(Day(262));
  EXPECT_THAT(Reminded(kReception), IsEmpty());
  BoardTells("opened after all", Corrects("after all not", Decision(Decided::OPENED)));
  Tick(Day(263));
  EXPECT_THAT(Reminded(kReception), ElementsAre(50));
  AsBoard();
  Retract("a mistake", "opened after all", Decision(Decided::OPENED));
  Tick(Day(400));
  EXPECT_THAT(Reminded(kReception), ElementsAre(50, 0));
  EXPECT_EQ(Overdue(), 0u);
  ExpectRebuilds();
}

TEST_F(Inquiry, TheBoardMayProlongItAndNobodyIsToldThatTheFirstTimeIsOver) {
  const SignalId id = Reported();
  BoardTells("opened", Decision(Decided::OPENED));
  Tick(Day(262));
  EXPECT_THAT(Reminded(kReception), ElementsAre(50));
  const auto longer = [&](const std::string& last) {
    return [this, last](schema::Event::Builder e) {
      Decision(Decided::OPENED)(e);
      e.getBody().getSocialInquiryDecided().setFinishBy(last);
    };
  };
  BoardTells("prolonged", Corrects("opened", longer("2026-07-31")));
  ASSERT_EQ(Due(id).size(), 1u);
  EXPECT_EQ(ToIso(Due(id)[0]), "2026-07-31T21:59:59.999Z");
  Tick(*FromIso("2026-04-20T22:00Z"));
  EXPECT_EQ(Deadlines(kManager), 0u);
  Tick(*FromIso("2026-07-31T22:00Z"));
  EXPECT_EQ(Deadlines(kManager), 1u);
  EXPECT_THAT(Reminded(kReception), ElementsAre(50, 50, 100)) << "half of the longer time, too";
  BoardTells("prolonged again", Corrects("prolonged", longer("2026-09-30")));
  EXPECT_EQ(Overdue(), 0u) << "it has time again";
  Tick(*FromIso("2026-09-30T22:00Z"));
  EXPECT_EQ(Deadlines(kManager), 2u);
  BoardTells("shortened", Corrects("prolonged again", longer("2026-01-31")));
  EXPECT_EQ(ToIso(Due(id)[0]), "2026-04-20T21:59:59.999Z") << "never below the law's own day";
  ExpectRebuilds();
}

TEST_F(Inquiry, WhatElseOfTheReportIsTakenBackEndsNothing) {
  Reported();
  const auto assessed = [](schema::Event::Builder e) {
    auto body = e.getBody().initSocialProtectionAssessed();
    body.setAssessedAt(Day(200).value);
    body.setIntakeRef("A-1");
  };
  BoardTells("assessed", assessed);
  BoardTells("opened", Decision(Decided::OPENED));
  AsBoard();
  Retract("not assessed", "assessed", assessed);
  Tick(Day(262));
  EXPECT_THAT(Reminded(kReception), ElementsAre(50));
  ExpectRebuilds();
}

TEST_F(Inquiry, AnotherInquiryAnotherChildAndAnotherBoardCloseNothing) {
  Reported();
  BoardTells("opened", Decision(Decided::OPENED));
  BoardTells("another inquiry", Closing("U-9"));
  BoardTells("another child", Closing(), "98240301AA06");
  AsCare();
  Tell("another authority", Day(203), Closing());
  Tick(Day(262));
  EXPECT_THAT(Reminded(kReception), ElementsAre(50));
  ExpectRebuilds();
}

TEST_F(Inquiry, NoClockStartsWithoutANumberNorWhereOneWasUnderWayNorByTheInboxAlone) {
  const SignalId id = Reported();
  Receipt("answered", id, LadderState::ANSWERED, kReception, schema::Answer::OPENED_INQUIRY);
  EXPECT_THAT(Due(id), IsEmpty()) << "nobody would tell when it is closed";
  BoardTells("no number", Decision(Decided::OPENED, ""));
  BoardTells("under way", Decision(Decided::ALREADY_ONGOING));
  EXPECT_THAT(Due(id), IsEmpty());
  BoardTells("opened", Corrects("under way", Decision(Decided::OPENED)));
  EXPECT_EQ(Due(id).size(), 1u) << "though the inbox had said so before";
  ExpectRebuilds();
}

TEST_F(Inquiry, ErasingEitherSidesChildLeavesALogThatRebuilds) {
  const SignalId id = Reported();
  BoardTells("opened", Decision(Decided::OPENED));
  const Offset closed = BoardTells("closed", Closing());
  const SubjectId ours = Row(id)->subject, boards = hub_.Read(closed).header.subject;
  ASSERT_NE(ours, boards);
  Must(hub_.vault_->Erase(boards));
  Must(hub_.vault_->Commit());
  ExpectRebuilds(2);
}

TEST_F(Inquiry, AnOlderLogWatchesNoInquiryAndANewerConfigurationThoseThatCome) {
  fold_ = 6;
  Config("2");
  const SignalId id = Reported();
  BoardTells("opened", Decision(Decided::OPENED));
  EXPECT_THAT(Due(id), Not(Contains(Day(200))));
  Tick(Day(262));
  EXPECT_THAT(Reminded(kReception), IsEmpty());
  fold_ = kFoldEdition;
  Config("3");
  Tick(Day(400));
  EXPECT_THAT(Reminded(kReception), IsEmpty());
  EXPECT_EQ(Overdue(), 0u);
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
