// The one table of what ends a time limit: each limit, and the lowest step that ends it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "broker/dispatch/clocks.h"
#include "broker/dispatch/orders.h"
#include "broker/rules/rule_set.h"
#include "tests/support/shipped.h"

namespace sam::dispatch::test {
namespace {

using schema::LadderState;
using schema::Outcome;
using Decision = schema::PromptDecided::Decision;

struct Ends {
  const char* kind;
  std::optional<LadderState> from;  // empty: no step does
};
const std::vector<Ends> kEnds = {
    {"clock.receipt", LadderState::REGISTERED}, {"clock.assess", LadderState::ASSESSED},
    {"clock.decide", LadderState::ANSWERED},    {"clock.answer", LadderState::ANSWERED},
    {"clock.offer", LadderState::REGISTERED},   {"clock.reply", LadderState::REGISTERED},
    {"clock.confirm", LadderState::REGISTERED}, {"clock.review", std::nullopt},
    {"clock.exam", std::nullopt},              {"clock.result", std::nullopt},
    {"clock.inquiry", std::nullopt},            {"clock.delivery", LadderState::DELIVERED}};

constexpr LadderState kSteps[] = {LadderState::STORED,    LadderState::DELIVERED, LadderState::OPENED,
                                  LadderState::REGISTERED, LadderState::ASSESSED, LadderState::ANSWERED};
constexpr LadderState kBeside[] = {LadderState::FORWARDED, LadderState::REDIRECTED, LadderState::WITHHELD};

rules::Reminders AllWatched() {
  rules::Reminders reminders;
  reminders.on = reminders.exams = reminders.inquiries = true;
  reminders.delivery_minutes = 5;
  return reminders;
}
SignalRow Waiting() {
  SignalRow row;
  row.outcome = Outcome::DELIVER;
  return row;
}
WatchedClock ClockOf(const std::string& kind) {
  WatchedClock clock;
  clock.kind = kind;
  return clock;
}
bool Ended(const SignalRow& row, const std::string& kind) {
  return HasEnded(row, ClockOf(kind), AllWatched());
}

TEST(Stops, EachLimitEndsWithItsStepOrALaterOneAndWithNoEarlierOne) {
  for (const Ends& ends : kEnds) {
    EXPECT_FALSE(Ended(Waiting(), ends.kind)) << ends.kind;
    for (const LadderState state : kSteps) {
      SignalRow row = Waiting();
      row.ladder.push_back({state, Millis(1)});
      EXPECT_EQ(Ended(row, ends.kind), ends.from && state >= *ends.from)
          << ends.kind << " at step " << static_cast<int>(state);
    }
  }
}

TEST(Stops, OfWhatAwaitsAnAnswerOnlyTheAnswerEndsAnOfferAReplyAndAConfirmation) {
  for (const char* kind : {"clock.offer", "clock.reply", "clock.confirm"})
    for (const LadderState state : kSteps) {
      SignalRow row = Waiting();
      row.awaits_answer = true;
      row.ladder.push_back({state, Millis(1)});
      EXPECT_EQ(Ended(row, kind), state == LadderState::ANSWERED) << kind << " at " << static_cast<int>(state);
    }
}

TEST(Stops, WhatStandsBesideTheLadderEndsNothing) {
  for (const Ends& ends : kEnds)
    for (const LadderState state : kBeside) {
      SignalRow row = Waiting();
      row.ladder.push_back({state, Millis(1)});
      EXPECT_FALSE(Ended(row, ends.kind)) << ends.kind << " at " << static_cast<int>(state);
    }
}

TEST(Stops, ADecisionAnAnswerAndWhatIsNoLongerThereEndEveryLimit) {
  for (const Ends& ends : kEnds) {
    SignalRow decided = Waiting(), withdrawn = Waiting(), held = Waiting(), moved = Waiting();
    decided.decision = Decision::DISMISSED;
    withdrawn.withdrawn = true;
    held.outcome = Outcome::HELD;
    moved.released_as = *SignalId::From(std::string(16, 'n'));
    for (const SignalRow& row : {decided, withdrawn, held, moved}) EXPECT_TRUE(Ended(row, ends.kind)) << ends.kind;
    WatchedClock done = ClockOf(ends.kind);
    done.done = true;
    EXPECT_TRUE(HasEnded(Waiting(), done, AllWatched())) << ends.kind;
  }
}

TEST(Stops, TheDayOfAnExaminationIsWatchedOnlyByBuildsThatKnowItsAnswer) {
  rules::Reminders before = AllWatched();
  before.exams = false;
  EXPECT_TRUE(HasEnded(Waiting(), ClockOf(kExamClock), before));
  EXPECT_TRUE(HasEnded(Waiting(), ClockOf(kResultClock), before));
  EXPECT_FALSE(HasEnded(Waiting(), ClockOf("clock.confirm"), before));
}

// A limit of another name would be over at once, and nobody reminded.
TEST(Stops, EveryLimitOfTheShippedRulesIsInTheTable) {
  for (const std::string folder : {SAM_SHIPPED_DIR, SAM_CONFIG_DIR}) {
    std::ifstream in(folder + "/rules.toml");
    std::stringstream text;
    text << in.rdbuf();
    const auto rules = rules::ParseRules(text.str(), "rules.toml");
    ASSERT_TRUE(rules.ok()) << rules.error().message;
    for (const rules::Rule& rule : rules->all)
      for (const rules::RuleClock& clock : rule.clocks)
        EXPECT_TRUE(std::any_of(kEnds.begin(), kEnds.end(),
                                [&](const Ends& ends) { return ends.kind == clock.kind; }))
            << folder << ", " << rule.id << ": " << clock.kind;
  }
}

// Limits that law and agreement set in days are in days: not a minute short of them, nor out on a Sunday.
TEST(Stops, LimitsOfDaysAreWrittenInDays) {
  const auto rules = rules::ParseRules(::sam::test::Shipped("rules.toml"), "rules.toml");
  ASSERT_TRUE(rules.ok());
  const auto clock_of = [&](const char* rule, const std::string& kind) {
    for (const rules::RuleClock& clock : rules->Find(rule)->clocks)
      if (clock.kind == kind) return clock;
    ADD_FAILURE() << rule << " has no " << kind;
    return rules::RuleClock();
  };
  EXPECT_TRUE(clock_of("TRANSPORT-A1", "clock.receipt").same_day);
  EXPECT_TRUE(clock_of("TRANSPORT-A1", "clock.assess").next_day);
  EXPECT_EQ(clock_of("TRANSPORT-A1", "clock.decide").days, 14);
  EXPECT_EQ(clock_of("TRANSPORT-A1", "clock.inquiry").months, 4);
  EXPECT_EQ(clock_of("CARRY-B3", "clock.offer").days, 30);
  EXPECT_EQ(clock_of("C1-BVC", "clock.reply").days, 14);
  EXPECT_EQ(clock_of("C1-DENTAL", "clock.reply").days, 14);
  EXPECT_EQ(clock_of("OUTCOME-B1", "clock.offer").working_days, 10);
  for (const char* rule : {"CARRY-B2", "CARRY-D1"})
    EXPECT_EQ(clock_of(rule, "clock.confirm").working_days, 5) << rule;
  EXPECT_EQ(clock_of("CARRY-B4", "clock.reply").working_days, 5);
  EXPECT_EQ(clock_of("CARRY-D1", "clock.result").working_days, 10);
  for (const rules::Rule& rule : rules->all)
    if (rule.pattern == rules::Pattern::kFacts) {
      EXPECT_EQ(clock_of(rule.id.c_str(), "clock.review").working_days, 5) << rule.id;
    }
}

}  // namespace
}  // namespace sam::dispatch::test
