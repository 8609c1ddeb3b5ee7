#include "broker/contract/required.h"
#include "broker/dispatch/overdue_event.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using RulesFlow = Scene;

TEST_F(RulesFlow, EightMonthHomeVisitIsOverdueOnlyAfterItsLastDay) {
  Registered();
  Completed("first", 10, "bhv.w1-3");
  Tick(Millis(Day(306).value - 1));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  Tick(Day(306));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
  Tick(Day(400));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

TEST_F(RulesFlow, AnOverdueStepStandsInTheLogAsAnEventOfTheHubsOwnBeforeItsPrompt) {
  Registered();
  Completed("first", 10, "bhv.w1-3");
  Tick(Day(306));
  const auto letters = Mailbox("bvc.bollnas");
  ASSERT_EQ(letters.size(), 1U);
  const journal::Record decision = hub_.Read(Offset(letters[0].row.decision));
  const journal::Record told = hub_.Read(Offset(letters[0].row.decision - 1));
  EXPECT_EQ(told.header.kind, journal::Kind::EVENT);
  EXPECT_EQ(told.header.peer, "hub");
  EXPECT_EQ(told.header.cause, decision.header.cause);
  EXPECT_EQ(told.header.subject, decision.header.subject);
  EXPECT_EQ(told.header.controller_org, "2321000198");
  EXPECT_FALSE(Dispatcher::IsInput(told.header)) << "no rule looks at it again";
  ASSERT_TRUE(told.payload);
  const auto event = wire::Parse<schema::Event>(*told.payload);
  ASSERT_TRUE(event.ok());
  const auto header = event->get().getHeader();
  EXPECT_EQ(std::string(header.getType().cStr()), "expectation.overdue");
  EXPECT_EQ(wire::View(header.getEventId()), told.header.event.view());
  EXPECT_EQ(header.getSubject().getIds().size(), 0U) << "it names nobody";
  ASSERT_TRUE(event->get().getBody().isExpectationOverdue());
  const auto body = event->get().getBody().getExpectationOverdue();
  EXPECT_EQ(std::string(body.getVisitCode().cStr()), "bhv.m8");
  EXPECT_LT(body.getDueAt(), body.getOverdueAt());
  EXPECT_GE(body.getLastSeenAt(), 0) << "the first visit was seen";
  EXPECT_EQ(contract::MissingField(event->get()), "");
  Tick(Day(400));
  EXPECT_EQ(Mailbox("bvc.bollnas").size(), 1U) << "told once, and never folded";
}

TEST_F(RulesFlow, NewbornWithoutContactIsPromptedOnceAndAnyContactClears) {
  Registered();
  Tick(Day(36));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

// Handing in state costs a sync that the next event would wait for.
TEST_F(RulesFlow, StateAloneWaitsForCompanyButNotForEver) {
  stage_->WaitForCompany(2'000);
  const auto before = ReadMark(hub_.store_);
  ASSERT_TRUE(before.ok());
  settle_ = false;
  const Offset told = Registered();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(stage_->Work().ok());
    Must(hub_.Work());
  }
  EXPECT_FALSE(stage_->idle());
  EXPECT_EQ(ReadMark(hub_.store_)->cursor, before->cursor);
  EXPECT_LE(stage_->IdleMicros(), 2'000);
  hub_.clock_.Advance(2);
  Settle();
  EXPECT_EQ(ReadMark(hub_.store_)->cursor, told.next());
}

TEST_F(RulesFlow, ADecisionTakesTheStateThatWaitsAlongAtOnce) {
  stage_->WaitForCompany(2'000);
  settle_ = false;
  Registered();
  ASSERT_TRUE(stage_->Work().ok());
  settle_ = true;
  Tick(Day(36));  // the clock stands still
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

TEST_F(RulesFlow, StateThatWaitedIsFoldedAgainAfterACrash) {
  stage_->WaitForCompany(2'000);
  settle_ = false;
  Registered();
  ASSERT_TRUE(stage_->Work().ok());
  Restart();
  settle_ = true;
  Tick(Day(36));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

TEST_F(RulesFlow, AJointHomeVisitCountsAndADeclinedOneEndsTheExpectation) {
  Registered();
  Tell("joint", Day(220), [](schema::Event::Builder e) {
    auto body = e.getBody().initBvcHomevisitCompleted();
    body.setKind(schema::HomeVisitKind::JOINT);
    body.setDate(ToIso(Day(220)).substr(0, 10));
  });
  Tick(Day(306));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
}

TEST_F(RulesFlow, ADeclinedHomeVisitIsNotSilence) {
  Registered();
  Completed("first", 10, "bhv.w1-3");
  Tell("no", Day(240), [](schema::Event::Builder e) {
    e.getBody().initBvcHomevisitDeclined().setKind(schema::HomeVisitKind::M8);
  });
  Tick(Day(400));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
}

TEST_F(RulesFlow, ALateRegistrationRestartsTheExpectation) {
  Registered("registered", 290);
  Tick(Day(310));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  Tick(Day(290 + 63));
  EXPECT_THAT(Codes("bvc.bollnas"), ::testing::Contains("SIG-E1"));
}

TEST_F(RulesFlow, AVisitDoneInTimeAndToldLateWithdrawsThePrompt) {
  Registered();
  Completed("first", 10, "bhv.w1-3");
  Tick(Day(306));
  Tell("late", Day(300), [](schema::Event::Builder e) {
    e.getBody().initBvcHomevisitCompleted().setKind(schema::HomeVisitKind::M8);
  });
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1", "WITHDRAWN"));
  // It was another child's visit after all: prompted again, as a new signal.
  Retract("twin", "late", [](schema::Event::Builder e) { e.getBody().initBvcHomevisitCompleted(); });
  Tick(Day(310));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1", "WITHDRAWN", "SIG-E1"));
}

TEST_F(RulesFlow, ATransferredOrDeadChildRaisesNoPrompt) {
  Registered();
  Tell("dead", Day(30), [](schema::Event::Builder e) { e.getBody().initPersonDeceased(); });
  Tick(Day(400));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
}

TEST_F(RulesFlow, AnInitialLoadRaisesNoPrompts) {
  Tick(Day(320));
  Registered("registered", 3, true);
  Tell("m1", Day(200), [this](schema::Event::Builder e) {
    MissedBody("A1")(e);
    e.getHeader().setBaseline(true);
  });
  Tell("m2", Day(210), [this](schema::Event::Builder e) {
    MissedBody("A2")(e);
    e.getHeader().setBaseline(true);
  });
  Tick(Day(400));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
}

class Misses : public Scene {
 protected:
  void SetUp() override {
    Scene::SetUp();
    Registered();
    Completed("first", 10, "bhv.w1-3");
    Tick(Day(230));
  }
};

TEST_F(Misses, TwoWithoutAVisitBetweenPromptOnce) {
  Missed("m1", 200, "A1");
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  Missed("m2", 210, "A2");
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2"));
  Tick(Day(260));
  Missed("m3", 250, "A3");
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2"));
}

TEST_F(Misses, TheSameAbsenceByMessageAndByFileCountsOnce) {
  Missed("s26", 200, "A1", "episode-1");
  Missed("file", 200, "", "episode-1");
  Missed("again", 200, "A1");
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
}

TEST_F(Misses, AClinicCancellationDoesNotCountWhicheverComesFirst) {
  auto cancelled = [](const char* appointment) {
    return [appointment](schema::Event::Builder e) {
      auto body = e.getBody().initBvcVisitCancelled();
      body.setAppointmentId(appointment);
      body.setBy(schema::VisitCancelled::By::CLINIC);
    };
  };
  Missed("m1", 200, "A1");
  Tell("c1", Day(201), cancelled("A1"));
  Tell("c2", Day(202), cancelled("A2"));
  Missed("m2", 203, "A2");
  Missed("m3", 210, "A3");
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
}

TEST_F(Misses, ARetractionAfterThePromptWithdrawsIt) {
  Missed("m1", 200, "A1");
  Missed("m2", 210, "A2");
  Retract("oops", "m1", MissedBody("A1"));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2", "WITHDRAWN"));
}

TEST_F(Misses, ALateToldVisitBetweenThemWithdrawsAndOneAfterThemDoesNot) {
  Missed("m1", 200, "A1");
  Missed("m2", 210, "A2");
  Completed("after", 215);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2"));
  Completed("between", 205);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2", "WITHDRAWN"));
}

TEST_F(Misses, ToldInWrongOrderTheyAreJudgedByWhenTheyHappened) {
  Completed("after", 215);
  Missed("m2", 210, "A2");
  Missed("m1", 200, "A1");
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
}

TEST_F(Misses, AWrongClockWaitsForItsTime) {
  Missed("m1", 200, "A1");
  Missed("future", 300, "A2");
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  Tick(Day(300));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2"));
}

TEST_F(Misses, ACorrectedVisitTakesTheMissAway) {
  Missed("m1", 200, "A1");
  Completed("came", 200, "bhv.m6", "A1");
  Missed("m2", 210, "A2");
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
}

TEST_F(Misses, AMergeWithinTheWindowAddsTheHalves) {
  Tell("other", Day(200), MissedBody("A1"), "98240301AA06");
  Missed("m2", 210, "A2");
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  linked_ = {jt::Person("98240301AA06")};
  Tell("link", Day(211), [](schema::Event::Builder e) {
    e.getBody().initPersonIdLinked().initOldIds(1)[0].setValue("98240301AA06");
  });
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2"));
}

}  // namespace
}  // namespace sam::dispatch::test
