// The shipped FHIR mapping for BVC: each sample gives the events it should, field by field.
#include <gmock/gmock.h>

#include "adapters/fhir/fate.h"
#include "broker/contract/required.h"
#include "tests/unit/adapters/fhir/fhir_rig.h"

namespace sam::fhir::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using kit::Verdict;
using kit::test::TextOf;

std::vector<std::string> Types(const Verdict& verdict) {
  std::vector<std::string> out;
  for (const kit::MappedEvent& event : verdict.events) out.push_back(event.type->name);
  return out;
}

struct Expected {
  const char* sample;
  std::vector<std::string> types;
  std::vector<std::string> fields;  // all in the first event
};

std::string NameOf(const testing::TestParamInfo<Expected>& one) { return one.param.sample; }

class BvcFhir : public testing::TestWithParam<Expected> {};

TEST_P(BvcFhir, GivesTheEventsItShould) {
  const Expected& expected = GetParam();
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  const Verdict verdict = rig.Take(Sample(expected.sample));
  ASSERT_THAT(Types(verdict), testing::ElementsAreArray(expected.types))
      << VerdictName(verdict.kind) << " " << verdict.reason << ": " << verdict.detail;
  const std::vector<std::string> outbox = rig.Outbox();
  ASSERT_EQ(outbox.size(), expected.types.size());
  for (const std::string& bytes : outbox) {
    const auto event = wire::Parse<schema::Event>(bytes);
    ASSERT_TRUE(event.ok()) << event.error().message;
    EXPECT_TRUE(contract::CheckRequired(event->get()).ok());
    EXPECT_THAT(TextOf(bytes), Not(HasSubstr("Canaryord")));
  }
  for (const std::string& field : expected.fields)
    EXPECT_THAT(TextOf(outbox.front()), HasSubstr(field));
}

const std::string kChild = "value = \"20210325K069\"";
const std::string kReserve = "(system = \"1.2.752.74.9.1\", value = \"98240301AA06\"";
const std::string kAdult = "(system = \"1.2.752.129.2.1.3.1\", value = \"199002222397\"";

INSTANTIATE_TEST_SUITE_P(
    All, BvcFhir,
    testing::Values(
        Expected{"appointment_booked", {"bvc.visit.booked"},
                 {"appointmentId = \"a77\"", "visitCode = \"bhv.m8\"", "start = 1772440200000",
                  "mode = home", "homeVisit = m8", "level = universal", kReserve, "unitHsaId = \"SE2321000198-BVCTEST\"",
                  "episodeKey = \"bvc-appointment|a77\"", "status = actual", "test = true",
                  "sourceMessageId = \"Appointment/a77/1\"", "systemId = \"cosmic.bollnas\""}},
        Expected{"appointment_noshow", {"bvc.visit.missed"},
                 {"occurredAt = 1772440200000", "contactMade = no", "attemptNo = 2",
                  "zoneNote = stated", "precision = ms", "doubts = []"}},
        Expected{"appointment_fulfilled_home", {"bvc.homevisit.completed"},
                 {"kind = m8", "date = \"2026-03-02\""}},
        Expected{"appointment_fulfilled_clinic", {"bvc.visit.completed"},
                 {"visitCode = \"bhv.w4\"", "mode = clinic", "staff = team"}},
        Expected{"appointment_fulfilled_unknown_code", {"bvc.visit.completed"},
                 {"visitCode = \"ZZ9\"", "\"unknown-code:visit_codes\""}},
        Expected{"appointment_entered_in_error", {}, {}},
        Expected{"appointment_cancelled", {"bvc.visit.cancelled"}, {"by = family", "noticeHours = 22"}},
        Expected{"appointment_homevisit_declined",
                 {"bvc.visit.cancelled", "bvc.homevisit.declined"}, {"by = family"}},
        Expected{"encounter_finished", {"bvc.visit.completed"},
                 {"appointmentId = \"a91\"", "visitCode = \"bhv.w6-8\"", "guardiansPresent = 2",
                  "mode = clinic", kChild, "episodeKey = \"bvc-appointment|a91\""}},
        Expected{"encounter_home", {"bvc.homevisit.completed"},
                 {"kind = m8", "roles = [\"DSK\", \"FAMBEH\"]"}},
        Expected{"encounter_contained_patient", {"bvc.visit.completed"},
                 {kChild, "protection = sekretessmarkering", "homeMunicipality = \"2183\"",
                  "birthDate = \"2021-03-25\""}},
        Expected{"episode_registered", {"bvc.child.registered"},
                 {"unitHsaId = \"SE2321000198-BVCTEST\"", "fromDate = \"2026-03-01\"",
                  "firstChild = yes", "precision = day"}},
        Expected{"episode_transferred", {"bvc.child.transferred"},
                 {"reason = moved", "toUnit = \"SE2321000198-BVCGAVLE\""}},
        Expected{"careplan_enrolled", {"bvc.program.changed"},
                 {"programId = \"urn:samsignal:program:rinkeby\"", "change = enrolled"}},
        Expected{"careplan_ended", {"bvc.program.changed"}, {"change = ended"}},
        Expected{"task_program_step", {"bvc.program.changed"},
                 {"change = step", "stepNo = 3", "stepsTotal = 6", "bothPartiesPresent = yes"}},
        Expected{"task_homevisit_declined", {"bvc.homevisit.declined"},
                 {"kind = newborn", "reason = noNeed"}},
        Expected{"task_barnsakert_outcome", {"bvc.barnsakert.outcome"},
                 {"outcomes = [talkBvcWithSocial]", "areas = [economy]", "consentGiven = yes",
                  "consentRef = \"S-1\"", "level = selective", "legalClass = b"}},
        Expected{"task_barnsakert_no_consent", {}, {}},
        Expected{"servicerequest_dental", {"bvc.guardian.dental.offered"},
                 {kAdult, "accepted = yes", "clinicHsaId = \"SE2321000198-FTVTEST\"",
                  "consentRef = \"S-2\"", "level = indicated"}},
        Expected{"task_dental_declined", {"bvc.guardian.dental.offered"},
                 {"accepted = no", "declineReason = cost"}}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Findings, BvcFhir,
    testing::Values(
        Expected{"questionnaire_epds", {"bvc.epds.performed"},
                 {"date = \"2026-03-02\"", "parentRole = birth", "followUp = support", kAdult}},
        Expected{"questionnaire_barnsakert", {"bvc.barnsakert.answered"},
                 {"visitCode = \"bhv.w6-8\"", "result = answered", "parentsAnswered = 2"}},
        Expected{"questionnaire_barnsakert_declined", {"bvc.barnsakert.answered"},
                 {"result = declined"}},
        Expected{"observation_screening", {"bvc.screening.deviation"},
                 {"domain = language", "referralSent = yes"}},
        Expected{"observation_screening_normal", {}, {}},
        Expected{"observation_screening_round",
                 {"bvc.screening.deviation", "bvc.screening.deviation"}, {"domain = vision"}},
        Expected{"observation_growth", {"bvc.growth.deviation"},
                 {"kind = overweight", "date = \"2026-03-02\""}},
        Expected{"observation_care_declined", {"bvc.care.declined"}, {"scope = vaccination"}},
        Expected{"observation_injury", {"bvc.injury.observed"},
                 {"siteCode = \"ARM\"", "mechanismStated = no", "concernGrade = suspected"}},
        Expected{"immunization_not_done", {"bvc.vaccination.delayed"},
                 {"doseCode = \"MPR1\"", "dueDate = \"2026-03-02\"", "reason = declined"}},
        Expected{"communication_not_of_interest", {}, {}}),
    NameOf);

// `test` passed over entries that the listener turns down, and counted the sample as good.
TEST(BvcFhirStory, ASampleBatchTellsTheEntriesThatWouldBeRefused) {
  FhirRig rig;
  const std::string good = Sample("appointment_noshow");
  const auto entry = [](const std::string& method, const std::string& resource) {
    return R"({"request":{"method":")" + method + R"(","url":"Appointment"},"resource":)" + resource + "}";
  };
  const std::string head = R"({"resourceType":"Bundle","type":"batch","entry":[)";
  auto messages = rig.decoder->Sample(
      "b.json", head + entry("POST", good) + "," + entry("DELETE", good) + "]}");
  ASSERT_TRUE(messages.ok()) << messages.error().message;
  EXPECT_EQ(messages->size(), 1U);
  const std::vector<kit::Irregularity> found = rig.decoder->Irregular();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].refused);
  EXPECT_THAT(found[0].what, testing::HasSubstr("Bundle.entry[1].request.method"));
  EXPECT_TRUE(rig.decoder->Irregular().empty());
  messages = rig.decoder->Sample("b.json", head + entry("DELETE", good) + "]}");
  ASSERT_TRUE(messages.ok()) << "the listener answers it entry by entry";
  EXPECT_EQ(rig.decoder->Irregular().size(), 1U);
}

TEST(BvcFhirStory, ALaterVersionCorrectsAndAnErrorTakesBack) {
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  const auto version = [](const std::string& sample, const std::string& number) {
    std::string out = Sample(sample);
    const std::string key = "\"versionId\": \"";
    const size_t at = out.find(key) + key.size();
    out.replace(at, 1, number);
    return out;
  };
  rig.Take(version("appointment_noshow", "3"));
  rig.Take(version("appointment_noshow", "4"));
  rig.Take(version("appointment_fulfilled_clinic", "5"));
  rig.Take(version("appointment_entered_in_error", "6"));
  const std::vector<std::string> outbox = rig.Outbox();
  std::vector<std::string> told;
  for (const std::string& bytes : outbox) {
    const std::string text = TextOf(bytes);
    std::string one = text.find("bvcVisitMissed") != std::string::npos ? "missed" : "completed";
    for (const char* status : {"actual", "corrected", "retracted"})
      if (text.find(std::string("status = ") + status) != std::string::npos)
        one.append(" ").append(status);
    told.push_back(one);
    const bool names = text.find("replaces = ") != std::string::npos;
    EXPECT_EQ(names, one.find("actual") == std::string::npos) << text;
  }
  EXPECT_THAT(told, ElementsAre("missed actual", "missed corrected", "missed retracted",
                                "completed actual", "completed retracted"));
}

TEST(BvcFhirStory, TheSameVersionIsOneMessageAndOtherContentAConflict) {
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  EXPECT_EQ(rig.Take(Sample("appointment_noshow")).kind, Verdict::Kind::kTaken);
  EXPECT_EQ(rig.Take(Sample("appointment_noshow")).kind, Verdict::Kind::kDuplicate);
  std::string other = Sample("appointment_noshow");
  other.replace(other.find("\"valueInteger\": 2"), 17, "\"valueInteger\": 3");
  EXPECT_EQ(rig.Take(other).kind, Verdict::Kind::kConflict);
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(BvcFhirStory, AnEventAboutNobodyIsKeptForAPerson) {
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  const Verdict verdict = rig.Take(
      R"({"resourceType":"Appointment","id":"x","status":"noshow","start":"2026-03-02T09:30:00Z",)"
      R"("participant":[{"actor":{"reference":"Patient/7"},"status":"accepted"}],)"
      R"("serviceType":[{"coding":[{"code":"M8"}]}]})");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kQuarantined);
  EXPECT_EQ(verdict.reason, "missing-field");
  EXPECT_THAT(verdict.detail, HasSubstr("subject.ids"));
}

// An appointment that was missed, with these participants.
std::string MissedBy(const std::string& participants) {
  return R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{)"
         R"("resourceType":"Appointment","id":"s1","status":"noshow","start":"2026-03-02T09:30:00Z",)"
         R"("serviceType":[{"coding":[{"code":"M8"}]}],"participant":[)" +
         participants +
         R"(]}},{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","identifier":[)"
         R"({"system":"urn:oid:1.2.752.74.9.1","value":"98240301AA06"},)"
         R"({"system":"urn:oid:1.2.752.113.11.0.2.1.1.1","value":"20210325K069"}]}},)"
         R"({"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","identifier":[)"
         R"({"system":"urn:oid:1.2.752.129.2.1.3.1","value":"202512012384"}]}}]})";
}

TEST(BvcFhirStory, AnAppointmentOfTwoPatientsNeverMakesOnePersonOfThem) {
  const std::string first = R"({"actor":{"reference":"urn:uuid:1"},"status":"accepted"})";
  const std::string number =
      R"("identifier":{"system":"urn:oid:1.2.752.129.2.1.3.1","value":"199002222397"})";
  for (const std::string& second :
       {std::string(R"("reference":"urn:uuid:2")"), std::string(R"("reference":"Patient/9")"),
        R"("type":"Patient",)" + number, number}) {
    FhirRig rig;
    ASSERT_NE(rig.mapping, nullptr);
    const Verdict verdict = rig.Take(MissedBy(first + R"(,{"actor":{)" + second + R"(},"status":"accepted"})"));
    EXPECT_EQ(verdict.kind, Verdict::Kind::kQuarantined) << second;
    EXPECT_EQ(verdict.reason, "several-patients") << second;
    EXPECT_TRUE(rig.Outbox().empty());
  }
  // The parent comes along as one: the child is who the visit is about.
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  const Verdict verdict = rig.Take(MissedBy(
      first + R"(,{"actor":{"type":"RelatedPerson",)" + number + R"(},"status":"accepted"})"));
  ASSERT_THAT(Types(verdict), ElementsAre("bvc.visit.missed"));
  EXPECT_THAT(TextOf(rig.Outbox()[0]), Not(HasSubstr("199002222397")));
  // A parent alone is nobody's child.
  FhirRig alone;
  ASSERT_NE(alone.mapping, nullptr);
  EXPECT_EQ(alone.Take(MissedBy(R"({"actor":{"type":"RelatedPerson",)" + number + R"(},"status":"accepted"})")).reason,
            "missing-field");
}

// A sample with one text put in another's place.
std::string Changed(const std::string& sample, const std::string& from, const std::string& to) {
  std::string out = Sample(sample);
  const size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << sample << ": " << from;
  if (at != std::string::npos) out.replace(at, from.size(), to);
  return out;
}

TEST(BvcFhirStory, AReportAsSoonAsPossibleIsAcuteAndOneOfAnUnknownPriorityWaits) {
  const auto acute = [](const std::string& priority) {
    FhirRig rig;
    const Verdict verdict = rig.Take(
        Changed("communication_report_signed", "\"priority\": \"stat\"", "\"priority\": \"" + priority + "\""));
    if (verdict.events.empty()) return verdict.reason;
    return std::string(TextOf(rig.Outbox().at(0)).find("acute = true") == std::string::npos ? "no" : "yes");
  };
  EXPECT_EQ(acute("stat"), "yes");
  EXPECT_EQ(acute("asap"), "yes");
  EXPECT_EQ(acute("urgent"), "no");
  EXPECT_EQ(acute("routine"), "no");
  EXPECT_EQ(acute("blixt"), "unknown-code");
}

TEST(BvcFhirStory, AReportThatItsSourceTakesBackWaitsForAPerson) {
  FhirRig rig;
  rig.Take(Sample("communication_report_signed"));
  std::string back =
      Changed("communication_report_signed", "\"status\": \"completed\"", "\"status\": \"entered-in-error\"");
  const std::string version = "\"versionId\": \"";
  back.insert(back.find(version) + version.size(), "9");
  EXPECT_EQ(rig.Take(back).reason, "report-withdrawn");
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(BvcFhirStory, AVaccineThatHadExpiredIsNoMedicalReasonOfTheChilds) {
  FhirRig rig;
  rig.Take(Changed("immunization_not_done", "\"code\": \"PATOBJ\"", "\"code\": \"VACEFF\""));
  ASSERT_EQ(rig.Outbox().size(), 1U);
  EXPECT_THAT(TextOf(rig.Outbox()[0]), HasSubstr("reason = missed"));
}

TEST(BvcFhirStory, NoMunicipalityIsToldOfSkyddadFolkbokforing) {
  FhirRig open;
  open.Take(Sample("encounter_contained_patient"));
  EXPECT_THAT(TextOf(open.Outbox().at(0)), HasSubstr("homeMunicipality = \"2183\""));
  FhirRig rig;
  rig.Take(Changed("encounter_contained_patient", "sekretessmarkering", "skyddadFolkbokforing"));
  const std::string text = TextOf(rig.Outbox().at(0));
  EXPECT_THAT(text, HasSubstr("protection = skyddadFolkbokforing"));
  EXPECT_THAT(text, Not(HasSubstr("2183")));
}

// What a later version of a sample, with one text put in another's place, makes of what was told:
// each event's type, with its status.
std::string After(const std::string& sample, const std::vector<std::pair<std::string, std::string>>& changes) {
  FhirRig rig;
  rig.Take(Sample(sample));
  const size_t before = rig.Outbox().size();
  EXPECT_GT(before, 0U) << sample;
  std::string later = Sample(sample);
  const std::string version = "\"versionId\": \"";
  later.insert(later.find(version) + version.size(), "9");
  for (const auto& [from, to] : changes) {
    const size_t at = later.find(from);
    EXPECT_NE(at, std::string::npos) << sample << ": " << from;
    if (at != std::string::npos) later.replace(at, from.size(), to);
  }
  const Verdict verdict = rig.Take(later);
  std::string out = verdict.reason;
  for (const kit::MappedEvent& event : verdict.events) {
    const std::string text = TextOf(event.bytes);
    out.append(out.empty() ? "" : " ").append(event.type->name);
    for (const char* status : {"actual", "corrected", "retracted"})
      if (text.find(std::string("status = ") + status) != std::string::npos) out.append(" ").append(status);
  }
  return out;
}

TEST(BvcFhirStory, ATaskEnteredInErrorTakesBackWhatItTold) {
  for (const auto& [sample, type] : std::vector<std::pair<const char*, const char*>>{
           {"task_barnsakert_outcome", "bvc.barnsakert.outcome"},
           {"task_program_step", "bvc.program.changed"},
           {"task_dental_declined", "bvc.guardian.dental.offered"},
           {"task_homevisit_declined", "bvc.homevisit.declined"}}) {
    const bool rejected = std::string(sample).find("declined") != std::string::npos;
    const std::string status = rejected ? "\"rejected\"" : "\"completed\"";
    EXPECT_EQ(After(sample, {{"\"status\": " + status, "\"status\": \"entered-in-error\""}}),
              std::string(type) + " retracted");
  }
  EXPECT_EQ(After("task_barnsakert_outcome", {{"\"valueBoolean\": true", "\"valueBoolean\": false"}}),
            "bvc.barnsakert.outcome retracted");
}

TEST(BvcFhirStory, AFindingThatALaterVersionCallsNormalIsTakenBackAndOneThatStaysIsCorrected) {
  const std::pair<std::string, std::string> normal = {"\"code\": \"A\"", "\"code\": \"N\""};
  const std::pair<std::string, std::string> error = {"\"status\": \"final\"",
                                                     "\"status\": \"entered-in-error\""};
  EXPECT_EQ(After("observation_screening", {normal}), "bvc.screening.deviation retracted");
  EXPECT_EQ(After("observation_screening", {}), "bvc.screening.deviation corrected");
  EXPECT_EQ(After("observation_screening_round", {}),
            "bvc.screening.deviation corrected bvc.screening.deviation corrected");
  EXPECT_EQ(After("observation_screening_round", {normal}),
            "bvc.screening.deviation corrected bvc.screening.deviation retracted");
  EXPECT_EQ(After("observation_screening_round", {error}),
            "bvc.screening.deviation retracted bvc.screening.deviation retracted");
  EXPECT_EQ(After("observation_growth", {normal}),
            "bvc.growth.deviation retracted");
}

TEST(BvcFhirStory, AMissIsTakenBackWhenTheAppointmentIsBookedAgain) {
  for (const char* status : {"booked", "pending"})
    EXPECT_EQ(After("appointment_noshow", {{"\"noshow\"", std::string("\"") + status + "\""}}),
              "bvc.visit.booked actual bvc.visit.missed retracted")
        << status;
}

std::string NoShowAs(const std::string& version, const std::string& status) {
  std::string out = Sample("appointment_noshow");
  out.replace(out.find("\"versionId\": \"3\""), 16, "\"versionId\": \"" + version + "\"");
  out.replace(out.find("\"noshow\""), 8, "\"" + status + "\"");
  return out;
}

std::string TypesOf(const std::vector<std::string>& outbox) {
  std::string out;
  for (const std::string& bytes : outbox) {
    const std::string text = TextOf(bytes);
    out.append(out.empty() ? "" : " ");
    out += text.find("bvcVisitMissed") != std::string::npos ? "missed" : "booked";
    for (const char* status : {"corrected", "retracted", "older-version"})
      if (text.find(status) != std::string::npos) out.append("/").append(status);
  }
  return out;
}

// Versions 1 and 2 came after a retry: version 2 took back the miss that version 3 told.
TEST(BvcFhirStory, AnOlderVersionThatComesLateUndoesNothing) {
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  rig.Take(NoShowAs("3", "noshow"));
  const Verdict late = rig.Take(NoShowAs("2", "booked"));
  EXPECT_TRUE(late.older);
  EXPECT_EQ(late.kind, Verdict::Kind::kTaken);
  EXPECT_EQ(TypesOf(rig.Outbox()), "missed booked/older-version");
  const Verdict later = rig.Take(NoShowAs("1", "booked"));  // no correction of version 2
  EXPECT_EQ(later.kind, Verdict::Kind::kNothing);
  EXPECT_EQ(FateOf(later, Entry()).kind, Fate::Kind::kTaken);  // kept, and answered so
  EXPECT_EQ(TypesOf(rig.Outbox()), "missed booked/older-version");
  EXPECT_FALSE(rig.Take(NoShowAs("10", "booked")).older);  // as numbers, not as texts
  EXPECT_EQ(TypesOf(rig.Outbox()), "missed booked/older-version booked/corrected missed/retracted");
}

// Without version and time the content alone names a telling: a miss that was told, taken back and
// told again ended as a repeat of the first one.
TEST(BvcFhirStory, WithoutAVersionWhatComesBackToWhatItWasIsNews) {
  const auto bare = [](const std::string& status) {
    std::string out = NoShowAs("3", status);
    const size_t meta = out.find("\"meta\"");
    const size_t id = out.find("\"versionId\"", meta);
    out.replace(id, out.find('}', id) - id, "\"source\": \"urn:x\"");
    return out;
  };
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  EXPECT_EQ(rig.Take(bare("noshow")).kind, Verdict::Kind::kTaken);
  EXPECT_EQ(rig.Take(bare("noshow")).kind, Verdict::Kind::kDuplicate);
  EXPECT_EQ(rig.Take(bare("booked")).kind, Verdict::Kind::kTaken);
  rig.OpenPipeline();
  EXPECT_EQ(rig.Take(bare("noshow")).kind, Verdict::Kind::kTaken);
  EXPECT_EQ(rig.Take(bare("noshow")).kind, Verdict::Kind::kDuplicate);
  const std::vector<std::string> outbox = rig.Outbox();
  EXPECT_EQ(TypesOf(outbox), "missed booked missed/retracted missed");
  const auto id = [](const std::string& event) {
    const std::string text = TextOf(event);
    const size_t at = text.find("sourceMessageId = ");
    EXPECT_NE(at, std::string::npos) << text;
    return text.substr(at, text.find(',', at) - at);
  };
  EXPECT_NE(id(outbox.front()), id(outbox.back())) << "the hub would take it for a repeat";
  // Long after its row in `seen` is gone, a repeat is still what it was: the hub knows it again.
  rig.clock.Advance(20 * kDayMs);
  EXPECT_TRUE(rig.store->Prune().ok());
  rig.Take(bare("noshow"));
  EXPECT_EQ(id(rig.Outbox().back()), id(outbox.back()));
}

TEST(BvcFhirStory, WhatWasTakenBackIsNotToldAnewByAnOlderVersion) {
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  rig.Take(NoShowAs("1", "noshow"));
  rig.Take(NoShowAs("4", "entered-in-error"));
  EXPECT_EQ(rig.Take(NoShowAs("3", "noshow")).kind, Verdict::Kind::kNothing);
  EXPECT_EQ(TypesOf(rig.Outbox()), "missed missed/retracted");
  // Also when the version that takes back came before all that it could take back.
  FhirRig other;
  other.Take(NoShowAs("4", "entered-in-error"));
  EXPECT_EQ(other.Take(NoShowAs("3", "noshow")).kind, Verdict::Kind::kNothing);
  EXPECT_EQ(TypesOf(other.Outbox()), "");
}

TEST(BvcFhirStory, AVersionThatIsNoNumberIsOrderedByItsTime) {
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  rig.Take(NoShowAs("c", "noshow"));
  std::string older = NoShowAs("d", "booked");
  older.replace(older.find("2026-03-02T09:13:00Z"), 20, "2026-03-02T09:12:00Z");
  EXPECT_TRUE(rig.Take(older).older);
  EXPECT_EQ(TypesOf(rig.Outbox()), "missed booked/older-version");
}

TEST(BvcFhirStory, AClientSpeaksForItsOwnSource) {
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  rig.Take(Sample("appointment_noshow"), "fhir:tandem");
  EXPECT_THAT(TextOf(rig.Outbox().at(0)), HasSubstr("systemId = \"tandem.gavle\""));
  // Its own policy for what goes to quarantine, too.
  const std::string nobody =
      R"({"resourceType":"Appointment","id":"x","status":"noshow","start":"2026-03-02T09:30:00Z",)"
      R"("participant":[{"actor":{"reference":"Patient/7"},"status":"accepted"}]})";
  EXPECT_EQ(FateOf(rig.Take(nobody, "fhir:tandem"), Entry()).kind, Fate::Kind::kPutAside);
  rig.settings().clients[0].quarantine_accepts = false;
  std::string other = nobody;
  other.replace(other.find("\"x\""), 3, "\"y\"");
  EXPECT_EQ(FateOf(rig.Take(other, "fhir:tandem"), Entry()).kind, Fate::Kind::kRefused);
  EXPECT_EQ(rig.Quarantine().size(), 2U);
  const Verdict stranger = rig.Take(Sample("appointment_noshow"), "fhir:stranger");
  EXPECT_EQ(stranger.kind, Verdict::Kind::kRefused);
  EXPECT_EQ(stranger.reason, "unknown-sender");
}

TEST(BvcFhirStory, TheShippedConfigurationLoadsAndCarriesTheMapping) {
  const std::string file = std::string(SAM_SOURCE) + "/deploy/config/demo/adapter-fhir.toml";
  const Result<kit::AdapterConfig> config = kit::AdapterConfig::Load(file, FhirKinds());
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->connector, "fhir");
  const auto mapping = kit::Mapping::Load(config->mapping_file, FhirKinds());
  ASSERT_TRUE(mapping.ok()) << mapping.error().message;
  EXPECT_TRUE(kit::CheckCarries(FhirKinds(), *config, **mapping).ok());
}

TEST(BvcFhirStory, AProductionSystemRefusesTestData) {
  FhirRig rig;
  ASSERT_NE(rig.mapping, nullptr);
  EXPECT_EQ(rig.Take(Sample("appointment_test_data")).kind, Verdict::Kind::kNotWanted);
  rig.config.production = true;
  EXPECT_EQ(rig.Take(Sample("appointment_test_data")).reason, "test-data");
}

}  // namespace
}  // namespace sam::fhir::test
