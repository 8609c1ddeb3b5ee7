#include "broker/routing/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "broker/contract/texts.h"
#include "tests/unit/broker/routing/world.h"

namespace sam::routing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using schema::Protection;

class Gate : public ::testing::Test {
 protected:
  GateDecision Ask(const Candidate& candidate) const {
    GateDecision decision =
        Decide(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
    EXPECT_EQ(decision.reasons.empty(), decision.outcome == GateOutcome::kDeliver);
    for (const std::string& reason : decision.reasons) {
      EXPECT_TRUE(contract::HasText(reason)) << reason;
    }
    if (decision.outcome == GateOutcome::kDeliver) {
      EXPECT_TRUE(contract::HasText(decision.ground)) << decision.ground;
      EXPECT_NE(world_.directory.FunctionById(decision.receiver_function), nullptr);
    }
    return decision;
  }
  std::vector<std::string> HeldReasons(const Candidate& candidate) const {
    const GateDecision decision = Ask(candidate);
    EXPECT_EQ(decision.outcome, GateOutcome::kHeld);
    return decision.reasons;
  }
  std::vector<std::string> DeniedReasons(const Candidate& candidate) const {
    const GateDecision decision = Ask(candidate);
    EXPECT_EQ(decision.outcome, GateOutcome::kDenied);
    return decision.reasons;
  }
  void AddAgreement(const std::string& text) {
    auto agreements = ParseAgreements(text, "a.toml", world_.directory);
    ASSERT_TRUE(agreements.ok()) << agreements.error().message;
    world_.agreements = std::move(agreements).value();
  }
  World world_ = DemoWorld();
};

TEST_F(Gate, EveryCodeHasAWayThrough) {
  for (const Ceiling& ceiling : AllCeilings()) {
    EXPECT_EQ(Ask(MakeCandidate(ceiling.code)).outcome, GateOutcome::kDeliver) << ceiling.code;
  }
}

// The manager of the receiver and the desk of the sender: nobody else hears that a signal waits.
TEST_F(Gate, ALimitThatRanOutIsToldToThoseInChargeOnly) {
  Candidate candidate = MakeCandidate("SIG-E3");
  EXPECT_EQ(Ask(candidate).receiver_function, "bollnas.ledning");
  for (const char* party : {"bollnas.ledning", "gavleborg.signaldisk"}) {
    candidate.wanted.function = party;
    EXPECT_EQ(Ask(candidate).outcome, GateOutcome::kDeliver) << party;
  }
  for (const char* other : {"gavleborg.ledning", "gotland.signaldisk", "bollnas.mottagning",
                            "bvc.bollnas", "gavle.mottagning"}) {
    candidate.wanted.function = other;
    EXPECT_THAT(DeniedReasons(candidate), Contains("gate.receiver.notparty")) << other;
  }
}

TEST_F(Gate, WhoHasComeOfAgeIsNoChildAndAReportAboutOneWaitsForAPerson) {
  for (const char* code : {"SIG-B1", "SIG-C1", "SIG-E1", "SIG-E2"}) {
    Candidate candidate = MakeCandidate(code);
    candidate.subject.birth_date = "2000-01-01";
    EXPECT_THAT(DeniedReasons(candidate), Contains("gate.age.adult")) << code;
    candidate.subject.birth_date = "2021-03-25";
    EXPECT_EQ(Ask(candidate).outcome, GateOutcome::kDeliver) << code;
    candidate.subject.birth_date = "";
    EXPECT_EQ(Ask(candidate).outcome, GateOutcome::kDeliver) << code << ": unknown is no reason";
  }
  Candidate report = MakeCandidate("SIG-A1");
  report.subject.birth_date = "2000-01-01";
  EXPECT_THAT(HeldReasons(report), ElementsAre("gate.age.adult"));
  report.wanted.function = "bollnas.mottagning";
  EXPECT_EQ(Ask(report).outcome, GateOutcome::kDeliver) << "a person named the receiver";
}

TEST_F(Gate, ComingOfAgeIsADayAlsoForWhoWasBornOnALeapDay) {
  Candidate candidate = MakeCandidate("SIG-E1");
  const auto outcome_at = [&](const char* born, const char* now) {
    candidate.subject.birth_date = born;
    return Decide(GateInputOf(candidate, world_.directory, world_.agreements, *FromIso(now))).outcome;
  };
  EXPECT_EQ(outcome_at("2008-02-29", "2026-02-28T22:59:59Z"), GateOutcome::kDeliver);
  EXPECT_EQ(outcome_at("2008-02-29", "2026-02-28T23:00:00Z"), GateOutcome::kDenied);
  for (const char* odd : {"0000000000", "abcd-ef-gh", "2008-13-45", "2008"})
    EXPECT_EQ(outcome_at(odd, "2026-03-04T00:00:00Z"), GateOutcome::kDeliver) << odd;
}

// It was 00:00Z: for an hour of the day in winter, and two in summer, somebody of age was taken for a child.
TEST_F(Gate, ABirthdayBeginsAtSwedishMidnightInWinterAndInSummer) {
  Candidate candidate = MakeCandidate("SIG-E1");
  const auto outcome_at = [&](const char* born, const char* now, Days birthdays) {
    candidate.subject.birth_date = born;
    GateInput input = GateInputOf(candidate, world_.directory, world_.agreements, *FromIso(now));
    input.birthdays = birthdays;
    return Decide(input).outcome;
  };
  struct {
    const char* born;
    const char* before;
    const char* midnight;
  } const nights[] = {{"2008-01-15", "2026-01-14T22:59:59Z", "2026-01-14T23:00:00Z"},
                      {"2008-07-15", "2026-07-14T21:59:59Z", "2026-07-14T22:00:00Z"}};
  for (const auto& night : nights) {
    EXPECT_EQ(outcome_at(night.born, night.before, Days::kSwedish), GateOutcome::kDeliver) << night.born;
    EXPECT_EQ(outcome_at(night.born, night.midnight, Days::kSwedish), GateOutcome::kDenied) << night.born;
    EXPECT_EQ(outcome_at(night.born, night.midnight, Days::kCautious), GateOutcome::kDeliver)
        << "a log of before gives what it gave";
  }
}

TEST_F(Gate, AnAgreementNarrowsHowMuchLeavesAndWhatTakesItBackShowsNoMore) {
  AddAgreement("[[agreement]]\nid = \"narrow\"\nsignal = \"SIG-B1\"\nfrom = \"region.gavleborg\"\n"
               "to_role = \"social.preventive\"\npayload = \"id-only\"\n");
  const GateDecision support = Ask(MakeCandidate("SIG-B1"));
  EXPECT_EQ(support.payload, Payload::kIdOnly);
  EXPECT_THAT(support.mask.hide, Contains("subject"));
  Candidate back = MakeCandidate("WITHDRAWN");
  back.wanted.function = back.about_receiver = "bollnas.forebyggande";
  EXPECT_THAT(Ask(back).mask.hide, Not(Contains("subject")));
  back.about_code = "SIG-B1";
  EXPECT_THAT(Ask(back).mask.hide, Contains("subject"));
  const auto bad = ParseAgreements("[[agreement]]\nid = \"x\"\nsignal = \"SIG-B1\"\npayload = \"some\"\n",
                                   "a.toml", world_.directory);
  EXPECT_FALSE(bad.ok());
}

TEST_F(Gate, AnUnknownCodeIsDenied) {
  Candidate candidate = MakeCandidate("SIG-A1");
  candidate.code = "SIG-Z9";
  EXPECT_THAT(DeniedReasons(candidate), ElementsAre("gate.code.unknown"));
}

TEST_F(Gate, AReportGoesToTheRegisteredMunicipalitysReceptionWithAllOfIt) {
  const GateDecision decision = Ask(MakeCandidate("SIG-A1"));
  EXPECT_EQ(decision.receiver_function, "bollnas.mottagning");
  EXPECT_EQ(decision.ground, "ground.report");
  EXPECT_EQ(decision.legal_class, schema::LegalClass::A);
  EXPECT_TRUE(decision.mask.keep_place);
  EXPECT_TRUE(decision.mask.keep_free_text);
  EXPECT_EQ(decision.mask.ceiling, schema::Sensitivity::S4);
}

TEST_F(Gate, AReportIsHeldWithAllItsReasonsAndNeverDenied) {
  Candidate candidate = MakeCandidate("SIG-A1");
  candidate.subject.municipality = "";
  candidate.sender_function = "nobody";
  EXPECT_THAT(HeldReasons(candidate),
              ElementsAre("gate.municipality.unknown", "gate.sender.unknown"));
  candidate = MakeCandidate("SIG-A1");
  candidate.subject.municipality = "1480";
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.receiver.unknown"));
  candidate.wanted.role = Role::kSocialPreventive;
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.receiver.role"));
  candidate.wanted.function = "bvc.gavle";
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.receiver.role"));
}

TEST_F(Gate, AReportOnAChildRegisteredElsewhereOnPurposeWaitsForAPerson) {
  Candidate candidate = MakeCandidate("SIG-A1");
  candidate.subject.protection = Protection::SKYDDAD_FOLKBOKFORING;
  const GateDecision held = Ask(candidate);
  EXPECT_EQ(held.outcome, GateOutcome::kHeld);
  EXPECT_THAT(held.reasons, ElementsAre("gate.protection.municipality"));
  EXPECT_EQ(held.receiver_function, "") << "no guess is recorded";
  candidate.wanted.function = "gavle.mottagning";
  const GateDecision named = Ask(candidate);
  EXPECT_EQ(named.outcome, GateOutcome::kDeliver);
  EXPECT_EQ(named.receiver_function, "gavle.mottagning");
}

TEST_F(Gate, AConfidentialityMarkingDoesNotStopAReport) {
  Candidate candidate = MakeCandidate("SIG-A1");
  candidate.subject.protection = Protection::SEKRETESSMARKERING;
  const GateDecision decision = Ask(candidate);
  EXPECT_EQ(decision.outcome, GateOutcome::kDeliver);
  EXPECT_TRUE(decision.mask.keep_place);
}

TEST_F(Gate, AmongSeveralReceptionsTheNamedBoardDecides) {
  const std::string text = ReadFile(SAM_SOURCE_DIR "/deploy/config/demo/directory.toml") +
                           "[[authority]]\nid = 'gotland.andra'\norg = '212000-0803'\n"
                           "board = 'Andra nämnden'\nkind = 'municipality'\nmunicipality = '0980'\n"
                           "[[function]]\nid = 'gotland.andra.mottagning'\n"
                           "role = 'social.reception'\nauthority = 'gotland.andra'\n"
                           "municipality = '0980'\n";
  world_.directory = ParseDirectory(text, "d.toml").value();
  Candidate candidate = MakeCandidate("SIG-A1");
  candidate.subject.municipality = "0980";
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.receiver.ambiguous"));
  candidate.wanted.board = "andra nämnden";
  EXPECT_EQ(Ask(candidate).receiver_function, "gotland.andra.mottagning");
  candidate.wanted.board = "Någon annan nämnd";
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.receiver.ambiguous"));
}

TEST_F(Gate, SupportNeedsAConsentThatHolds) {
  Candidate candidate = MakeCandidate("SIG-B1");
  EXPECT_EQ(Ask(candidate).consent, "c1");
  EXPECT_EQ(Ask(candidate).receiver_function, "bollnas.forebyggande");
  Consent& consent = candidate.subject.consents[0];
  consent.state = ConsentState::WITHDRAWN;
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.consent.withdrawn"));
  consent.state = ConsentState::EXPIRED;
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.consent.expired"));
  consent.state = ConsentState::UNKNOWN;
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.consent.missing"));
  consent.state = ConsentState::GIVEN;
  consent.expires = "2026-05-27";
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.consent.expired"));
  consent.expires = "soon";
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.consent.expired"));
  consent.expires = "2026-05-28";
  EXPECT_EQ(Ask(candidate).outcome, GateOutcome::kDeliver);
  consent.all_guardians = schema::YesNo::NO;
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.consent.guardians"));
  consent.scope = {"SIG-C1"};
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.consent.missing"));
  candidate.subject.consents.clear();
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.consent.missing"));
}

TEST_F(Gate, EverythingMissingIsAskedForAtOnce) {
  Candidate candidate = MakeCandidate("SIG-B1");
  candidate.subject.consents.clear();
  candidate.subject.municipality = "";
  EXPECT_THAT(HeldReasons(candidate),
              ElementsAre("gate.consent.missing", "gate.municipality.unknown"));
}

TEST_F(Gate, SupportNeverGoesToTheInquiryUnitOrAnotherMunicipality) {
  Candidate candidate = MakeCandidate("SIG-B1");
  candidate.wanted.function = "bollnas.mottagning";
  EXPECT_THAT(DeniedReasons(candidate), ElementsAre("gate.receiver.role"));
  candidate.wanted.function = "gavle.forebyggande";
  EXPECT_THAT(DeniedReasons(candidate), ElementsAre("gate.receiver.reach"));
}

TEST_F(Gate, AreasNeedTheirOwnScopeAndNoAgreementAgainst) {
  Candidate candidate = MakeCandidate("SIG-B1");
  EXPECT_FALSE(Ask(candidate).areas_allowed);
  candidate.subject.consents[0].scope.push_back("SIG-B1:areas");
  EXPECT_TRUE(Ask(candidate).areas_allowed);
  candidate.subject.consents[0].state = ConsentState::WITHDRAWN;
  EXPECT_FALSE(Ask(candidate).areas_allowed);
  candidate.subject.consents[0].state = ConsentState::GIVEN;
  candidate.subject.municipality = "2180";
  EXPECT_EQ(Ask(candidate).agreement, "gavle-barnsakert");
  EXPECT_FALSE(Ask(candidate).areas_allowed);
}

TEST_F(Gate, WhetherCareIsNeededGoesByAnAgreementInForceOnly) {
  EXPECT_TRUE(Ask(MakeCandidate("SIG-D2")).needs_care) << "the demonstration's agreement";
  world_.agreements = Agreements();
  EXPECT_FALSE(Ask(MakeCandidate("SIG-D2")).needs_care);
  EXPECT_EQ(Ask(MakeCandidate("SIG-D2")).outcome, GateOutcome::kDeliver);
  const std::string head = "[[agreement]]\nid = 'x'\nsignal = 'SIG-D2'\nfrom = 'region.gavleborg'\n"
                           "to = 'bollnas.socialnamnd'\n";
  AddAgreement(head);
  EXPECT_FALSE(Ask(MakeCandidate("SIG-D2")).needs_care);
  AddAgreement(head + "needs_care = true\nvalid_to = 2026-05-27\n");
  EXPECT_FALSE(Ask(MakeCandidate("SIG-D2")).needs_care);
  AddAgreement(head + "needs_care = true\n");
  EXPECT_TRUE(Ask(MakeCandidate("SIG-D2")).needs_care);
}

TEST_F(Gate, SocialServicesCannotSendWhatHealthCareOwns) {
  Candidate candidate = MakeCandidate("SIG-B1");
  candidate.sender_function = "bollnas.mottagning";
  EXPECT_THAT(DeniedReasons(candidate),
              ElementsAre("gate.controller.other", "gate.sender.role"));
}

TEST_F(Gate, AnAgreementThatIsNotValidDenies) {
  AddAgreement("[[agreement]]\nid = 'x'\nsignal = 'SIG-B1'\nfrom = 'region.gavleborg'\n"
               "to = 'bollnas.socialnamnd'\nvalid_to = 2026-05-27\n");
  EXPECT_THAT(DeniedReasons(MakeCandidate("SIG-B1")), ElementsAre("gate.agreement.expired"));
}

TEST_F(Gate, AnAgreementOnlyNarrows) {
  AddAgreement("[[agreement]]\nid = 'x'\nsignal = 'SIG-B1'\nfrom = 'region.gavleborg'\n"
               "to = 'bollnas.socialnamnd'\nmax_sensitivity = 'S4'\nhide = ['clocks']\n");
  GateDecision decision = Ask(MakeCandidate("SIG-B1"));
  EXPECT_EQ(decision.mask.ceiling, schema::Sensitivity::S3) << "the law's ceiling stays";
  EXPECT_THAT(decision.mask.hide, Contains("clocks"));
  AddAgreement("[[agreement]]\nid = 'x'\nsignal = 'SIG-B1'\nfrom = 'region.gavleborg'\n"
               "to = 'bollnas.socialnamnd'\nmax_sensitivity = 'S1'\n");
  EXPECT_EQ(Ask(MakeCandidate("SIG-B1")).mask.ceiling, schema::Sensitivity::S1);
}

TEST_F(Gate, AttendanceStaysWithinTheRegion) {
  Candidate candidate = MakeCandidate("SIG-C1");
  EXPECT_EQ(Ask(candidate).ground, "ground.same-region");
  candidate.wanted = {};
  candidate.wanted.function = "bvc.visby";
  EXPECT_THAT(DeniedReasons(candidate), ElementsAre("gate.receiver.region"));
}

class OnCall : public Gate {
 protected:
  void SetUp() override {
    std::string text = ReadFile(SAM_SOURCE_DIR "/deploy/config/demo/directory.toml");
    const std::string id = "id = \"bollnas.mottagning\"\n";
    ASSERT_NE(text.find(id), std::string::npos);
    text.insert(text.find(id), "office_hours = ['mon-fri 08:00-16:30']\non_call = 'x.jour'\n");
    text += "[[function]]\nid = 'x.jour'\nrole = 'social.on-call'\nauthority = 'gavle.socialnamnd'\n"
            "valid_to = 2026-12-31\n";
    auto directory = ParseDirectory(text, "d.toml");
    ASSERT_TRUE(directory.ok()) << directory.error().message;
    world_.directory = std::move(directory).value();
    report_ = MakeCandidate("SIG-A1");
    report_.acute = true;
  }
  std::string To(const char* now, std::optional<Millis> placed = std::nullopt) {
    report_.placed_at = placed;
    return Decide(GateInputOf(report_, world_.directory, world_.agreements, *FromIso(now)))
        .receiver_function;
  }
  Candidate report_;
  static constexpr char kNight[] = "2026-05-28T21:00:00Z";
  static constexpr char kDay[] = "2026-05-28T10:00:00Z";
};

TEST_F(OnCall, AnAcuteReportGoesToWhoIsOnCallAtNightAndToTheReceptionByDay) {
  EXPECT_EQ(To(kNight), "x.jour");
  EXPECT_EQ(To(kDay), "bollnas.mottagning");
  report_.acute = false;
  EXPECT_EQ(To(kNight), "bollnas.mottagning") << "what is not acute waits for the morning";
}

TEST_F(OnCall, WhatLiesWithSomebodyStaysThereWhenTheHoursChange) {
  EXPECT_EQ(To(kDay, *FromIso(kNight)), "x.jour");
  EXPECT_EQ(To(kNight, *FromIso(kDay)), "bollnas.mottagning");
}

TEST_F(OnCall, GetsTheWholeReportAndOnlyOfTheMunicipalitiesThatNameIt) {
  const auto at_night = [&] {
    return Decide(GateInputOf(report_, world_.directory, world_.agreements, *FromIso(kNight)));
  };
  EXPECT_EQ(at_night().mask.ceiling, schema::Sensitivity::S4);
  EXPECT_TRUE(at_night().places);
  report_.subject.municipality = "2180";
  EXPECT_EQ(at_night().receiver_function, "gavle.mottagning") << "names nobody";
  for (const char* code : {"SIG-B1", "SIG-C1", "SIG-E1"}) {
    Candidate other = MakeCandidate(code);
    other.wanted.function = "x.jour";
    EXPECT_NE(Ask(other).outcome, GateOutcome::kDeliver) << code;
  }
}

TEST_F(OnCall, WhoIsNoLongerOnCallGetsNothing) {
  EXPECT_EQ(To("2027-01-05T21:00:00Z"), "bollnas.mottagning");
}

// One organisation, two boards: nothing of one reaches the other but what the law sends there.
TEST_F(Gate, BetweenTheBoardsOfOneOrganisationStandsAWall) {
  const auto gotland = [](const std::string& code) {
    Candidate candidate = MakeCandidate(code);
    candidate.controller = {"212000-0803", "Hälso- och sjukvårdsnämnden"};
    candidate.sender_function = "bvc.visby";
    candidate.subject.municipality = "0980";
    candidate.subject.owner_unit = "SE2120000803-BVCTEST";
    candidate.wanted.unit = "";
    return candidate;
  };
  Candidate report = gotland("SIG-A1");
  EXPECT_EQ(Ask(report).receiver_function, "gotland.mottagning");
  Candidate support = gotland("SIG-B1");
  EXPECT_EQ(Ask(support).receiver_function, "gotland.forebyggande") << "with consent";
  support.subject.consents.clear();
  EXPECT_THAT(HeldReasons(support), ElementsAre("gate.consent.missing"));
  // No prompt, no attendance, nothing of the health board's own to any function of the social board.
  for (const char* code : {"SIG-C1", "SIG-E1", "SIG-E2"}) {
    for (const Function& function : world_.directory.functions()) {
      if (function.authority != "gotland.socialnamnd") continue;
      Candidate candidate = gotland(code);
      candidate.wanted.function = function.id;
      EXPECT_NE(Ask(candidate).outcome, GateOutcome::kDeliver) << code << " " << function.id;
    }
  }
  // And what the social board says of its own does not go out in the health board's name.
  Candidate other = gotland("SIG-B1");
  other.controller.board = "Socialnämnden";
  EXPECT_THAT(DeniedReasons(other), Contains("gate.controller.other"));
}

TEST_F(Gate, APrivateClinicNeedsConsent) {
  const std::string text = ReadFile(SAM_SOURCE_DIR "/deploy/config/demo/directory.toml") +
                           "[[authority]]\nid = 'privat'\norg = '556000-0001'\nkind = 'private'\n"
                           "county = '21'\n[[unit]]\nhsa_id = 'SE5560000001-X'\n"
                           "authority = 'privat'\nkind = 'dental'\n[[function]]\nid = 'privat.x'\n"
                           "role = 'dental.clinic'\nauthority = 'privat'\n"
                           "unit = 'SE5560000001-X'\n";
  auto directory = ParseDirectory(text, "d.toml");
  if (!directory.ok()) {
    // The organisation number's check digit must be right for the test to mean anything.
    FAIL() << directory.error().message;
  }
  world_.directory = std::move(directory).value();
  Candidate candidate = MakeCandidate("SIG-C1");
  candidate.wanted.unit = "SE5560000001-X";
  EXPECT_EQ(Ask(candidate).ground, "ground.consent");
  candidate.subject.consents.clear();
  EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.consent.missing"));
}

TEST_F(Gate, PromptsStayWithTheUnitThatHoldsTheFacts) {
  for (const char* code : {"SIG-E1", "SIG-E2"}) {
    Candidate candidate = MakeCandidate(code);
    EXPECT_EQ(Ask(candidate).receiver_function, "bvc.bollnas");
    candidate.wanted.function = "bvc.gavle";
    EXPECT_THAT(DeniedReasons(candidate), ElementsAre("gate.receiver.reach"));
    candidate.wanted.function = "bollnas.mottagning";
    EXPECT_THAT(DeniedReasons(candidate), ElementsAre("gate.receiver.role"));
    candidate.wanted.function = "";
    candidate.controller = {"212000-0803", "Hälso- och sjukvårdsnämnden"};
    EXPECT_THAT(DeniedReasons(candidate), ElementsAre("gate.controller.other"));
    candidate.controller = {"2321000198", "Okänd nämnd"};
    EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.controller.unknown"));
    candidate = MakeCandidate(code);
    candidate.subject.owner_unit = "";
    EXPECT_THAT(HeldReasons(candidate), ElementsAre("gate.unit.unknown"));
  }
}

TEST_F(Gate, NoticesGoToThePartiesOnly) {
  Candidate receipt = MakeCandidate("RECEIPT");
  EXPECT_EQ(Ask(receipt).receiver_function, "bvc.bollnas");
  receipt.wanted.function = "bvc.gavle";
  EXPECT_THAT(DeniedReasons(receipt), ElementsAre("gate.receiver.notparty"));
  Candidate withdrawn = MakeCandidate("WITHDRAWN");
  EXPECT_EQ(Ask(withdrawn).receiver_function, "bollnas.mottagning");
  withdrawn.wanted.function = "bvc.bollnas";
  EXPECT_THAT(DeniedReasons(withdrawn), ElementsAre("gate.receiver.notparty"));
}

TEST_F(Gate, NothingIsDeliveredToAReceiverWithoutAChannel) {
  const Candidate attendance = MakeCandidate("SIG-C1");
  EXPECT_EQ(Ask(attendance).receiver_function, "ftv.bollnas");
  world_ = DemoWorld(/*connected=*/false);
  EXPECT_THAT(HeldReasons(attendance), ElementsAre("gate.receiver.channel"));
}

TEST_F(Gate, UnknownProtectionMasksPlacesButStopsNothing) {
  for (const Ceiling& ceiling : AllCeilings()) {
    Candidate candidate = MakeCandidate(ceiling.code);
    candidate.subject.protection = Protection::UNKNOWN;
    const GateDecision decision = Ask(candidate);
    EXPECT_EQ(decision.outcome, GateOutcome::kDeliver) << ceiling.code;
    EXPECT_EQ(decision.mask.keep_place, ceiling.code == "SIG-A1") << ceiling.code;
  }
}

TEST_F(Gate, ProtectionHidesTheSendersUnitBetweenAuthorities) {
  for (const char* code : {"SIG-B1", "SIG-C1", "WITHDRAWN"}) {
    Candidate candidate = MakeCandidate(code);
    candidate.subject.protection = Protection::SEKRETESSMARKERING;
    EXPECT_THAT(Ask(candidate).mask.hide, Contains("senderFunction")) << code;
    candidate.subject.protection = Protection::NONE;
    EXPECT_THAT(Ask(candidate).mask.hide, Not(Contains("senderFunction"))) << code;
  }
}

TEST_F(Gate, ANonDeliveryCarriesNoPermission) {
  Candidate candidate = MakeCandidate("SIG-B1");
  candidate.subject.consents[0].state = ConsentState::WITHDRAWN;
  const GateDecision decision = Ask(candidate);
  EXPECT_EQ(decision.mask.ceiling, schema::Sensitivity::S0);
  EXPECT_FALSE(decision.mask.keep_place);
  EXPECT_EQ(decision.ground, "");
}

TEST_F(Gate, AHeldSignalIsToldToTheSenderOrItsDesk) {
  Candidate candidate = MakeCandidate("SIG-A1");
  const auto told = [&] {
    return HoldReceiver(GateInputOf(candidate, world_.directory, world_.agreements, kNow));
  };
  EXPECT_EQ(told(), "bvc.bollnas");
  candidate.sender_function = "nobody";
  EXPECT_EQ(told(), "gavleborg.signaldisk");
  candidate.controller = {"2321000198", "Okänd"};
  EXPECT_EQ(told(), "");
}

}  // namespace
}  // namespace sam::routing
