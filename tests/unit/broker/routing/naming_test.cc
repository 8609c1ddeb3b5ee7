// What a sender's function is told to do about a held signal is what the gate takes: a name ends the waiting
// exactly where the list of reasons says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/contract/reasons.h"
#include "broker/routing/gate.h"
#include "tests/unit/broker/routing/world.h"

namespace sam::routing {
namespace {

using contract::Remedy;

class NamingTest : public ::testing::Test {
 protected:
  GateDecision Ask(const Candidate& candidate) const {
    return Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
  }
  // Of what the candidate is held for; and whether that name, which is right otherwise, frees it.
  void Expect(Candidate candidate, const std::string& name, Remedy remedy) {
    const GateDecision held = Ask(candidate);
    EXPECT_EQ(held.outcome, GateOutcome::kHeld) << candidate.code;
    Remedy said = Remedy::kName;
    for (const std::string& reason : held.reasons)
      said = contract::StrongerOf(said, contract::RemedyOf(reason, candidate.code));
    EXPECT_STREQ(contract::RemedyName(said), contract::RemedyName(remedy))
        << candidate.code << " " << testing::PrintToString(held.reasons);
    candidate.wanted = {};
    candidate.wanted.function = name;
    const GateDecision named = Ask(candidate);
    EXPECT_EQ(named.outcome == GateOutcome::kDeliver, remedy == Remedy::kName)
        << candidate.code << " " << testing::PrintToString(named.reasons);
  }
  static Candidate Unregistered(const std::string& code) {
    Candidate candidate = MakeCandidate(code);
    candidate.subject.municipality = "";
    return candidate;
  }
  World world_ = DemoWorld();
};

TEST_F(NamingTest, AMissingMunicipalityIsNamedAwayForWhatDoesNotBelongThere) {
  Expect(Unregistered("SIG-A1"), "bollnas.mottagning", Remedy::kName);
  Expect(Unregistered("SIG-B1"), "bollnas.forebyggande", Remedy::kPerson);
}

TEST_F(NamingTest, HiddenRegistrationWaitsForAName) {
  Candidate hidden = MakeCandidate("SIG-A1");
  hidden.subject.protection = schema::Protection::SKYDDAD_FOLKBOKFORING;
  Expect(hidden, "gavle.mottagning", Remedy::kName);
}

TEST_F(NamingTest, NoNameStandsInForAConsentOrAnOrder) {
  Candidate support = MakeCandidate("SIG-B1");
  support.subject.consents.clear();
  Expect(support, "bollnas.forebyggande", Remedy::kConsent);
  // Both are missing: the consent has to come first.
  support.subject.municipality = "";
  Expect(support, "bollnas.forebyggande", Remedy::kConsent);
  Candidate answer = MakeCandidate("SIG-D2");
  answer.about_sender = "";
  Expect(answer, "bollnas.mottagning", Remedy::kOrder);
}

TEST_F(NamingTest, AnotherFunctionIsNoPartyOfACall) {
  Candidate call = MakeCandidate("SIG-B4");
  call.about_receiver = "nobody";
  Expect(call, "bollnas.forebyggande", Remedy::kOperator);
}

TEST_F(NamingTest, WhatTheHubDoesNotKnowTheOperatorMends) {
  Candidate support = MakeCandidate("SIG-B1");
  support.controller = {"000000-0000", "ingen"};
  Expect(support, "bollnas.forebyggande", Remedy::kOperator);
  EXPECT_EQ(contract::RemedyOf("gate.of.tomorrow", "SIG-A1"), Remedy::kOperator);
}

}  // namespace
}  // namespace sam::routing
