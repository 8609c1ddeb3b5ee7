#include "broker/rules/consents.h"

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/rules/days.h"
#include "broker/wire/capnp_values.h"

namespace sam::rules {
namespace {

using schema::YesNo;
using State = schema::ConsentChanged::State;

EventId IdOf(uint8_t n) {
  EventId id;
  id.bytes[0] = n;
  return id;
}

class KeptConsents : public testing::Test {
 protected:
  struct Told {
    std::string id = "c";
    State state = State::GIVEN;
    std::vector<uint16_t> tags = {};
    int64_t at = 1;
    YesNo all = YesNo::UNKNOWN;
    std::string expires = "";
  };
  Effects Tell(const Told& told, bool by_giver = true) {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    EventView view;
    view.id = IdOf(++number_);
    view.at = Millis(told.at);
    view.by_giver = by_giver;
    for (const uint16_t tag : told.tags) view.givers.push_back({tag, false});
    auto body = event.initBody().initConsentChanged();
    body.setConsentId(told.id);
    body.initScope(1).set(0, "SIG-B1");
    body.setState(told.state);
    body.setAllGuardians(told.all);
    body.setExpires(told.expires);
    Effects effects;
    ApplyConsent(state_, view, body.asReader(), effects);
    return effects;
  }
  const Consent& Only() {
    EXPECT_EQ(state_.consents.size(), 1u);
    return state_.consents.front();
  }
  std::vector<std::pair<uint16_t, State>> Kept() {
    std::vector<std::pair<uint16_t, State>> out;
    for (const Giver& giver : Only().givers) out.emplace_back(giver.tag, giver.state);
    return out;
  }

  SubjectState state_;
  uint8_t number_ = 0;
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST_F(KeptConsents, EachGiverHasTheirOwnWordUnderTheConsentsId) {
  EXPECT_EQ(Tell({.tags = {7}, .at = 1, .all = YesNo::NO}).fall, ConsentFall::kEnded);
  EXPECT_EQ(Only().givers[0].must_give, 2) << "not all of them: there is another one";
  Tell({.tags = {8}, .at = 2});
  EXPECT_THAT(Kept(), ElementsAre(Pair(7, State::GIVEN), Pair(8, State::GIVEN)));
  Tell({.state = State::WITHDRAWN, .tags = {7}, .at = 3});
  EXPECT_THAT(Kept(), ElementsAre(Pair(7, State::WITHDRAWN), Pair(8, State::GIVEN)));
  EXPECT_EQ(state_.consent_version, 3u);
}

TEST_F(KeptConsents, AnOlderTellingNeverTakesThePlaceOfANewerOne) {
  Tell({.state = State::WITHDRAWN, .tags = {7}, .at = 5});
  EXPECT_EQ(Tell({.tags = {7}, .at = 4}).fall, ConsentFall::kNone);
  EXPECT_THAT(Kept(), ElementsAre(Pair(7, State::WITHDRAWN)));
  EXPECT_EQ(Tell({.tags = {7}, .at = 5}).fall, ConsentFall::kNone) << "of two as new the lesser";
  EXPECT_EQ(state_.consent_version, 1u);
}

TEST_F(KeptConsents, WhatNamesNobodyAndEndsItEndsItForAllThatWasToldBefore) {
  Tell({.tags = {7}, .at = 1});
  Tell({.tags = {8}, .at = 1});
  Tell({.state = State::WITHDRAWN, .at = 5});
  EXPECT_THAT(Kept(), ElementsAre(Pair(0, State::WITHDRAWN)));
  Tell({.tags = {7}, .at = 4});
  EXPECT_THAT(Kept(), ElementsAre(Pair(0, State::WITHDRAWN))) << "late, and from before the end";
  Tell({.tags = {7}, .at = 6});
  EXPECT_THAT(Kept(), ElementsAre(Pair(0, State::WITHDRAWN), Pair(7, State::GIVEN)));
}

TEST_F(KeptConsents, OneThatSpeaksForAllTakesThePlaceOfWhatWasToldBefore) {
  Tell({.state = State::WITHDRAWN, .tags = {7}, .at = 1});
  Tell({.at = 2, .all = YesNo::YES});
  EXPECT_THAT(Kept(), ElementsAre(Pair(0, State::GIVEN)));
  Tell({.state = State::WITHDRAWN, .tags = {7}, .at = 3});
  EXPECT_THAT(Kept(), ElementsAre(Pair(0, State::GIVEN), Pair(7, State::WITHDRAWN)));
}

TEST_F(KeptConsents, AFurtherYesThanThereIsRoomForIsNotTakenAndAFurtherNoEndsIt) {
  for (uint16_t tag = 1; tag <= kGiversMax; ++tag) Tell({.tags = {tag}, .at = tag});
  EXPECT_EQ(Tell({.tags = {9}, .at = 9}).fall, ConsentFall::kNone);
  EXPECT_EQ(Only().givers.size(), kGiversMax);
  Tell({.state = State::WITHDRAWN, .tags = {9}, .at = 10});
  EXPECT_THAT(Kept(), ElementsAre(Pair(0, State::WITHDRAWN)));
}

TEST_F(KeptConsents, BeyondTheLimitWhatHasRunOutGoesThenWhatWasTakenBackThenTheOldest) {
  const int64_t now = DateToMillis("2026-06-01")->value;
  Tell({.id = "oldest", .at = now});
  Tell({.id = "ended", .state = State::WITHDRAWN, .at = now});
  Tell({.id = "ran out", .at = now, .expires = "2026-05-01"});
  for (size_t i = 3; i < kConsentsMax; ++i) Tell({.id = std::to_string(i), .at = now});
  const auto has = [&](const std::string& id) {
    return std::any_of(state_.consents.begin(), state_.consents.end(),
                       [&](const Consent& one) { return one.id == id; });
  };
  ASSERT_TRUE(has("oldest") && has("ended") && has("ran out"));
  Tell({.id = "a", .at = now});
  EXPECT_FALSE(has("ran out"));
  Tell({.id = "b", .at = now});
  EXPECT_FALSE(has("ended"));
  EXPECT_TRUE(has("oldest"));
  EXPECT_EQ(Tell({.id = "c", .at = now}).fall, ConsentFall::kEnded) << "what rested on it is asked";
  EXPECT_FALSE(has("oldest"));
  EXPECT_EQ(state_.consents.size(), kConsentsMax);
}

TEST_F(KeptConsents, TakingBackATellingTakesBackThatGiversWordAlone) {
  Tell({.tags = {7}, .at = 1});
  Tell({.tags = {8}, .at = 2});
  EXPECT_TRUE(DropConsent(state_, IdOf(2)));
  EXPECT_THAT(Kept(), ElementsAre(Pair(7, State::GIVEN)));
  EXPECT_EQ(Only().event, IdOf(1));
  EXPECT_FALSE(DropConsent(state_, IdOf(9)));
  EXPECT_TRUE(DropConsent(state_, IdOf(1)));
  EXPECT_THAT(state_.consents, IsEmpty());
}

TEST_F(KeptConsents, OneTellingOfTwoTakenBackIsWhole) {
  Tell({.tags = {7, 8}, .at = 1});
  EXPECT_TRUE(DropConsent(state_, IdOf(1)));
  EXPECT_THAT(state_.consents, IsEmpty());
}

TEST_F(KeptConsents, AnEarlierBuildsConsentStandsForAllUntilSomebodyTakesItBack) {
  Tell({.tags = {7}, .at = 1}, false);
  EXPECT_THAT(Only().givers, IsEmpty());
  Tell({.state = State::WITHDRAWN, .tags = {8}, .at = 2});
  EXPECT_THAT(Kept(), ElementsAre(Pair(0, State::GIVEN), Pair(8, State::WITHDRAWN)));
}

TEST_F(KeptConsents, GiversToldUnderTwoIdentitiesMeet) {
  Tell({.tags = {7}, .at = 1, .all = YesNo::NO});
  const SubjectState other = state_;
  state_ = {};
  Tell({.state = State::WITHDRAWN, .tags = {7}, .at = 2});
  Tell({.tags = {8}, .at = 2});
  for (const Consent& consent : other.consents) MergeConsent(state_, consent);
  EXPECT_THAT(Kept(), ElementsAre(Pair(7, State::WITHDRAWN), Pair(8, State::GIVEN)));
}

}  // namespace
}  // namespace sam::rules
