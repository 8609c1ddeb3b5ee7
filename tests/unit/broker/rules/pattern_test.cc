#include "broker/rules/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/rules/engine.h"

namespace sam::rules {
namespace {

EventId Id(uint8_t n) {
  EventId id;
  id.bytes[0] = n;
  return id;
}
Millis Day(int64_t day) { return Millis(day * kDayMs); }

class RepeatedMiss : public testing::Test {
 protected:
  RepeatedMiss() {
    rule_.id = "R";
    rule_.version = "1";
    rule_.pattern = Pattern::kRepeatedMiss;
    rule_.enabled = true;
    rule_.window_days = 100;
    rule_.needs = {MissedVisits(2)};
    rule_.clears = {*FactNamed("bvc.visit.completed")};
    state_.owner_unit = "unit";
  }
  void Miss(uint8_t id, int64_t day, bool baseline = false) {
    state_.missed.push_back({{Id(id)}, Offset(id), Day(day), "", "", "", baseline});
  }
  void Visit(uint8_t id, int64_t day, bool home = false) {
    state_.attended.push_back({Id(id), Day(day), home, "v", ""});
  }
  // What the rule says at this moment.
  Effects At(Millis now, bool may_prompt = true) {
    Effects effects;
    RuleSet rules;
    rules.all = {rule_};
    const Programmes none;
    EvaluatePattern(state_, rule_, {none, rules, now}, {}, "late-arrival", may_prompt, false,
                         effects);
    for (const Hit& hit : effects.hits) AttachSignal(state_, hit, SignalId{});
    return effects;
  }
  size_t HitsAt(int64_t day) { return At(Day(day)).hits.size(); }

  Rule rule_;
  SubjectState state_;
};

TEST_F(RepeatedMiss, ExactlyAWindowApartIsTooFarAndAMillisecondLessIsNot) {
  Miss(1, 0);
  Miss(2, 100);
  EXPECT_EQ(HitsAt(101), 0u);
  state_.missed[0].at = Millis(1);
  EXPECT_EQ(HitsAt(101), 1u);
}

TEST_F(RepeatedMiss, FewerThanTheThresholdIsNothingAndTheSameIsOnePrompt) {
  rule_.needs = {MissedVisits(3)};
  Miss(1, 10);
  Miss(2, 11);
  EXPECT_EQ(HitsAt(20), 0u);
  Miss(3, 12);
  const Effects effects = At(Day(20));
  ASSERT_EQ(effects.hits.size(), 1u);
  EXPECT_EQ(effects.hits[0].evidence.size(), 3u);
  EXPECT_EQ(HitsAt(21), 0u);
}

TEST_F(RepeatedMiss, LateAndOutOfOrderTellingsCountByWhenTheyHappened) {
  Miss(3, 30);
  Miss(1, 10);
  Visit(9, 20);
  EXPECT_EQ(HitsAt(40), 0u) << "a visit lies between them";
  Miss(2, 25);
  const Effects effects = At(Day(41));
  ASSERT_EQ(effects.hits.size(), 1u);
  EXPECT_EQ(effects.hits[0].evidence[0].event, Id(2));
  EXPECT_EQ(effects.hits[0].evidence[1].event, Id(3));
}

TEST_F(RepeatedMiss, OnlyTheNamedEventsClear) {
  Miss(1, 10);
  Visit(9, 11, true);  // a home visit, which this rule does not name
  Miss(2, 12);
  EXPECT_EQ(HitsAt(20), 1u);
}

TEST_F(RepeatedMiss, AVisitAfterTheRunEndsItAndTheNextRunIsAnotherEpisode) {
  Miss(1, 10);
  Miss(2, 12);
  EXPECT_EQ(HitsAt(13), 1u);
  Visit(9, 20);
  Miss(3, 30);
  EXPECT_EQ(HitsAt(31), 0u);
  Miss(4, 32);
  EXPECT_EQ(HitsAt(33), 1u);
}

TEST_F(RepeatedMiss, YoungEvidenceWaitsToTheMillisecondAndATimerIsSetOnce) {
  rule_.min_age_hours = 48;
  Miss(1, 10);
  Miss(2, 12);
  Effects effects = At(Millis(Day(14).value - 1));
  EXPECT_TRUE(effects.hits.empty());
  ASSERT_EQ(effects.set.size(), 1u);
  EXPECT_EQ(effects.set[0].due, Day(14));
  EXPECT_TRUE(At(Millis(Day(14).value - 1)).set.empty());
  EXPECT_EQ(HitsAt(14), 1u);
}

TEST_F(RepeatedMiss, OneMoreYoungAbsenceDoesNotPutARipePromptOff) {
  rule_.min_age_hours = 48;
  Miss(1, 10);
  Miss(2, 12);
  Miss(3, 14);
  const Effects effects = At(Day(15));
  ASSERT_EQ(effects.hits.size(), 1u);
  EXPECT_EQ(effects.hits[0].evidence.size(), 2u);
  EXPECT_EQ(HitsAt(20), 0u) << "the same run";
}

TEST_F(RepeatedMiss, ACorrectionWithinTheMinimumAgeMeansNoPromptAtAll) {
  rule_.min_age_hours = 48;
  Miss(1, 10);
  Miss(2, 12);
  EXPECT_TRUE(At(Day(12)).hits.empty());
  state_.missed.pop_back();
  EXPECT_EQ(HitsAt(14), 0u);
}

TEST_F(RepeatedMiss, DebounceDelaysTheNextRunsPromptAndDoesNotSwallowIt) {
  rule_.debounce_days = 14;
  Miss(1, 10);
  Miss(2, 11);
  EXPECT_EQ(HitsAt(12), 1u);
  Visit(9, 13);
  Miss(3, 14);
  Miss(4, 15);
  const Effects soon = At(Day(16));
  EXPECT_TRUE(soon.hits.empty());
  ASSERT_EQ(soon.set.size(), 1u);
  EXPECT_EQ(soon.set[0].due, Day(26));
  EXPECT_TRUE(At(Millis(Day(26).value - 1)).hits.empty());
  EXPECT_EQ(HitsAt(26), 1u);
}

TEST_F(RepeatedMiss, AWithdrawnPromptDoesNotDebounce) {
  rule_.debounce_days = 14;
  Miss(1, 10);
  Miss(2, 11);
  EXPECT_EQ(HitsAt(12), 1u);
  state_.missed.erase(state_.missed.begin());
  EXPECT_EQ(At(Day(12)).withdraw.size(), 1u);
  Miss(3, 12);
  EXPECT_EQ(HitsAt(13), 1u);
}

TEST_F(RepeatedMiss, ABaselineEventNeverPromptsNorDoesALaterOneThatBringsNoNewAbsence) {
  Miss(1, 10, true);
  Miss(2, 11, true);
  EXPECT_TRUE(At(Day(12), false).hits.empty());
  EXPECT_EQ(HitsAt(13), 0u) << "some other event after the initial load";
  Miss(3, 14);
  const Effects effects = At(Day(15));
  ASSERT_EQ(effects.hits.size(), 1u) << "a new absence counts the old ones";
  EXPECT_EQ(effects.hits[0].evidence.size(), 3u);
}

TEST_F(RepeatedMiss, WhatHappenedBeforeTheRuleIsValidDoesNotCount) {
  rule_.valid_from = Day(11);
  Miss(1, 10);
  Miss(2, 12);
  EXPECT_EQ(HitsAt(13), 0u);
  state_.missed[0].at = Day(11);
  EXPECT_EQ(HitsAt(13), 1u) << "the first day is included";
}

TEST_F(RepeatedMiss, OldAbsencesAloneAreHistoryToARuleThatCameLater) {
  rule_.since = Day(12);
  Miss(1, 10);
  Miss(2, 12);
  EXPECT_EQ(HitsAt(13), 0u);
  Miss(3, 14);
  EXPECT_EQ(HitsAt(15), 1u);
}

TEST_F(RepeatedMiss, AnotherVersionTakesNothingBackByItself) {
  Miss(1, 10);
  Miss(2, 12);
  EXPECT_EQ(HitsAt(13), 1u);
  rule_.version = "2";
  rule_.needs = {MissedVisits(3)};
  EXPECT_TRUE(At(Day(14)).withdraw.empty());
  Visit(9, 11);  // told late, between them
  EXPECT_EQ(At(Day(15)).withdraw.size(), 1u);
}

}  // namespace
}  // namespace sam::rules
