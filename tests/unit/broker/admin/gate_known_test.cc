// What gate explain says that a decision was made of: what the hub itself knew then, neither more nor other.
#include "broker/admin/gate_known.h"

#include "tests/unit/broker/dispatch/scene.h"

namespace sam::admin {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using dispatch::test::Day;
using dispatch::test::kChild;
using schema::Protection;
using schema::YesNo;
using State = schema::ConsentChanged::State;
using Who = ConsentWord::Who;
namespace jt = ::sam::journal::test;

constexpr char kOld[] = "98240301AA06";

class GateKnown : public dispatch::test::Scene {
 protected:
  Known At(Offset cause, const SubjectId& subject) {
    const auto configurations = ReadConfigurations(hub_.store_);
    EXPECT_TRUE(configurations.ok());
    const auto known = KnownAt(hub_.store_, *reader_, *configurations, subject, {cause.value});
    EXPECT_TRUE(known.ok());
    return known.ok() ? known->at(cause.value) : Known();
  }
  SubjectId Of(Offset offset) { return hub_.Read(offset).header.subject; }
  // What was just folded: the hub's own row says the same.
  Known Same(Offset offset) {
    Known known = At(offset, Of(offset));
    const auto state = dispatch::ReadState(hub_.store_, Of(offset));
    EXPECT_TRUE(state.ok());
    EXPECT_EQ(known.protection, state->protection);
    EXPECT_EQ(known.birth_date, state->birth_date);
    EXPECT_EQ(known.consents, state->consents);
    return known;
  }
  Offset Marked(const std::string& name, Protection protection, int day, const char* person = kChild) {
    return Tell(name, Day(day), [=](schema::Event::Builder e) {
      e.getHeader().getSubject().setProtection(Protection::UNKNOWN);
      e.getBody().initPersonProtectionChanged().setNew(protection);
    }, person);
  }
  Offset Said(const std::string& name, const std::string& giver, State state, int day) {
    return Tell(name, Day(day), [=](schema::Event::Builder e) {
      auto body = e.getBody().initConsentChanged();
      body.setConsentId("consent-2");
      body.initScope(1).set(0, "SIG-B1");
      body.setState(state);
      body.setAllGuardians(YesNo::NO);
      body.initGivers(1)[0].setName(giver);
    });
  }
};

TEST_F(GateKnown, NothingThatCameAfterTheInputWasKnown) {
  settle_ = false;  // both are in the log before the first is decided on
  const Offset given = Consent("given", State::GIVEN, 100);
  const Offset withdrawn = Consent("withdrawn", State::WITHDRAWN, 101);
  Settle();
  const auto then = ConsentsTo("SIG-B1", At(given, Of(given)).consents);
  ASSERT_THAT(then, SizeIs(1));
  EXPECT_EQ(then.front().state, State::GIVEN);
  EXPECT_EQ(then.front().who, Who::kAll);
  EXPECT_THAT(At(given, Of(given)).facts, SizeIs(0)) << "the scene's events state no type";
  EXPECT_EQ(ConsentsTo("SIG-B1", Same(withdrawn).consents).front().state, State::WITHDRAWN);
  EXPECT_THAT(ConsentsTo("SIG-B4", Same(withdrawn).consents), IsEmpty());
}

TEST_F(GateKnown, TwoGuardiansWhoSayItApartAreTwo) {
  Said("one", "Anna Ek", State::GIVEN, 100);
  const Offset other = Said("other", "Bo Ek", State::WITHDRAWN, 90);
  const auto words = ConsentsTo("SIG-B1", Same(other).consents);
  ASSERT_THAT(words, SizeIs(2));
  EXPECT_EQ(words[0].consent, words[1].consent);
  EXPECT_EQ(words[0].state, State::GIVEN);
  EXPECT_EQ(words[0].who, Who::kOne);
  EXPECT_EQ(words[1].state, State::WITHDRAWN);
}

TEST_F(GateKnown, TheTalksOwnRecordIsAConsent) {
  const Offset talk = Tell("talk", Day(100), [](schema::Event::Builder e) {
    auto body = e.getBody().initBvcBarnsakertOutcome();
    body.initOutcomes(1).set(0, schema::BarnSakertOutcome::Outcome::TALK_BVC_WITH_SOCIAL);
    body.setConsentGiven(YesNo::YES);
    body.setConsentRef("consent-3");
  });
  EXPECT_THAT(ConsentsTo("SIG-B1", Same(talk).consents), SizeIs(1));
}

TEST_F(GateKnown, ProtectionGoesByWhenItHappenedAndIsTakenBack) {
  Marked("marked", Protection::SEKRETESSMARKERING, 100);
  const Offset late = Marked("late", Protection::NONE, 50);
  EXPECT_EQ(Same(late).protection, Protection::SEKRETESSMARKERING) << "an older word told late";
  const Offset back = Retract("back", "marked", [](schema::Event::Builder e) {
    e.getHeader().getSubject().setProtection(Protection::UNKNOWN);
    e.getBody().initPersonProtectionChanged().setNew(Protection::SEKRETESSMARKERING);
  });
  EXPECT_EQ(Same(back).protection, Protection::UNKNOWN) << "what held before it";
}

TEST_F(GateKnown, TheFirstBirthDateStandsUntilItsRegistrationIsCorrected) {
  const auto born = [](const char* date) {
    return [=](schema::Event::Builder e) {
      e.getHeader().getSubject().setBirthDate(date);
      e.getBody().initBvcVisitCompleted().setVisitCode("bhv.m6");
    };
  };
  Tell("first", Day(100), born("2025-06-01"));
  const Offset later = Tell("second", Day(101), born("2024-06-01"));
  EXPECT_EQ(Same(later).birth_date, "2025-06-01");
}

TEST_F(GateKnown, WhatWasToldUnderALinkedIdentityIsKnownFromTheLinkOn) {
  const Offset before = Tell("mine", Day(90), MissedBody("mine"));
  const Offset old = Tell("old", Day(100), [](schema::Event::Builder e) {
    e.getHeader().setType("consent.changed");
    auto body = e.getBody().initConsentChanged();
    body.setConsentId("consent-4");
    body.initScope(1).set(0, "SIG-B1");
    body.setState(State::GIVEN);
    body.setAllGuardians(YesNo::YES);
  }, kOld);
  linked_ = {jt::Person(kOld)};
  const Offset link = Tell("link", Day(150), [](schema::Event::Builder e) {
    e.getBody().initPersonIdLinked().initOldIds(1)[0].setValue(kOld);
  });
  linked_.clear();
  ASSERT_NE(Of(before), Of(old));
  EXPECT_THAT(At(old, Of(before)).consents, IsEmpty());
  EXPECT_THAT(At(old, Of(before)).facts, IsEmpty());
  EXPECT_THAT(ConsentsTo("SIG-B1", Same(link).consents), SizeIs(1));
  EXPECT_THAT(At(link, Of(before)).facts, SizeIs(1));
  EXPECT_THAT(ConsentsTo("SIG-B1", At(link, Of(old)).consents), SizeIs(1)) << "asked for by the old name";
}

TEST_F(GateKnown, AnIdentityThatIsKeptApartTellsNothing) {
  Tell("mine", Day(90), MissedBody("mine"));
  Marked("marked", Protection::SEKRETESSMARKERING, 100, kOld);
  linked_ = {jt::Person(kOld)};
  const Offset link = Tell("link", Day(150), [](schema::Event::Builder e) {
    e.getBody().initPersonIdLinked().initOldIds(1)[0].setValue(kOld);
  });
  linked_.clear();
  EXPECT_EQ(Same(link).protection, Protection::NONE);
}

}  // namespace
}  // namespace sam::admin
