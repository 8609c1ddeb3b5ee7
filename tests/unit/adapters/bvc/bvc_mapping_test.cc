// The shipped BVC mapping: each trigger gives the events it should, field by field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/contract/required.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> Types(const Verdict& verdict) {
  std::vector<std::string> out;
  for (const MappedEvent& event : verdict.events) out.push_back(event.type->name);
  return out;
}

struct Expected {
  const char* fixture;
  std::vector<std::string> types;
  std::vector<std::string> fields;  // all in the first event
};

std::string NameOf(const testing::TestParamInfo<Expected>& info) { return info.param.fixture; }

class BvcTrigger : public testing::TestWithParam<Expected> {};

TEST_P(BvcTrigger, GivesTheEventsItShould) {
  const Expected& expected = GetParam();
  Rig rig;
  const Verdict verdict = rig.Take(Fixture(expected.fixture));
  ASSERT_THAT(Types(verdict), testing::ElementsAreArray(expected.types))
      << VerdictName(verdict.kind) << " " << verdict.reason << ": " << verdict.detail;
  EXPECT_THAT(verdict.ack, HasSubstr("\rMSA|AA|"));
  const std::vector<std::string> outbox = rig.Outbox();
  ASSERT_EQ(outbox.size(), expected.types.size());
  for (const std::string& bytes : outbox) {
    const auto event = wire::Parse<schema::Event>(bytes);
    ASSERT_TRUE(event.ok()) << event.error().message;
    EXPECT_TRUE(contract::CheckRequired(event->get()).ok());
  }
  for (const std::string& field : expected.fields)
    EXPECT_THAT(TextOf(outbox.front()), HasSubstr(field));
}

INSTANTIATE_TEST_SUITE_P(
    All, BvcTrigger,
    testing::Values(
        Expected{
            "siu_s12_booked",
            {"bvc.visit.booked"},
            {"appointmentId = \"A-77\"", "visitCode = \"bhv.m8\"", "start = 1772440200000",
             "mode = home", "systemId = \"cosmic.bollnas\"", "unitHsaId = \"SE2321000198-BVCTEST\"",
             "test = true", "episodeKey = \"bvc-appointment|A-77\"", "homeMunicipality = \"2183\"",
             "protection = none", "birthDate = \"2021-03-25\"", "value = \"20210325K069\"",
             "value = \"98240301AA06\"", "mapping = \"bvc-hl7v2\"",
             "sourceMessageId = \"COSMIC|SE2321000198-BVCTEST|B0001|20260302101500+0100\""}},
        Expected{"siu_s13_rebooked", {"bvc.visit.booked"}, {"start = 1773045000000"}},
        Expected{"siu_s14_modified", {"bvc.visit.booked"}, {}},
        Expected{"siu_s14_complete_clinic",
                 {"bvc.visit.completed"},
                 {"visitCode = \"bhv.w4\"", "mode = clinic", "staff = nurse"}},
        Expected{"siu_s14_complete_home",
                 {"bvc.homevisit.completed"},
                 {"kind = m8", "date = \"2026-03-02\"", "roles = [\"DSK\"]"}},
        Expected{"siu_s14_noshow", {"bvc.visit.missed"}, {}},
        Expected{"siu_s15_cancelled", {"bvc.visit.cancelled"}, {"by = family", "noticeHours = 0"}},
        Expected{"siu_s15_homevisit_declined",
                 {"bvc.visit.cancelled", "bvc.homevisit.declined"},
                 {"by = family"}},
        Expected{"siu_s26_missed",
                 {"bvc.visit.missed"},
                 {"occurredAt = 1772440200000", "visitCode = \"bhv.m8\"", "precision = ms",
                  "zoneNote = stated", "actorRole = \"DSK\"", "doubts = []"}},
        Expected{"siu_s26_disagrees",
                 {"bvc.visit.missed"},
                 {"doubts = [\"SCH-6-vs-SCH-25\", \"SCH-6-vs-trigger\"]"}},
        Expected{
            "siu_s26_no_zone",
            {"bvc.visit.missed"},
            {"occurredAt = 1772440200000", "zoneNote = assumed", "doubts = [\"zone-assumed\"]"}},
        Expected{"siu_s26_unknown_code",
                 {"bvc.visit.missed"},
                 {"visitCode = \"ZZ9\"", "\"unknown-code:visit_codes\""}},
        Expected{"siu_s26_latin1", {"bvc.visit.missed"}, {"doubts = []"}},
        Expected{"adt_a01_registered",
                 {"bvc.child.registered"},
                 {"unitHsaId = \"SE2321000198-BVCTEST\"", "fromDate = \"2026-03-02\""}},
        Expected{"adt_a04_registered", {"bvc.child.registered"}, {"fromDate = \"2026-03-01\""}},
        Expected{"adt_a04_arrived", {}, {}},
        Expected{"adt_a28_registered", {"bvc.child.registered"}, {}},
        Expected{"adt_a03_transferred",
                 {"bvc.child.transferred"},
                 {"toUnit = \"SE2321000198-BVCGAVLE\"", "reason = moved"}},
        Expected{"adt_a03_visit",
                 {"bvc.visit.completed"},
                 {"appointmentId = \"A-91\"", "visitCode = \"bhv.w6-8\""}},
        Expected{"adt_a08_protection",
                 {"person.protection.changed"},
                 {"new = sekretessmarkering", "protection = sekretessmarkering"}},
        Expected{"adt_a31_moved",
                 {"person.moved"},
                 {"newMunicipality = \"0980\"", "fromDate = \"2026-03-01\"", "homeMunicipality = \"0980\""}},
        Expected{"adt_a40_merged",
                 {"person.id.linked"},
                 {"oldIds = [(system = \"1.2.752.74.9.1\", value = \"98240301AA06\""}},
        Expected{"adt_a08_deceased", {"person.deceased"}, {"date = \"2026-02-28\""}},
        Expected{
            "adt_a08_null_birth", {"person.moved"}, {"nulls = [\"header.subject.birthDate\"]"}},
        Expected{"adt_a08_check_digit",
                 {"person.moved"},
                 {"value = \"202512012384\", flag = \"check-digit\"", "\"check-digit\""}}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Forms, BvcTrigger,
    testing::Values(
        Expected{"oru_barnsakert_outcome",
                 {"bvc.barnsakert.answered", "bvc.barnsakert.outcome"},
                 {"visitCode = \"bhv.w6-8\"", "result = answered"}},
        Expected{"oru_barnsakert_no_consent",
                 {"bvc.barnsakert.outcome"},
                 {"outcomes = [talkBvc]", "consentGiven = no"}},
        Expected{"oru_screening",
                 {"bvc.screening.deviation", "bvc.screening.deviation"},
                 {"domain = language", "referralSent = yes"}},
        Expected{"oru_growth",
                 {"bvc.growth.deviation"},
                 {"kind = weightFaltering", "date = \"2026-03-02\""}},
        Expected{"oru_epds", {"bvc.epds.performed"}, {"parentRole = birth", "followUp = support"}},
        Expected{"oru_injury",
                 {"bvc.injury.observed"},
                 {"siteCode = \"S52\"", "mechanismStated = no", "concernGrade = suspected"}},
        Expected{"oru_vaccination",
                 {"bvc.vaccination.delayed"},
                 {"doseCode = \"MPR1\"", "reason = missed"}},
        Expected{"vxu_v04_refused",
                 {"bvc.vaccination.delayed"},
                 {"doseCode = \"MPR1\"", "dueDate = \"2026-03-02\"", "reason = declined"}},
        Expected{"oru_care_declined", {"bvc.care.declined"}, {"scope = vaccination"}},
        Expected{"oru_program",
                 {"bvc.program.changed", "bvc.homevisit.completed"},
                 {"programId = \"RINKEBY\"", "change = step", "stepNo = 3", "stepsTotal = 6",
                  "bothPartiesPresent = yes"}},
        Expected{"oru_dental_offer",
                 {"bvc.guardian.dental.offered"},
                 {"accepted = no", "declineReason = cost"}},
        Expected{"ref_i12_a_dental",
                 {"bvc.guardian.dental.offered"},
                 {"accepted = yes", "clinicHsaId = \"SE2321000198-FTVEDSBYN\"", "contactWay = \"TEL\"",
                  "costHelp = yes", "consentRef = \"T-1\"", "value = \"195009072553\"",
                  "occurredAt = 1772442600000"}},
        Expected{"mdm_t02_report",
                 {"report.signed"},
                 {"signerName = \"Maj Ek\"", "signerFunction = \"bvc.bollnas\"",
                  "signedAt = 1772446500000", "acute = true", "childName = \"Barn Ö Testsson\"",
                  "childAddress = \"Provgatan 1, 82130, Bollnäs\"", "childInformed = no",
                  "legalClass = a", "sensitivity = s4", "name = \"Vuxen Testsson\"",
                  "informed = mustNot", "role = \"syskon\"", "earlierConcern = yes", "två gånger"}},
        Expected{"mdm_t02_report_unsigned", {}, {}},
        Expected{"mdm_t02_consent",
                 {"consent.changed"},
                 {"consentId = \"D-4711\"", "scope = [\"SIG-B1\", \"SIG-B1:areas\"]",
                  "state = given", "expires = \"2027-03-01\"", "allGuardians = yes"}},
        Expected{
            "mdm_t02_barnsakert",
            {"bvc.barnsakert.outcome", "consent.changed"},
            {"outcomes = [talkBvcWithSocial]", "areas = [stress]", "consentRef = \"D-4711\""}}),
    NameOf);

TEST(BvcMapping, AMissedVisitThatTookPlaceIsTakenBackOnce) {
  Rig rig;
  const Verdict missed = rig.Take(Fixture("siu_s26_missed"));
  ASSERT_THAT(Types(missed), ElementsAre("bvc.visit.missed"));
  const Verdict done = rig.Take(Fixture("siu_s14_complete_home"));
  ASSERT_THAT(Types(done), ElementsAre("bvc.visit.missed", "bvc.homevisit.completed"));
  const auto event = wire::Parse<schema::Event>(done.events[0].bytes);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->get().getHeader().getStatus(), schema::EventStatus::RETRACTED);
  EXPECT_EQ(wire::View(event->get().getHeader().getReplaces()), missed.events[0].id.view());
}

TEST(BvcMapping, AreasNeverComeAlongWithoutConsent) {
  Rig rig;
  rig.Take(Fixture("oru_barnsakert_no_consent"));
  EXPECT_THAT(TextOf(rig.Outbox().front()), Not(HasSubstr("ipv")));
}

TEST(BvcMapping, TheEpdsScoreIsNeverRead) {
  // A score as no scale has it: two digits stand by chance among an event's random numbers too.
  const std::string score = "|EPDS^text^LOCAL||";
  std::string message = Fixture("oru_epds");
  const std::size_t at = message.find(score + "17|");
  ASSERT_NE(at, std::string::npos);
  message.replace(at + score.size(), 2, "9981173355");
  Rig rig;
  const Verdict verdict = rig.Take(message);
  ASSERT_THAT(Types(verdict), ElementsAre("bvc.epds.performed"));
  EXPECT_THAT(TextOf(rig.Outbox().front()), Not(HasSubstr("9981173355")));
}

TEST(BvcMapping, SeveralEventsOfOneMessageHaveKeysOfTheirOwn) {
  Rig rig;
  const Verdict verdict = rig.Take(Fixture("oru_screening"));
  ASSERT_EQ(verdict.events.size(), 2U);
  EXPECT_THAT(TextOf(verdict.events[0].bytes), HasSubstr("O0003|20260302101500+0100\""));
  EXPECT_THAT(TextOf(verdict.events[1].bytes),
              HasSubstr("O0003|20260302101500+0100#screening.2\""));
}

// Older systems merge by A34 or A39; such a message was answered AA and told nothing.
TEST(BvcMapping, AMergeByAnOlderEventWaitsForAPerson) {
  const std::string merged = Fixture("adt_a40_merged");
  for (const char* trigger : {"ADT^A34", "ADT^A36", "ADT^A39", "ADT^A43", "ADT^A46"}) {
    std::string older = merged;
    older.replace(older.find("ADT^A40"), 7, trigger);
    Rig rig;
    EXPECT_EQ(rig.Take(older).reason, "other-merge") << trigger;
    EXPECT_TRUE(rig.Outbox().empty());
  }
}

TEST(BvcMapping, AMergeOfSeveralPatientsAndOneWithoutAMarkingWaitForAPerson) {
  const std::string merged = Fixture("adt_a40_merged");
  Rig several;
  const Verdict two = several.Take(
      merged + "PID|2||202512012384^^^&1.2.752.129.2.1.3.1&ISO^NNSWE||Testsson^Barn\rPD1||||||||||||F\r"
               "MRG|20210325K069^^^&1.2.752.113.11.0.2.1.1.1&ISO^MR\r");
  EXPECT_EQ(two.reason, "several-patients");
  EXPECT_TRUE(several.Outbox().empty());
  const std::string none = "PD1||||||||||||N\r";
  for (const bool renumbered : {false, true}) {
    std::string stated = merged;
    if (renumbered) stated.replace(stated.find("ADT^A40^ADT_A39"), 15, "ADT^A47^ADT_A30");
    std::string unstated = stated;
    unstated.erase(unstated.find(none), none.size());
    Rig waits;
    EXPECT_EQ(waits.Take(unstated).reason, "missing-field");
    EXPECT_TRUE(waits.Outbox().empty());
    Rig links;
    EXPECT_THAT(Types(links.Take(stated)), ElementsAre("person.id.linked"));
  }
}

TEST(BvcMapping, ADoseWhoseLineIsToBeDeletedWaitsForAPerson) {
  std::string deleted = Fixture("vxu_v04_refused");
  deleted.replace(deleted.find("||RE|A"), 6, "||RE|D");
  Rig rig;
  EXPECT_EQ(rig.Take(deleted).reason, "deleted");
  EXPECT_TRUE(rig.Outbox().empty());
}

TEST(BvcMapping, AnOutcomeThatNoTableKnowsGoesToQuarantineWhole) {
  Rig rig;
  const Verdict verdict = rig.Take(Fixture("oru_unknown_enum"));
  EXPECT_EQ(verdict.kind, Verdict::Kind::kQuarantined);
  EXPECT_EQ(verdict.reason, "unknown-code");
  EXPECT_TRUE(rig.Outbox().empty());
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_THAT(rig.Quarantine()[0].detail, HasSubstr("outcomes"));
  EXPECT_THAT(rig.Quarantine()[0].detail, Not(HasSubstr("HITTEPA")));
}

TEST(BvcMapping, WhatNoRuleNamesIsAcceptedAndLeavesNothing) {
  Rig rig;
  const Verdict verdict = rig.Take(Fixture("dft_p03_not_wanted"));
  EXPECT_EQ(verdict.kind, Verdict::Kind::kNotWanted);
  EXPECT_THAT(verdict.ack, HasSubstr("MSA|AA|V0001"));
  EXPECT_TRUE(rig.Outbox().empty());
  EXPECT_TRUE(rig.Quarantine().empty());
}

}  // namespace
}  // namespace sam::kit::test
