#include "broker/rules/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/rules/days.h"
#include "broker/rules/engine.h"

namespace sam::rules {
namespace {

using State = schema::ConsentChanged::State;

template <typename Id>
Id Some(uint8_t n) {
  Id id;
  id.bytes[0] = n;
  return id;
}
Millis Day(int64_t day) { return AddDays(*DateToMillis("2025-06-01"), day); }

class Merging : public testing::Test {
 protected:
  Merging() {
    Step step;
    step.code = "bhv.m8";
    step.due_days = 243;
    step.overdue_days = 305;
    step.visits = {"bhv.m8"};
    Programme programme;
    programme.id = "bhv";
    programme.version = "1";
    programme.steps = {step};
    programmes_.all = {programme};
    Rule expectation;
    expectation.id = "P2";
    expectation.version = "1";
    expectation.enabled = true;
    expectation.steps = {"bhv.m8"};
    Rule misses = expectation;
    misses.id = "R";
    misses.steps.clear();
    misses.pattern = Pattern::kRepeatedMiss;
    misses.window_days = 180;
    misses.needs = {MissedVisits(2)};
    misses.clears = {*FactNamed("bvc.visit.completed")};
    rules_.all = {expectation, misses};
  }
  static SubjectState Listed(int day, const std::string& unit = "unit") {
    SubjectState state;
    state.birth_date = "2025-06-01";
    state.protection = schema::Protection::NONE;
    state.owner_unit = unit;
    state.registered_at = Day(day);
    state.registered_event = Some<EventId>(static_cast<uint8_t>(100 + day));
    return state;
  }
  Context At(int day) const { return {programmes_, rules_, Day(day)}; }
  // The timer of the home visit fires; the prompt gets a signal.
  void Prompted(SubjectState& state, uint8_t signal) {
    const TimerSpec timer{schema::TimerKind::EXPECTATION, "P2", "bhv.m8", Day(306), Day(243),
                          Day(305), "bhv"};
    const Effects effects = OnTimer(state, timer, At(306));
    ASSERT_EQ(effects.hits.size(), 1u);
    AttachSignal(state, effects.hits[0], Some<SignalId>(signal));
  }
  static Missed Miss(uint8_t id, int day, const std::string& episode = "",
                     const std::string& appointment = "") {
    return {{Some<EventId>(id)}, Offset(id), Day(day), "", appointment, episode, false};
  }
  Effects Merged(SubjectState& into, SubjectState& from, int day) {
    EXPECT_TRUE(Merge(into, from));
    return OnMerged(into, {Some<EventId>(99), Offset(99)}, At(day));
  }

  Programmes programmes_;
  RuleSet rules_;
};

TEST_F(Merging, AStepPromptedUnderOneIdentityIsNotPromptedAgainUnderTheOther) {
  for (const bool prompted_is_later : {false, true}) {
    SubjectState from = Listed(prompted_is_later ? 10 : 3);
    SubjectState into = Listed(prompted_is_later ? 3 : 10);
    Prompted(from, 1);
    const Effects effects = Merged(into, from, 310);
    EXPECT_TRUE(effects.set.empty()) << "waits for nothing that was answered";
    EXPECT_TRUE(effects.withdraw.empty());
    ASSERT_EQ(into.episodes.size(), 1u);
    EXPECT_FALSE(into.episodes[0].closed) << "the open prompt is still open";
    EXPECT_EQ(into.registered_at, Day(3)) << "one registration, known from its earlier day";
  }
}

TEST_F(Merging, APromptUnderEachIdentityIsOneEpisodeAndAWithdrawalReachesBoth) {
  SubjectState from = Listed(3), into = Listed(10);
  Prompted(from, 1);
  Prompted(into, 2);
  EXPECT_TRUE(Merged(into, from, 310).set.empty());
  ASSERT_EQ(into.episodes.size(), 1u);
  EXPECT_EQ(into.episodes[0].signals.size(), 2u);
  into.attended.push_back({Some<EventId>(7), Day(300), false, "bhv.m8", ""});
  EXPECT_EQ(OnMerged(into, {}, At(311)).withdraw.size(), 2u);
}

TEST_F(Merging, AVisitToldUnderTheOtherIdentityWithdrawsThePrompt) {
  SubjectState from = Listed(3), into = Listed(10);
  Prompted(into, 1);
  from.attended.push_back({Some<EventId>(7), Day(300), false, "bhv.m8", ""});
  const Effects effects = Merged(into, from, 310);
  ASSERT_EQ(effects.withdraw.size(), 1u);
  EXPECT_EQ(effects.withdraw[0].signal, Some<SignalId>(1));
}

TEST_F(Merging, AnIdentityThatLeftDoesNotEndTheListingOfTheOther) {
  SubjectState into = Listed(3);
  SubjectState from = Listed(50, "elsewhere");
  from.transferred = true;
  from.owner_unit.clear();
  const Effects effects = Merged(into, from, 100);
  EXPECT_EQ(into.owner_unit, "unit");
  EXPECT_FALSE(into.transferred);
  EXPECT_EQ(effects.set.size(), 1u) << "still waited for";
}

TEST_F(Merging, AMoveBetweenUnitsKeepsTheLaterListing) {
  SubjectState into = Listed(3), from = Listed(50, "elsewhere");
  Merged(into, from, 100);
  EXPECT_EQ(into.owner_unit, "elsewhere");
  EXPECT_EQ(into.registered_at, Day(50));
}

TEST_F(Merging, AnAbsenceToldUnderBothCountsOnceAndKeepsThePromptThatRestsOnEither) {
  SubjectState from = Listed(3), into = Listed(3);
  from.missed = {Miss(1, 200, "ep-1"), Miss(2, 210)};
  from.episodes = {{"R", "1", "key", Day(211), false, false,
                    {Some<EventId>(1), Some<EventId>(2)}, {Some<SignalId>(1)}}};
  into.missed = {Miss(3, 200, "ep-1")};
  const Effects effects = Merged(into, from, 220);
  EXPECT_EQ(into.missed.size(), 2u);
  EXPECT_TRUE(effects.withdraw.empty());
  EXPECT_TRUE(effects.hits.empty());
}

TEST_F(Merging, ABookingKeptOrCancelledUnderTheOtherIdentityIsNoAbsence) {
  SubjectState from = Listed(3), into = Listed(3);
  from.missed = {Miss(1, 200, "", "A1"), Miss(2, 205, "", "A2"), Miss(3, 210)};
  into.attended = {{Some<EventId>(4), Day(200), false, "x", "A1"}};
  into.cancelled = {"A2"};
  EXPECT_TRUE(Merged(into, from, 220).hits.empty());
  EXPECT_EQ(into.missed.size(), 1u);
}

TEST_F(Merging, ARetractionKnownToOneIdentityTakesTheOthersTellingAway) {
  SubjectState from = Listed(3), into = Listed(3);
  from.missed = {Miss(1, 200), Miss(2, 210)};
  into.retracted = {{Some<EventId>(1), Some<EventId>(9), Offset(9)}};
  EXPECT_TRUE(Merged(into, from, 220).hits.empty());
}

TEST_F(Merging, AnOlderConsentNeverOutlivesItsWithdrawal) {
  const Consent given{"c", {"SIG-B1"}, State::GIVEN, "", schema::YesNo::YES, Day(1), {}};
  Consent withdrawn = given;
  withdrawn.state = State::WITHDRAWN;
  for (const int day : {1, 2}) {  // also of two told of the same moment
    withdrawn.at = Day(day);
    for (const bool turned : {false, true}) {
      SubjectState into = Listed(3), from = Listed(3);
      into.consents = {turned ? withdrawn : given};
      from.consents = {turned ? given : withdrawn};
      Merged(into, from, 100);
      ASSERT_EQ(into.consents.size(), 1u);
      EXPECT_EQ(into.consents[0].state, State::WITHDRAWN);
    }
  }
}

TEST_F(Merging, WhenOneIsProtectedNothingIsDone) {
  SubjectState into = Listed(3), from = Listed(10);
  into.protection = schema::Protection::SEKRETESSMARKERING;
  Prompted(from, 1);
  const SubjectState before_into = into, before_from = from;
  EXPECT_FALSE(Merge(into, from));
  EXPECT_EQ(into, before_into);
  EXPECT_EQ(from, before_from);
}

// Nobody has told of one whether it is protected, or the two levels differ: the link itself may be what must not
// be known.
TEST_F(Merging, NorWhenOneIsProtectedAndTheOtherIsNotKnownToBeOrIsOtherwise) {
  using schema::Protection;
  for (const auto& [one, other, joined] :
       {std::tuple{Protection::UNKNOWN, Protection::SEKRETESSMARKERING, false},
        std::tuple{Protection::SEKRETESSMARKERING, Protection::UNKNOWN, false},
        std::tuple{Protection::SEKRETESSMARKERING, Protection::SKYDDAD_FOLKBOKFORING, false},
        std::tuple{Protection::SEKRETESSMARKERING, Protection::SEKRETESSMARKERING, true},
        std::tuple{Protection::UNKNOWN, Protection::NONE, true}}) {
    SubjectState into = Listed(3), from = Listed(10);
    into.protection = one;
    from.protection = other;
    SubjectState into_before = into, from_before = from;
    EXPECT_EQ(Merge(into, from), joined);
    EXPECT_TRUE(joined || (into == into_before && from == from_before));
    EXPECT_TRUE(Merge(into_before, from_before, false)) << "as logs of before have it";
  }
}

}  // namespace
}  // namespace sam::rules
