// What statistics read out of a log: one fact for each signal, and how it was followed up, by class.
#include "broker/admin/statistics_facts.h"

#include "broker/admin/follow_up.h"
#include "broker/contract/answers.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/orders.h"
#include "tests/support/shipped.h"
#include "tests/unit/broker/dispatch/carried.h"

namespace sam::admin {
namespace {

using dispatch::test::Carried;
using dispatch::test::Day;
using schema::ExamResult;
using schema::LadderState;
using schema::Outcome;
using Choice = schema::PromptDecided::Decision;

// The day 200 is Thursday 18 December 2025; working days after it: 19, 22, 23, 29, 30 December ...
class StatisticsFacts : public Carried {
 protected:
  LogFacts AllFacts(Millis now) {
    const auto bytes = dispatch::CurrentConfig(hub_.store_);
    EXPECT_TRUE(bytes.ok());
    const auto settings = dispatch::ParseSettings(*bytes);
    EXPECT_TRUE(settings.ok());
    const auto period = statistics::ParsePeriod("2025-Q4", statistics::Length::kQuarter);
    EXPECT_TRUE(period.ok());
    auto facts = ReadFacts({hub_.store_, *hub_.vault_, *reader_}, *settings, *period, now);
    EXPECT_TRUE(facts.ok()) << (facts.ok() ? "" : facts.error().message);
    return facts.ok() ? *facts : LogFacts();
  }
  std::vector<statistics::Fact> Facts(Millis now) { return AllFacts(now).signals; }
  // What became of the only signal of this code.
  std::string OutcomeOf(const std::string& code, Millis now) {
    std::vector<std::string> found;
    for (const statistics::Fact& fact : Facts(now))
      if (fact.code == code) found.push_back(fact.outcome);
    EXPECT_EQ(found.size(), 1u) << code;
    return found.empty() ? "" : found.front();
  }
  void Said(const SignalId& id, LadderState state, Millis at) {
    Tell("said" + std::to_string(at.value) + std::to_string(static_cast<int>(state)), at,
         [&](schema::Event::Builder e) {
           auto body = e.getBody().initSignalReceipt();
           body.setSignalId(wire::AsData(id.view()));
           body.setState(state);
           body.setAt(at.value);
           body.setFunction(Row(id)->receiver);
           if (state == LadderState::ANSWERED) body.setAnswer(contract::AnswersTo(Row(id)->code).front());
         });
  }
  void Decided(const std::string& name, const SignalId& id, Choice choice, Millis at) {
    Tell(name, at, [&](schema::Event::Builder e) {
      auto body = e.getBody().initPromptDecided();
      body.setSignalId(wire::AsData(id.view()));
      body.setDecision(choice);
    });
  }
  SignalId Report() {
    Scene::Report("report");
    return IdOf("SIG-A1", Outcome::DELIVER);
  }
  SignalId SupportRequest() {
    Consent("consent", State::GIVEN, 190);
    Scene::Outcome("outcome");
    return IdOf("SIG-B1", Outcome::DELIVER);
  }
  SignalId Ordered(int due_day) {
    AsBoard();
    Tell("order", Day(200), Order("B-5", Kind::HEALTH, ToIso(Day(due_day)).substr(0, 10)));
    return IdOf("SIG-D1", Outcome::DELIVER);
  }
  void Examined(int day, ExamResult result = ExamResult::DONE) {
    AsCare("SE2321000198-BARNTEST");
    Tell("examined", Day(day), Reported("B-5", result));
  }
  SignalId Prompted() {
    Registered();
    for (const std::pair<const char*, int>& missed : {std::pair{"m1", 150}, {"m2", 160}})
      Tell(missed.first, Day(missed.second), [&](schema::Event::Builder e) {
        MissedBody(missed.first)(e);
        e.getHeader().setType("bvc.visit.missed");
      });
    return IdOf("SIG-E2", Outcome::DELIVER);
  }
};

// ---- class A: by the decision -------------------------------------------------------------------

TEST_F(StatisticsFacts, AReportIsAnsweredByTheDecision) {
  const SignalId id = Report();
  EXPECT_EQ(OutcomeOf("SIG-A1", Day(201)), "open");
  Said(id, LadderState::REGISTERED, Day(201));
  Said(id, LadderState::ASSESSED, Day(201));
  EXPECT_EQ(OutcomeOf("SIG-A1", Day(213)), "open") << "what is done on the way is no answer";
  EXPECT_EQ(OutcomeOf("SIG-A1", Day(230)), "overdue");
  Said(id, LadderState::ANSWERED, Day(210));
  EXPECT_EQ(OutcomeOf("SIG-A1", Day(230)), "answered") << "told late, done in time";
}

TEST_F(StatisticsFacts, AnAnswerAfterItsLimitIsLate) {
  Said(Report(), LadderState::ANSWERED, Day(240));
  EXPECT_EQ(OutcomeOf("SIG-A1", Day(241)), "late");
}

// ---- class B: by the coded answer -----------------------------------------------------------------

TEST_F(StatisticsFacts, CooperationIsAnsweredByItsAnswerAndNotWhenItIsRegistered) {
  const SignalId id = SupportRequest();
  EXPECT_EQ(OutcomeOf("SIG-B1", Day(201)), "open");
  Said(id, LadderState::REGISTERED, Day(201));
  EXPECT_EQ(OutcomeOf("SIG-B1", Day(202)), "open");
  EXPECT_EQ(OutcomeOf("SIG-B1", Day(240)), "overdue");
  Said(id, LadderState::ANSWERED, Day(203));
  EXPECT_EQ(OutcomeOf("SIG-B1", Day(240)), "answered");
  for (const statistics::Fact& fact : Facts(Day(240)))
    if (fact.code == "SIG-B1") {
      EXPECT_EQ(fact.after_ms[statistics::kAnswered], 3 * kDayMs);
    }
}

// There was no answer to give then.
TEST_F(StatisticsFacts, WhatAnEarlierEditionDeliveredIsAnsweredByItsRegistration) {
  fold_ = 7;
  Config("2");
  const SignalId id = SupportRequest();
  fold_ = dispatch::kFoldEdition;
  Config("3");
  Said(id, LadderState::REGISTERED, Day(201));
  EXPECT_EQ(OutcomeOf("SIG-B1", Day(240)), "answered");
}

TEST_F(StatisticsFacts, AnAnswerToCooperationAfterTheLimitIsLate) {
  Said(SupportRequest(), LadderState::ANSWERED, Day(230));
  EXPECT_EQ(OutcomeOf("SIG-B1", Day(240)), "late");
}

TEST_F(StatisticsFacts, ToBeOpenedIsNoAnswer) {
  Said(SupportRequest(), LadderState::OPENED, Day(201));
  EXPECT_EQ(OutcomeOf("SIG-B1", Day(240)), "overdue");
}

// ---- class C ------------------------------------------------------------------------------------

TEST_F(StatisticsFacts, WhatOtherCareIsToldIsAnsweredByItsAnswer) {
  Tell("known there", Day(20), [](schema::Event::Builder e) {
    e.getHeader().setType("dental.visit.completed");
    e.getHeader().getSource().setUnitHsaId("SE2321000198-FTVTEST");
    e.getBody().initDentalVisitCompleted();
  });
  Decided("contact", Prompted(), Choice::HEALTH_CONTACT, Day(200));
  const SignalId id = IdOf("SIG-C1", Outcome::DELIVER);
  EXPECT_EQ(OutcomeOf("SIG-C1", Day(201)), "open");
  EXPECT_EQ(OutcomeOf("SIG-C1", Day(230)), "overdue");
  Said(id, LadderState::REGISTERED, Day(203));
  EXPECT_EQ(OutcomeOf("SIG-C1", Day(230)), "overdue");
  Said(id, LadderState::ANSWERED, Day(204));
  EXPECT_EQ(OutcomeOf("SIG-C1", Day(230)), "answered");
}

// ---- class D: by the examination ------------------------------------------------------------------

TEST_F(StatisticsFacts, AnOrderIsAnsweredByWhatIsToldOfTheExamination) {
  const SignalId id = Ordered(260);
  EXPECT_EQ(OutcomeOf("SIG-D1", Day(201)), "open");
  Said(id, LadderState::REGISTERED, Day(202));
  EXPECT_EQ(OutcomeOf("SIG-D1", Day(240)), "open") << "confirmed, and its day is not here";
  EXPECT_EQ(OutcomeOf("SIG-D1", Day(262)), "overdue") << "confirmed is not examined";
  Examined(250);
  EXPECT_EQ(OutcomeOf("SIG-D1", Day(262)), "answered");
}

TEST_F(StatisticsFacts, AnOrderThatNobodyConfirmsIsOverdueBeforeItsDay) {
  Ordered(260);
  EXPECT_EQ(OutcomeOf("SIG-D1", Day(240)), "overdue");
}

TEST_F(StatisticsFacts, AnExaminationAfterItsDayIsLateAlsoWhenItWasNotMade) {
  Ordered(260);
  Examined(270, ExamResult::NOT_DONE);
  EXPECT_EQ(OutcomeOf("SIG-D1", Day(271)), "late");
}

TEST_F(StatisticsFacts, AnOrderWithoutADayIsAnsweredByItsConfirmation) {
  AsBoard();
  Tell("order", Day(200), Order("B-5", Kind::HEALTH, ""));
  const SignalId id = IdOf("SIG-D1", Outcome::DELIVER);
  EXPECT_EQ(OutcomeOf("SIG-D1", Day(240)), "overdue");
  Said(id, LadderState::REGISTERED, Day(202));
  EXPECT_EQ(OutcomeOf("SIG-D1", Day(240)), "answered");
}

// What has no limit waits until somebody takes it, and never runs out.
TEST_F(StatisticsFacts, WithoutALimitWhatAnswersItsClassIsInTime) {
  Ordered(260);
  Examined(205);
  const SignalId id = IdOf("SIG-D2", Outcome::DELIVER);
  EXPECT_EQ(OutcomeOf("SIG-D2", Day(300)), "open");
  AsBoard();
  Said(id, LadderState::REGISTERED, Day(291));
  EXPECT_EQ(OutcomeOf("SIG-D2", Day(300)), "answered");
}

// ---- class E: by a person's decision ----------------------------------------------------------------

TEST_F(StatisticsFacts, APromptIsAnsweredByADecision) {
  const SignalId id = Prompted();
  EXPECT_EQ(OutcomeOf("SIG-E2", Day(201)), "open");
  EXPECT_EQ(OutcomeOf("SIG-E2", Day(240)), "overdue");
  Decided("decided", id, Choice::DISMISSED, Day(202));
  EXPECT_EQ(OutcomeOf("SIG-E2", Day(240)), "answered");
  for (const statistics::Fact& fact : Facts(Day(240)))
    if (fact.code == "SIG-E2") {
      EXPECT_EQ(fact.after_ms[statistics::kAnswered], 2 * kDayMs);
    }
}

TEST_F(StatisticsFacts, APromptDecidedAfterItsLimitIsLate) {
  const SignalId id = Prompted();
  Decided("decided", id, Choice::DISMISSED, Day(230));
  EXPECT_EQ(OutcomeOf("SIG-E2", Day(240)), "late");
}

TEST_F(StatisticsFacts, TheFirstDecisionCounts) {
  const SignalId id = Prompted();
  Decided("decided", id, Choice::DISMISSED, Day(202));
  Decided("changed", id, Choice::REPORT, Day(230));
  EXPECT_EQ(OutcomeOf("SIG-E2", Day(240)), "answered");
}

TEST_F(StatisticsFacts, ADecisionOfSomebodyElseIsNone) {
  const SignalId id = Prompted();
  AsBoard();
  Decided("stranger", id, Choice::DISMISSED, Day(201));
  AsCare();
  EXPECT_EQ(OutcomeOf("SIG-E2", Day(240)), "overdue");
  Decided("decided", id, Choice::DISMISSED, Day(230));
  EXPECT_EQ(OutcomeOf("SIG-E2", Day(240)), "late");
}

// ---- what is not followed up ------------------------------------------------------------------------

TEST_F(StatisticsFacts, WhatIsStoppedOrTakenBackIsNeitherAnsweredNorOverdue) {
  Scene::Outcome("outcome");
  Tell("report", Day(200), [](schema::Event::Builder e) {
    e.getBody().initReportSigned().setSignerFunction("bvc.bollnas");
  });
  const SignalId id = IdOf("SIG-A1", Outcome::DELIVER);
  Tell("undo", Day(201), [&](schema::Event::Builder e) {
    auto body = e.getBody().initSignalWithdrawn();
    body.setSignalId(wire::AsData(id.view()));
    body.setReason("mistake");
  });
  EXPECT_EQ(OutcomeOf("SIG-B1", Day(240)), "stopped");
  EXPECT_EQ(OutcomeOf("SIG-A1", Day(240)), "withdrawn");
}

// ---- happenings ---------------------------------------------------------------------------------------

std::map<std::string, int> Counted(const std::vector<statistics::Fact>& facts) {
  std::map<std::string, int> out;
  for (const statistics::Fact& fact : facts) ++out[fact.code];
  return out;
}
using Counts = std::map<std::string, int>;

TEST_F(StatisticsFacts, HappeningsAreCountedByKindAndOnlyThoseOfThePeriod) {
  using Answer = schema::BarnSakertAnswered::Answer;
  const auto answered = [](Answer answer) {
    return [=](schema::Event::Builder e) { e.getBody().initBvcBarnsakertAnswered().setResult(answer); };
  };
  Tell("epds", Day(180), [](schema::Event::Builder e) { e.getBody().initBvcEpdsPerformed(); });
  Tell("yes", Day(181), answered(Answer::ANSWERED));
  Tell("no", Day(182), answered(Answer::DECLINED));
  Tell("never", Day(183), answered(Answer::NOT_OFFERED));
  Tell("visit", Day(184), [](schema::Event::Builder e) { e.getBody().initBvcHomevisitDeclined(); });
  Missed("missed", 185, "a");
  Missed("of another quarter", 100, "b");
  Tell("dental", Day(186), [](schema::Event::Builder e) {
    e.getBody().initDentalVisitMissed().setAppointmentId("a");
  });
  Tell("offer", Day(187), Offered(true, false));
  Tell("refused", Day(188), Offered(false, false));
  const LogFacts facts = AllFacts(Day(240));
  EXPECT_EQ(Counted(facts.activities),
            (Counts{{"epds", 1}, {"barnsakert.answered", 1}, {"barnsakert.declined", 1},
                    {"homevisit.declined", 1}, {"visit.missed", 1}, {"dental.missed", 1}}));
  EXPECT_EQ(Counted(facts.offers), (Counts{{"accepted", 1}, {"declined", 1}}));
  for (const statistics::Fact& fact : facts.activities) {
    EXPECT_EQ(fact.age, "0");
    EXPECT_EQ(fact.municipality, "2183");
    EXPECT_EQ(fact.child, facts.activities.front().child);
  }
}

TEST_F(StatisticsFacts, AHappeningIsCountedOnceAndNotAfterItIsTakenBack) {
  Missed("message", 180, "a", "key");
  Missed("nightly file", 180, "", "key");
  Missed("third source", 180, "a");
  EXPECT_EQ(Counted(AllFacts(Day(240)).activities), (Counts{{"visit.missed", 1}}));
  Missed("wrong", 190, "b");
  Tell("right", Day(191), Corrects("wrong", MissedBody("b")));
  EXPECT_EQ(Counted(AllFacts(Day(240)).activities), (Counts{{"visit.missed", 2}}));
  Tell("back", Day(192), [&](schema::Event::Builder e) {
    MissedBody("b")(e);
    e.getHeader().setStatus(schema::EventStatus::RETRACTED);
    e.getHeader().setReplaces(wire::AsData(dispatch::test::jt::EventOf("right").view()));
  });
  EXPECT_EQ(Counted(AllFacts(Day(240)).activities), (Counts{{"visit.missed", 1}}));
}

TEST_F(StatisticsFacts, OfAProtectedPersonNoMunicipalityIsTold) {
  Tell("protected", Day(180), [](schema::Event::Builder e) {
    e.getBody().initBvcEpdsPerformed();
    e.getHeader().getSubject().setProtection(schema::Protection::SEKRETESSMARKERING);
  });
  const auto facts = AllFacts(Day(240)).activities;
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts.front().municipality, "");
}

// ---- the table itself ---------------------------------------------------------------------------------

dispatch::WatchedClock Clock(const std::string& kind, int day) {
  dispatch::WatchedClock clock;
  clock.kind = kind;
  clock.started = Day(200);
  clock.due = Day(day);
  return clock;
}
dispatch::SignalRow Delivered(schema::LegalClass legal_class = schema::LegalClass::E) {
  dispatch::SignalRow row;
  row.legal_class = legal_class;
  row.outcome = Outcome::DELIVER;
  return row;
}
rules::Reminders Watching() {
  rules::Reminders reminders;
  reminders.on = reminders.exams = true;
  return reminders;
}

TEST(FollowUp, WhereTheTimeOfADecisionIsGoneTheHubsOwnMarkTells) {
  dispatch::SignalRow row = Delivered();
  row.decision = Choice::DISMISSED;
  dispatch::WatchedClock clock = Clock("clock.review", 205);
  EXPECT_EQ(FollowUpOf(row, {clock}, Watching(), {}, Day(240)).outcome, statistics::kInTime);
  clock.told = 100;
  EXPECT_EQ(FollowUpOf(row, {clock}, Watching(), {}, Day(240)).outcome, statistics::kLate);
}

TEST(FollowUp, ADayThatTheHubDoesNotWatchIsNotCounted) {
  const dispatch::SignalRow row = Delivered(schema::LegalClass::D);
  const std::vector<dispatch::WatchedClock> clocks = {Clock(dispatch::kExamClock, 205)};
  EXPECT_EQ(FollowUpOf(row, clocks, Watching(), {}, Day(240)).outcome, statistics::kOverdue);
  rules::Reminders none = Watching();
  none.exams = false;  // as builds before it decide
  EXPECT_EQ(FollowUpOf(row, clocks, none, {}, Day(240)).outcome, statistics::kOpen);
  std::vector<dispatch::WatchedClock> unwatched = clocks;
  unwatched[0].done = true;  // an order of before days were watched
  EXPECT_EQ(FollowUpOf(row, unwatched, Watching(), {}, Day(240)).outcome, statistics::kOpen);
}

TEST(FollowUp, AReportIsCountedByItsAnswerAndNotByTheInquiryThatFollows) {
  dispatch::SignalRow row = Delivered();
  row.ladder.push_back({schema::LadderState::ANSWERED, Day(204), schema::Answer::OPENED_INQUIRY});
  rules::Reminders watching = Watching();
  watching.inquiries = true;
  const std::vector<dispatch::WatchedClock> clocks = {Clock("clock.decide", 205), Clock(dispatch::kInquiryClock, 210)};
  EXPECT_EQ(FollowUpOf(row, clocks, watching, {}, Day(240)).outcome, statistics::kInTime);
}

TEST(FollowUp, EveryLimitOfTheShippedRulesIsCountedOrOnTheWay) {
  const auto rules = rules::ParseRules(::sam::test::Shipped("rules.toml"), "rules.toml");
  ASSERT_TRUE(rules.ok());
  size_t counted = 0;
  for (const rules::Rule& rule : rules->all)
    for (const rules::RuleClock& clock : rule.clocks) {
      if (IsOnTheWay(clock.kind)) continue;
      ++counted;
      EXPECT_EQ(FollowUpOf(Delivered(), {Clock(clock.kind, 205)}, Watching(), {}, Day(240)).outcome,
                statistics::kOverdue)
          << rule.id << ": " << clock.kind << " is not in the table of what ends limits";
    }
  EXPECT_GE(counted, 8u);
}

}  // namespace
}  // namespace sam::admin
