#include "broker/routing/compose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"
#include "tests/unit/broker/routing/world.h"

namespace sam::routing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class ComposeTest : public ::testing::Test {
 protected:
  wire::Message<schema::Signal> Open(const Composed& composed) const {
    auto message = wire::Parse<schema::Signal>(composed.bytes);
    EXPECT_TRUE(message.ok()) << (message.ok() ? "" : message.error().message);
    return std::move(message).value();
  }
  Result<Composed> Try(const Candidate& candidate) const {
    return Compose(candidate,
                   Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow)));
  }
  World world_ = DemoWorld();
};

TEST_F(ComposeTest, AReportIsCopiedWhole) {
  const auto message = Open(MustCompose(MakeCandidate("SIG-A1"), world_));
  const auto signal = message.get();
  EXPECT_EQ(signal.getCode(), "SIG-A1");
  EXPECT_EQ(signal.getReceiverFunction(), "bollnas.mottagning");
  EXPECT_EQ(signal.getSubject().getIds()[0].getValue(), "20210325K069");
  EXPECT_EQ(signal.getSubject().getHomeMunicipality(), "2183") << "as known now, not as then";
  const auto report = signal.getBody().getReport();
  EXPECT_EQ(report.getConcern(), "canary-concern");
  EXPECT_EQ(report.getChildAddress(), "canary-address");
  EXPECT_EQ(report.getGuardians()[0].getAddress(), "canary-guardian-address");
  EXPECT_EQ(signal.getMaskedFields().size(), 0u);
  EXPECT_EQ(wire::View(signal.getEvidence()[0]), TestId(1).view());
}

TEST_F(ComposeTest, AChildWithoutANumberIsToldByItsBirthDate) {
  Candidate candidate = MakeCandidate("SIG-A1");
  auto whole = wire::Parse<schema::Event>(candidate.evidence[0].bytes);
  ASSERT_TRUE(whole.ok());
  capnp::MallocMessageBuilder builder;
  builder.setRoot(whole->get());
  auto subject = builder.getRoot<schema::Event>().getHeader().getSubject();
  subject.disownIds();
  subject.setBirthDate("2026-02-28");
  candidate.evidence[0].bytes = wire::Flatten(builder);
  const auto message = Open(MustCompose(candidate, world_));
  EXPECT_EQ(message.get().getSubject().getIds().size(), 0u);
  EXPECT_EQ(message.get().getSubject().getBirthDate(), "2026-02-28");
}

TEST_F(ComposeTest, AnAcuteReportMakesAnAcuteSignal) {
  Candidate candidate = MakeCandidate("SIG-A1");
  candidate.evidence[0].bytes = ReportEvent(true);
  EXPECT_TRUE(Open(MustCompose(candidate, world_)).get().getAcute());
}

TEST_F(ComposeTest, SupportCarriesOnlyWhatWasAgreedWithSocialServices) {
  const Composed composed = MustCompose(MakeCandidate("SIG-B1"), world_);
  const auto message = Open(composed);
  const auto request = message.get().getBody().getSupportRequest();
  ASSERT_EQ(request.getWanted().size(), 1u) << "that a report was made is nobody else's business";
  EXPECT_EQ(request.getWanted()[0], schema::BarnSakertOutcome::Outcome::TALK_BVC_WITH_SOCIAL);
  EXPECT_EQ(request.getAreas().size(), 0u);
  EXPECT_EQ(request.getConsentRef(), "c1");
  EXPECT_THAT(composed.masked, Contains("body.supportRequest.areas"));
}

TEST_F(ComposeTest, AreasGoWithTheirConsentButViolenceByAPartnerNever) {
  Candidate candidate = MakeCandidate("SIG-B1");
  candidate.subject.consents[0].scope.push_back("SIG-B1:areas");
  const auto message = Open(MustCompose(candidate, world_));
  const auto areas = message.get().getBody().getSupportRequest().getAreas();
  ASSERT_EQ(areas.size(), 1u);
  EXPECT_EQ(areas[0], schema::BarnSakertOutcome::Area::ECONOMY);
}

TEST_F(ComposeTest, TheSameInputGivesTheSameBytes) {
  for (const Ceiling& ceiling : AllCeilings()) {
    const Candidate candidate = MakeCandidate(ceiling.code);
    EXPECT_EQ(MustCompose(candidate, world_).bytes, MustCompose(candidate, world_).bytes)
        << ceiling.code;
  }
}

TEST_F(ComposeTest, ProtectionGoesWithTheSignalSoThatNobodySendsLetters) {
  Candidate candidate = MakeCandidate("SIG-B1");
  candidate.subject.protection = schema::Protection::SEKRETESSMARKERING;
  const auto message = Open(MustCompose(candidate, world_));
  EXPECT_EQ(message.get().getSubject().getProtection(), schema::Protection::SEKRETESSMARKERING);
  EXPECT_EQ(message.get().getSubject().getHomeMunicipality().size(), 0u);
  EXPECT_EQ(message.get().getSenderFunction().size(), 0u);
  EXPECT_EQ(message.get().getMaskedFields()[0], "body.supportRequest.areas");
}

TEST_F(ComposeTest, APartNamesItsSignalAndNoPersonAndLiesWithinItsWhole) {
  Candidate candidate = MakeCandidate("ATTACHMENT");
  const auto message = Open(MustCompose(candidate, world_));
  EXPECT_FALSE(message.get().hasSubject());
  EXPECT_EQ(message.get().getBody().getAttachment().getIndex(), 1);
  EXPECT_EQ(message.get().getBody().getAttachment().getCount(), 3);
  std::get<PartDraft>(candidate.body).index = 3;
  EXPECT_FALSE(Try(candidate).ok());
}

TEST_F(ComposeTest, APartIsNeverComposedForWhoMayNotSeeItsContent) {
  const Candidate candidate = MakeCandidate("ATTACHMENT");
  GateDecision decision =
      Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
  ASSERT_EQ(decision.outcome, GateOutcome::kDeliver);
  decision.mask.ceiling = schema::Sensitivity::S3;
  EXPECT_FALSE(Compose(candidate, decision).ok());
}

TEST_F(ComposeTest, AReceiptNamesNoPersonAndOnlyLawfulSteps) {
  Candidate feedback = MakeCandidate("SIG-A3");
  std::get<ReceiptDraft>(feedback.body).state = schema::LadderState::REGISTERED;
  std::get<ReceiptDraft>(feedback.body).answer = schema::Answer::UNSET;
  EXPECT_FALSE(Compose(feedback, Decide(GateInputOf(feedback, world_.directory, world_.agreements,
                                                    kNow))).ok());
  Candidate candidate = MakeCandidate("RECEIPT");
  EXPECT_FALSE(Open(MustCompose(candidate, world_)).get().hasSubject());
  auto& draft = std::get<ReceiptDraft>(candidate.body);
  for (const auto state : {schema::LadderState::OPENED, schema::LadderState::ASSESSED,
                           schema::LadderState::FORWARDED, schema::LadderState::UNKNOWN}) {
    draft.state = state;
    draft.answer = schema::Answer::UNSET;
    EXPECT_FALSE(Try(candidate).ok());
  }
  draft.state = schema::LadderState::REGISTERED;
  EXPECT_TRUE(Try(candidate).ok());
  draft.answer = schema::Answer::NOT_OPENED;
  EXPECT_FALSE(Try(candidate).ok()) << "an answer belongs to the step answered";
}

TEST_F(ComposeTest, MissingEvidenceOrDraftIsAnErrorNotAnEmptySignal) {
  Candidate candidate = MakeCandidate("SIG-A1");
  candidate.evidence[0].bytes.clear();
  EXPECT_THAT(Try(candidate).error().message, HasSubstr("lacks a signed report"));
  candidate = MakeCandidate("SIG-B1");
  candidate.evidence[0].bytes = ReportEvent();
  EXPECT_FALSE(Try(candidate).ok());
  candidate = MakeCandidate("SIG-E1");
  candidate.body = std::monostate();
  EXPECT_THAT(Try(candidate).error().message, HasSubstr("lacks the draft"));
  candidate = MakeCandidate("SIG-E2");
  std::get<PatternDraft>(candidate.body).occurrences.clear();
  EXPECT_FALSE(Try(candidate).ok());
  candidate = MakeCandidate("HOLD");
  std::get<HoldDraft>(candidate.body).reasons.clear();
  EXPECT_FALSE(Try(candidate).ok());
}

TEST_F(ComposeTest, DamagedEvidenceIsRefusedWithItsOffset) {
  Candidate candidate = MakeCandidate("SIG-A1");
  candidate.evidence[0].bytes.resize(16);
  const auto composed = Try(candidate);
  ASSERT_FALSE(composed.ok());
  EXPECT_THAT(composed.error().message, HasSubstr("offset 7"));
}

TEST_F(ComposeTest, MoreEvidenceThanTheLimitIsRefused) {
  Candidate candidate = MakeCandidate("SIG-E1");
  candidate.evidence.resize(kMaxEvidence + 1);
  EXPECT_FALSE(Try(candidate).ok());
}

TEST_F(ComposeTest, WhatTheGateHeldIsNeverComposed) {
  Candidate candidate = MakeCandidate("SIG-B1");
  candidate.subject.consents.clear();
  const auto composed = Try(candidate);
  ASSERT_FALSE(composed.ok());
  EXPECT_EQ(composed.error().code, Code::kInternal);
}

TEST(SignalIds, DependOnRuleReceiverAndEvidenceButNotOnItsOrder) {
  const SignalId id = MakeSignalId("r", "1", "f", {TestId(1), TestId(2)});
  EXPECT_EQ(id, MakeSignalId("r", "1", "f", {TestId(2), TestId(1)}));
  EXPECT_NE(id, MakeSignalId("r", "2", "f", {TestId(1), TestId(2)}));
  EXPECT_NE(id, MakeSignalId("r", "1", "g", {TestId(1), TestId(2)}));
  EXPECT_NE(id, MakeSignalId("r", "1", "f", {TestId(1)}));
  EXPECT_NE(MakeSignalId("ab", "c", "f", {}), MakeSignalId("a", "bc", "f", {}));
}

}  // namespace
}  // namespace sam::routing
