#include "broker/routing/consent.h"

#include <gtest/gtest.h>

namespace sam::routing {
namespace {

using schema::YesNo;
using Single = schema::ConsentChanged::SingleGiver;

constexpr Millis kToday{1'780'000'000'000};  // 2026-05-28

ConsentGiver Yes(uint16_t tag, int64_t at = 1) {
  ConsentGiver out;
  out.tag = tag;
  out.state = ConsentState::GIVEN;
  out.scope = {"SIG-B1"};
  out.at = Millis(at);
  return out;
}

class Consents : public testing::Test {
 protected:
  std::string Why(std::vector<ConsentGiver> givers, const std::string& scope = "SIG-B1",
                  Age age = Age::kChild) {
    Consent consent;
    consent.id = "c";
    consent.givers = std::move(givers);
    return WhyNot(consent, scope, age, kToday);
  }
};

TEST_F(Consents, OneOfTwoIsNotEnoughAndTheSecondCompletesIt) {
  ConsentGiver first = Yes(7);
  first.must_give = 2;
  EXPECT_EQ(Why({first}), "gate.consent.one-of-two");
  EXPECT_EQ(Why({first, Yes(8)}), "");
  first.must_give = 3;
  EXPECT_EQ(Why({first, Yes(8)}), "gate.consent.guardians");
  EXPECT_EQ(Why({first, Yes(8), Yes(9)}), "");
}

TEST_F(Consents, WhatIsNotStatedIsANo) {
  EXPECT_EQ(Why({Yes(7)}), "gate.consent.guardians-unknown");
  EXPECT_EQ(Why({Yes(0)}), "gate.consent.guardians-unknown") << "nobody is named";
  EXPECT_EQ(Why({Yes(7), Yes(8)}), "") << "two who are named are both";
}

TEST_F(Consents, OneGuardianIsEnoughForAStatedReasonOnly) {
  ConsentGiver one = Yes(7);
  one.must_give = 1;
  EXPECT_EQ(Why({one}), "gate.consent.single");
  for (const Single reason : {Single::SOLE_CUSTODY, Single::OTHER_PREVENTED, Single::BOARD_DECISION}) {
    one.single = reason;
    EXPECT_EQ(Why({one}), "");
  }
  one.single = Single::OWN_DATA;
  EXPECT_EQ(Why({one}), "gate.consent.single") << "a child's data are nobody's own here";
  one.single = Single::SOLE_CUSTODY;
  one.state = ConsentState::WITHDRAWN;
  EXPECT_EQ(Why({one}), "gate.consent.withdrawn");
}

TEST_F(Consents, EitherOnesWithdrawalEndsIt) {
  ConsentGiver no = Yes(8, 2);
  no.state = ConsentState::WITHDRAWN;
  no.scope = {};
  EXPECT_EQ(Why({Yes(7), no}), "gate.consent.withdrawn");
  ConsentGiver all = Yes(0);
  all.all_guardians = YesNo::YES;
  EXPECT_EQ(Why({all}), "");
  EXPECT_EQ(Why({all, no}), "gate.consent.withdrawn");
  no.state = ConsentState::EXPIRED;
  EXPECT_EQ(Why({all, no}), "gate.consent.expired");
  no.state = ConsentState::UNKNOWN;
  EXPECT_EQ(Why({all, no}), "gate.consent.missing");
}

TEST_F(Consents, WhatEndedForAllCountsAloneUntilSomebodyConsentsAfterIt) {
  ConsentGiver ended = Yes(0, 5);
  ended.state = ConsentState::WITHDRAWN;
  EXPECT_EQ(Why({ended}), "gate.consent.withdrawn");
  EXPECT_EQ(Why({ended, Yes(7, 6), Yes(8, 6)}), "");
}

TEST_F(Consents, EachGiversOwnScopeAndTimeCount) {
  ConsentGiver with_areas = Yes(7);
  with_areas.scope = {"SIG-B1", "SIG-B1:areas"};
  EXPECT_EQ(Why({with_areas, Yes(8)}, "SIG-B1"), "");
  EXPECT_NE(Why({with_areas, Yes(8)}, "SIG-B1:areas"), "") << "one of them did not say so";
  ConsentGiver until = Yes(8);
  until.expires = "2026-05-28";
  EXPECT_EQ(Why({Yes(7), until}), "") << "the last day is included";
  until.expires = "2026-05-27";
  EXPECT_EQ(Why({Yes(7), until}), "gate.consent.expired");
  until.expires = "soon";
  EXPECT_EQ(Why({Yes(7), until}), "gate.consent.expired");
}

TEST_F(Consents, TheNewestWordOnWhetherAllHaveConsentedCounts) {
  ConsentGiver all = Yes(7, 1), not_all = Yes(8, 2);
  all.all_guardians = YesNo::YES;
  not_all.all_guardians = YesNo::NO;
  not_all.must_give = 3;
  EXPECT_EQ(Why({all, not_all}), "gate.consent.guardians");
  all.at = Millis(3);
  EXPECT_EQ(Why({all, not_all}), "");
  all.at = not_all.at;
  EXPECT_EQ(Why({all, not_all}), "gate.consent.guardians") << "of two as new the one that gives less";
}

TEST_F(Consents, AnAdultConsentsInPersonAboutTheirOwnData) {
  ConsentGiver own = Yes(7);
  own.own = true;
  EXPECT_EQ(Why({own}, "SIG-B1", Age::kAdult), "");
  EXPECT_EQ(Why({own}, "SIG-B1", Age::kChild), "gate.consent.guardians-unknown");
  EXPECT_EQ(Why({Yes(0)}, "SIG-B1", Age::kAdult), "") << "nobody else is named";
  EXPECT_EQ(Why({Yes(7), Yes(8)}, "SIG-B1", Age::kAdult), "gate.consent.not-own");
  own.single = Single::OWN_DATA;
  EXPECT_EQ(Why({own}, "SIG-B1", Age::kUnknown), "");
}

TEST_F(Consents, WhatWasToldBeforeGiversWereToldApartIsReadAsItWas) {
  Consent consent;
  consent.scope = {"SIG-B1"};
  consent.state = ConsentState::GIVEN;
  EXPECT_TRUE(Covers(consent, "SIG-B1"));
  EXPECT_FALSE(Covers(consent, "SIG-B1:areas"));
  EXPECT_EQ(WhyNot(consent, "SIG-B1", Age::kChild, kToday), "");
  consent.all_guardians = YesNo::NO;
  EXPECT_EQ(WhyNot(consent, "SIG-B1", Age::kChild, kToday), "gate.consent.guardians");
}

}  // namespace
}  // namespace sam::routing
