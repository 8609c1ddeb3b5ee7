// Every step of every shipped programme, and the waits of the pattern "absence".
#include "broker/rules/expectation.h"
#include "tests/unit/broker/rules/story.h"

namespace sam::rules::test {
namespace {

class ProgrammeStory : public Story {
 protected:
  static std::string TownOf(const Programme& programme) {
    if (!programme.municipalities.empty()) return programme.municipalities.front();
    return programme.counties.empty() ? "2183" : programme.counties.front() + "80";
  }
  Happening Enrolled(const Programme& programme, const char* change = "enrolled", int64_t day = 10) {
    return {"bvc.program.changed", day, {{"programId", programme.id.c_str()}, {"change", change}}};
  }
  // A child of whom this programme waits for this one step.
  void Begin(const Programme& programme, const Step& step) {
    const Rule* const shipped = RuleOf(step.code);
    ASSERT_NE(shipped, nullptr) << "no shipped rule waits for " << step.code;
    ASSERT_TRUE(shipped->enabled) << shipped->id;
    Only({shipped->id});
    TheRule().steps = {step.code};
    Reconnect();
    municipality_ = TownOf(programme);
    Listed();
    if (programme.enrolment) Tell(Enrolled(programme));
    if (step.owner == "dental.clinic") Tell({"dental.recall.sent", 20, {{"date", "2022-03-21"}}});
  }
  const Rule* RuleOf(const std::string& step) const {
    for (const Rule& rule : shipped_.all)
      if (rule.pattern == Pattern::kExpectation &&
          std::find(rule.steps.begin(), rule.steps.end(), step) != rule.steps.end())
        return &rule;
    return nullptr;
  }
  // What completes the step, on this day of age.
  Happening Done(const Programme& programme, const Step& step, int64_t day) {
    if (!step.done.empty()) return {"dental.visit.completed", day, {{"visitType", "exam"}}};
    if (step.program_step >= 0)
      return {"bvc.program.changed", day,
              {{"programId", programme.id.c_str()}, {"change", "step"},
               {"stepNo", int64_t{step.program_step}}}};
    if (step.visits.empty()) return {"bvc.homevisit.completed", day, {{"kind", step.home_visits.front().c_str()}}};
    return {"bvc.visit.completed", day,
            {{"visitCode", step.visits.front() == "*" ? "bhv.w1-3" : step.visits.front().c_str()}}};
  }
  template <typename Test>
  void EachStep(Test test) {
    size_t steps = 0;
    for (const Programme& programme : programmes_.all)
      for (const Step& step : programme.steps) {
        SCOPED_TRACE(step.code);
        Begin(programme, step);
        test(programme, step);
        ++steps;
      }
    EXPECT_EQ(steps, 31u) << "of all programmes";
  }
};

TEST_F(ProgrammeStory, EachStepIsPromptedForOnceAfterItsLastDayAndNotBefore) {
  EachStep([&](const Programme& programme, const Step& step) {
    Pass(step.overdue_days);
    EXPECT_EQ(Hits(), 0);
    Pass(step.overdue_days + 1);
    ASSERT_EQ(Hits(), 1);
    const Hit& hit = hits_.begin()->second;
    EXPECT_EQ(hit.code, "SIG-E1");
    EXPECT_EQ(hit.unit, step.owner == "dental.clinic" ? kClinic : kBvc);
    ASSERT_TRUE(hit.overdue);
    EXPECT_EQ(hit.overdue->step, step.code);
    EXPECT_EQ(hit.overdue->programme, programme.id);
    Pass(2600);
    EXPECT_EQ(Hits(), 1);
  });
}

TEST_F(ProgrammeStory, AStepDoneInTimeIsNotPromptedForAndOneToldLateTakesThePromptBack) {
  EachStep([&](const Programme& programme, const Step& step) {
    Tell(Done(programme, step, step.overdue_days));
    Pass(2600);
    EXPECT_EQ(Hits(), 0);
    Begin(programme, step);
    Pass(step.overdue_days + 2);
    Tell(Done(programme, step, step.overdue_days), Born(step.overdue_days + 3));
    EXPECT_EQ(Withdrawn(), 1);
    Begin(programme, step);
    Pass(step.overdue_days + 2);
    Tell(Done(programme, step, step.overdue_days + 3));
    EXPECT_EQ(Withdrawn(), 0) << "it was late";
    EXPECT_TRUE(state_.episodes.front().closed);
  });
}

TEST_F(ProgrammeStory, AContactBeforeItsFirstDayIsNotTheStep) {
  EachStep([&](const Programme& programme, const Step& step) {
    if (step.from_day == 0) return;
    Tell(Done(programme, step, step.from_day - 1));
    Pass(2600);
    EXPECT_EQ(Hits(), 1);
  });
}

TEST_F(ProgrammeStory, WhatFellDueBeforeAChildMovedIntoTheAreaIsNotToldAndWhatFallsDueAfterIs) {
  size_t areas = 0;
  rules_.since_fold_6 = true;
  for (const Programme& programme : programmes_.all)
    for (const Step& step : programme.steps) {
      if (programme.municipalities.empty() && programme.counties.empty()) continue;
      SCOPED_TRACE(step.code);
      ++areas;
      const std::string town = TownOf(programme);
      const auto moves_in = [&](int64_t day, int hits) {
        Begin(programme, step);
        municipality_ = "1480";
        Tell({"person.moved", 25, {{"newMunicipality", "1480"}}});
        Pass(day - 1);
        municipality_ = town;
        Tell({"person.moved", day, {{"newMunicipality", town.c_str()}}});
        Pass(2600);
        EXPECT_EQ(Hits(), hits) << day;
      };
      moves_in(step.overdue_days + 10, 0);
      moves_in(step.overdue_days - 2, 1);
      rules_.since_fold_6 = false;  // as logs of before have it
      moves_in(step.overdue_days + 10, 1);
      rules_.since_fold_6 = true;
    }
  EXPECT_GT(areas, 5u);
}

TEST_F(ProgrammeStory, NothingIsExpectedOutsideTheAreaOrWithoutEnrolment) {
  for (const Programme& programme : programmes_.all)
    for (const Step& step : programme.steps) {
      SCOPED_TRACE(step.code);
      Begin(programme, step);
      if (!programme.municipalities.empty() || !programme.counties.empty()) {
        municipality_ = "1480";
        Tell({"person.moved", 25, {{"newMunicipality", "1480"}}});
        EXPECT_EQ(WhyNotExpected(state_, programme, Born(26)), "elsewhere");
        Pass(2600);
        EXPECT_EQ(Hits(), 0);
      }
      if (!programme.enrolment) continue;
      Begin(programme, step);
      Tell(Enrolled(programme, "ended", 30));
      EXPECT_EQ(WhyNotExpected(state_, programme, Born(31)), "not-enrolled");
      Pass(2600);
      EXPECT_EQ(Hits(), 0);
    }
}

TEST_F(ProgrammeStory, EachCancelEndsTheWaitingUnderItsOwnName) {
  const std::map<uint16_t, std::string> fields = {
      {fact::Of(schema::FactKind::CARE_DECLINED), "scope"},
      {fact::Of(schema::FactKind::HOME_VISIT_DECLINED), "kind"},
      {fact::Of(schema::FactKind::CHILD_TRANSFERRED), "reason"},
      {fact::Of(schema::FactKind::DENTAL_VISIT_MISSED), "reason"}};
  const std::map<uint16_t, std::vector<const char*>> words = {
      {fact::Of(schema::FactKind::CARE_DECLINED), {"unknown", "all", "vaccination", "visits"}},
      {fact::Of(schema::FactKind::HOME_VISIT_DECLINED), {"unknown", "newborn", "m8", "extra", "joint"}},
      {fact::Of(schema::FactKind::CHILD_TRANSFERRED), {"unknown", "moved", "otherBvc", "abroad"}},
      {fact::Of(schema::FactKind::DENTAL_VISIT_MISSED), {"unknown", "moved", "otherClinic"}}};
  size_t cancels = 0;
  for (const Programme& programme : programmes_.all)
    for (const Cancel& cancel : programme.cancels)
      for (const FactMatch& match : cancel.facts) {
        ++cancels;
        Begin(programme, programme.steps.back());
        const std::string& field = fields.at(match.kind);
        const Happening said{TypeOf(match.kind), 30,
                             {{field.c_str(),
                               words.at(match.kind)[static_cast<size_t>(match.detail)]}}};
        Tell(said);
        EXPECT_EQ(WhyNotExpected(state_, programme, Born(31)), cancel.reason) << programme.id;
        const uint8_t id = next_;
        if (said.type == "bvc.child.transferred") continue;  // nobody owns the child's steps then
        Retract(said, id, 32);
        EXPECT_EQ(WhyNotExpected(state_, programme, Born(33)), "") << "taken back";
        Tell(said);
        Pass(2600);
        EXPECT_EQ(Hits(), 0) << programme.id;
      }
  EXPECT_GE(cancels, 14u);
}

TEST_F(ProgrammeStory, ADentalPatientWhoComesBackIsWaitedForAgain) {
  const Programme& programme = *programmes_.Find("dental-gavleborg.y6").programme;
  Begin(programme, *programme.Find("dental-gavleborg.y6"));
  Tell({"dental.visit.missed", 1200, {{"reason", "otherClinic"}}});
  EXPECT_EQ(WhyNotExpected(state_, programme, Born(1201)), "done-elsewhere");
  Tell({"dental.visit.completed", 1300, {{"visitType", "treatment"}}});
  EXPECT_EQ(WhyNotExpected(state_, programme, Born(1301)), "");
  Pass(2600);
  EXPECT_EQ(Hits(), 1);
}

TEST_F(ProgrammeStory, AFamilyEnrolledLateGetsMoreTimeNeverLess) {
  const Programme& programme = *programmes_.Find("rinkeby.1").programme;
  Begin(programme, *programme.Find("rinkeby.1"));
  Tell(Enrolled(programme, "ended", 20));
  Tell(Enrolled(programme, "enrolled", 85));
  Pass(85 + 42);
  EXPECT_EQ(Hits(), 0);
  Pass(85 + 44);
  EXPECT_EQ(Hits(), 1);
}

TEST_F(ProgrammeStory, OneRuleOfManyStepsHasOneTimerAndASignalForEachStep) {
  Only({"E1-BHV"});
  Listed();
  EXPECT_EQ(state_.timers.size(), 1u);
  Pass(130);
  EXPECT_EQ(Hits(), 3) << "week 4, weeks 6-8, month 3";
  std::set<std::string> names;
  for (const auto& [rule, hit] : hits_) names.insert(hit.told_as);
  EXPECT_EQ(names, (std::set<std::string>{"E1-BHV/bhv.w4", "E1-BHV/bhv.w6-8", "E1-BHV/bhv.m3"}));
  EXPECT_EQ(rules_.Find("E1-BHV/bhv.w4"), &TheRule());
  EXPECT_EQ(state_.timers.size(), 1u);
  Tell({"bvc.care.declined", 131, {{"scope", "all"}}});
  EXPECT_TRUE(state_.timers.empty());
  Pass(2600);
  EXPECT_EQ(Hits(), 3);
  EXPECT_EQ(Withdrawn(), 0) << "they were right when they were sent";
}

TEST_F(ProgrammeStory, AChildThatComesLateIsNotPromptedForWhatWasOverBefore) {
  Only({"E1-BHV", "P2", "P3"});
  const Happening listed{"bvc.child.registered", 1470, {{"unitHsaId", kBvc}, {"fromDate", "2026-03-10"}}};
  for (const bool since : {false, true}) {
    Forget();
    rules_.since_fold_7 = since;
    Tell(listed);
    Pass(1645);
    EXPECT_EQ(Hits(), since ? 0 : 12) << "four years old";
    Pass(2600);
    EXPECT_EQ(Hits(), since ? 2 : 14) << "at four and five";
  }
}

TEST_F(ProgrammeStory, AnotherCentreOfTheSameControllerIsNotToldAgain) {
  Only({"P2"});
  for (const bool since : {false, true}) {
    Forget();
    rules_.since_fold_7 = since;
    Listed();
    Pass(306);
    ASSERT_EQ(Hits(), 1);
    Tell({"bvc.child.registered", 330, {{"unitHsaId", "SE2321000198-BVCGAVLE"}, {"fromDate", "2023-01-25"}}});
    Pass(600);
    EXPECT_EQ(Hits(), since ? 1 : 2);
    EXPECT_EQ(Withdrawn(), 0);
  }
  // One that an earlier edition has filed under its registration counts as well.
  Forget();
  rules_.since_fold_7 = false;
  Listed();
  Pass(306);
  rules_.since_fold_7 = true;
  Tell({"bvc.child.registered", 330, {{"unitHsaId", "SE2321000198-BVCGAVLE"}, {"fromDate", "2023-01-25"}}});
  Pass(600);
  EXPECT_EQ(Hits(), 1);
}

TEST_F(ProgrammeStory, AMoveToAnotherCountyEndsARunOfMisses) {
  Only({"REPEATED-MISS"});
  rules_.since_fold_5 = rules_.since_fold_7 = true;
  for (const char* town : {"2183", "0980"}) {
    Forget();
    municipality_ = "2180";
    Listed();
    Tell({"bvc.visit.missed", 100, {{"appointmentId", "a"}}});
    municipality_ = town;
    Tell({"person.moved", 110, {{"newMunicipality", town}}});
    Tell({"bvc.visit.missed", 120, {{"appointmentId", "b"}}});
    Pass(130);
    EXPECT_EQ(Hits(), town == std::string("2183") ? 1 : 0) << town;
    Tell({"bvc.visit.missed", 131, {{"appointmentId", "c"}}});
    Pass(140);
    EXPECT_EQ(Hits(), 1) << town;
    EXPECT_EQ(Withdrawn(), 0);
  }
  municipality_ = "";
}

TEST_F(ProgrammeStory, AnInitialLoadBringsNoPromptsForStepsThatWereDueLongAgo) {
  Only({"E1-BHV"});
  Happening listed{"bvc.child.registered", 3, {{"unitHsaId", kBvc}, {"fromDate", "2022-03-04"}}};
  listed.baseline = true;
  Tell(listed, Born(400));
  Pass(425);
  EXPECT_EQ(Hits(), 0);
  Pass(426);
  EXPECT_EQ(Hits(), 1) << "the step at 12 months was still to come";
}

class Absence : public ProgrammeStory {
 protected:
  static inline const Happening kOrder{"social.exam.requested", 400,
                                       {{"orderId", "o1"}, {"examKind", "health"},
                                        {"dueDate", "2023-07-14"}}};  // day 500
  Happening Exam(int64_t day, const char* order = "o1", const char* result = "done") {
    return {"health.exam.reported", day, {{"orderId", order}, {"result", result}}};
  }
  Happening Booked(const char* appointment, int64_t day, const char* order = "o1") {
    return {"bvc.visit.booked", day, {{"appointmentId", appointment}, {"visitCode", "bhv.m18"}, {"orderId", order}}};
  }
  // Of an order that the region notes itself; of one that the hub carries: dispatch's order_absence_test.cc.
  void BeginWait(const std::string& rule) {
    Only({rule});
    if (rules_.all.front().owner == kOrderReceiver) rules_.all.front().owner = "bvc.unit";
    Listed();
  }
};

TEST_F(Absence, AnOrderNobodyBooksIsPromptedForAtHalfTimeAndOneNotDoneAfterItsDay) {
  BeginWait("P7-BOOKING");
  Tell(kOrder);
  Pass(450);
  EXPECT_EQ(Hits(), 0);
  Pass(451);
  ASSERT_EQ(Hits(), 1);
  EXPECT_EQ(hits_.begin()->second.code, "SIG-E1");
  EXPECT_EQ(hits_.begin()->second.overdue->step, "exam.booking");
  BeginWait("P7-DONE");
  Tell(kOrder);
  Pass(500);
  EXPECT_EQ(Hits(), 0) << "in time all through its last day";
  Pass(502);
  EXPECT_EQ(Hits(), 1);
  Pass(900);
  EXPECT_EQ(Hits(), 1);
}

// A child in care goes on being called to its health visits: they say nothing of the board's order.
TEST_F(Absence, OnlyABookingForTheOrderEndsTheWaitForOne) {
  for (const char* order : {"o1", "o2", ""}) {
    BeginWait("P7-BOOKING");
    Tell(kOrder);
    Tell(Booked("b1", 410, order));
    Pass(451);
    EXPECT_EQ(Hits(), std::string(order) == "o1" ? 0 : 1) << order;
  }
  // The catalogue has no booked dental visit: the recall with the time tells of it.
  for (const char* order : {"o1", "o2", ""}) {
    BeginWait("P7-BOOKING");
    Tell({"social.exam.requested", 400, {{"orderId", "o1"}, {"examKind", "oral"}, {"dueDate", "2023-07-14"}}});
    Tell({"dental.recall.sent", 410, {{"date", "2023-05-01"}, {"orderId", order}}});
    Pass(451);
    EXPECT_EQ(Hits(), std::string(order) == "o1" ? 0 : 1) << order;
  }
}

TEST_F(Absence, OfTwoBookingsForOneOrderOneThatIsTakenBackLeavesTheOther) {
  BeginWait("P7-BOOKING");
  Tell(kOrder);
  Tell(Booked("b1", 410));
  const int first = next_;
  Tell(Booked("b2", 412));
  Retract(Booked("b1", 410), first, 415);
  Pass(451);
  EXPECT_EQ(Hits(), 0);
}

TEST_F(Absence, OnlyAnAnswerToTheSameOrderEndsTheWait) {
  for (const char* order : {"o1", "o2"}) {
    BeginWait("P7-DONE");
    Tell(kOrder);
    Tell(Exam(450, order));
    Pass(900);
    EXPECT_EQ(Hits(), std::string(order) == "o1" ? 0 : 1);
  }
  BeginWait("P7-DONE");
  Tell(kOrder);
  Tell(Exam(450, "o1", "notDone"));
  Pass(900);
  EXPECT_EQ(Hits(), 1) << "told of, and not done";
}

TEST_F(Absence, AnAnswerToldLateWithdrawsOneTooLateClosesAndOneTakenBackOpensAgain) {
  BeginWait("P7-DONE");
  Tell(kOrder);
  Pass(510);
  Tell(Exam(490), Born(511));
  EXPECT_EQ(withdrawn_, std::vector<std::string>{"late-arrival"});
  Retract(Exam(490), next_, 512);
  EXPECT_EQ(Hits(), 2) << "true again after all";
  BeginWait("P7-DONE");
  Tell(kOrder);
  Pass(510);
  Tell(Exam(512));
  EXPECT_EQ(Withdrawn(), 0);
  EXPECT_TRUE(state_.episodes.front().closed);
}

TEST_F(Absence, AnAnswerThatComesBeforeItsOrderCountsByItsTime) {
  BeginWait("P7-DONE");
  Tell(Exam(450), Born(450));
  Tell(kOrder, Born(460));
  EXPECT_TRUE(state_.timers.empty());
  Pass(900);
  EXPECT_EQ(Hits(), 0);
}

TEST_F(Absence, TheEndOfThePlacementEndsTheWaitAndATakenBackOrderWithdraws) {
  BeginWait("P7-DONE");
  Tell(kOrder);
  Tell({"social.placement.changed", 420, {{"kind", "ended"}}});
  Pass(900);
  EXPECT_EQ(Hits(), 0);
  BeginWait("P7-DONE");
  Tell(kOrder);
  const uint8_t order = next_;
  Pass(510);
  ASSERT_EQ(Hits(), 1);
  Retract(kOrder, order, 511);
  EXPECT_EQ(withdrawn_, std::vector<std::string>{"retracted"});
}

TEST_F(Absence, ACorrectedDayMovesTheWait) {
  BeginWait("P7-DONE");
  Tell(kOrder);
  Happening later = kOrder;
  later.fields[2].second = "2023-07-24";
  Tell(later, Born(410), schema::EventStatus::CORRECTED, next_);
  Pass(510);
  EXPECT_EQ(Hits(), 0);
  Pass(512);
  EXPECT_EQ(Hits(), 1);
}

TEST_F(Absence, BaselineHistoryDebounceAndMinimumAgeHoldForItToo) {
  BeginWait("P7-DONE");
  Happening loaded = kOrder;
  loaded.baseline = true;
  Tell(loaded);
  Pass(900);
  EXPECT_EQ(Hits(), 0);
  for (const bool says_so : {false, true}) {
    BeginWait("P7-DONE");
    TheRule().since = Born(600);
    TheRule().fires_on_history = says_so;
    Tell(kOrder, Born(601));
    Pass(900);
    EXPECT_EQ(Hits(), says_so ? 1 : 0);
  }
  BeginWait("P7-DONE");
  TheRule().min_age_hours = 48;
  Tell(kOrder);
  Pass(502);
  EXPECT_EQ(Hits(), 0);
  Pass(503);
  EXPECT_EQ(Hits(), 1);
  BeginWait("P7-DONE");
  TheRule().debounce_days = 30;
  Tell(kOrder);
  Happening second = kOrder;
  second.fields[0].second = "o2";
  Tell(second);
  Pass(520);
  EXPECT_EQ(Hits(), 1);
  Pass(540);
  EXPECT_EQ(Hits(), 2) << "kept back, not swallowed";
}

TEST_F(Absence, AReportWithoutAReceiptIsForItsOwnUnitAndForNobodyElse) {
  const Happening report{"report.signed", 400, {}};
  for (const char* unit : {kBvc, kClinic})
    for (const char* rule : {"P8-RECEIPT", "P8-RECEIPT-DENTAL"}) {
      BeginWait(rule);
      Tell({"dental.recall.sent", 100, {}});
      unit_ = unit;
      Tell(report);
      unit_.clear();
      Pass(403);
      const bool own = (std::string(rule) == "P8-RECEIPT") == (std::string(unit) == kBvc);
      EXPECT_EQ(Hits(), own ? 1 : 0) << rule << " " << unit;
      for (const auto& [id, hit] : hits_) EXPECT_EQ(hit.unit, unit);
    }
}

TEST_F(Absence, AReceiptHoweverItIsToldEndsTheWait) {
  for (const bool late : {false, true}) {
    BeginWait("P8-RECEIPT");
    Tell({"report.signed", 400, {}});
    const EventId report = IdOf(next_);
    if (late) Pass(403);
    Answered answered{report, schema::LadderState::REGISTERED, Born(401), {IdOf(99), Offset(99)},
                      false};
    now_ = late ? Born(404) : Born(401);
    Take(OnAnswered(state_, answered, Now()));
    Pass(500);
    EXPECT_EQ(Hits(), late ? 1 : 0);
    EXPECT_EQ(Withdrawn(), late ? 1 : 0);
  }
}

}  // namespace
}  // namespace sam::rules::test
