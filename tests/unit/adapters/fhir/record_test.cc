// What a mapping asks of a FHIR message.
#include "adapters/fhir/fhir_record.h"

#include <gmock/gmock.h>

#include "adapters/fhir/identifier.h"
#include "adapters/hl7/personnummer.h"
#include "tests/unit/adapters/fhir/samples.h"

namespace sam::fhir::test {
namespace {

using testing::HasSubstr;

struct Bench {
  FhirFormat format;
  std::unique_ptr<FhirRecord> record;

  explicit Bench(const std::string& bytes) {
    Result<Document> document = Document::Parse(bytes);
    EXPECT_TRUE(document.ok()) << document.error().message;
    const Result<hl7::Zone> zone = hl7::Zone::Find("Europe/Stockholm");
    if (document.ok())
      record = std::make_unique<FhirRecord>(format, std::move(document).value(), *zone,
                                            Millis(1'772'445'600'000));
  }
  kit::Selector At(const std::string& text) {
    const Result<kit::Selector> selector = format.Compile(text);
    EXPECT_TRUE(selector.ok()) << selector.error().message;
    return *selector;
  }
  std::string Get(const std::string& text) { return record->Get(At(text), {}).text; }
  std::vector<kit::IdentifierValue> Ids(const std::string& text) {
    return record->Identifiers(At(text), {});
  }
};

std::string Person(const std::string& identifiers) {
  return R"({"resourceType":"Encounter","status":"finished","class":{},"contained":[)"
         R"({"resourceType":"Patient","id":"p","identifier":[)" +
         identifiers + R"(],"name":[{"use":"old","family":"Gammal"},)"
         R"({"family":"Test","given":["Barn","Två"]}]}],"subject":{"reference":"#p"}})";
}

TEST(FhirRecord, ATriggerIsTypeAndStatus) {
  EXPECT_EQ(Bench(Sample("appointment_noshow")).record->trigger(), "Appointment:noshow");
  EXPECT_EQ(Bench(R"({"resourceType":"Patient"})").record->trigger(), "Patient");
}

TEST(FhirRecord, VersionOrElseTimeOrElseContentMakesTheMessageId) {
  const auto id = [](const std::string& bytes) { return *Bench(bytes).record->MessageId(); };
  const std::string head = R"({"resourceType":"Task","id":"t1")";
  EXPECT_EQ(id(head + R"(,"meta":{"versionId":"3","lastUpdated":"2026-01-01"}})"), "Task/t1/3");
  EXPECT_EQ(id(head + R"(,"meta":{"lastUpdated":"2026-01-01T00:00:00Z"}})"),
            "Task/t1/2026-01-01T00:00:00Z");
  const std::string bare = id(head + R"(,"status":"a"})");
  EXPECT_EQ(bare, id(head + R"( , "status":"a" })"));
  EXPECT_NE(bare, id(head + R"(,"status":"b"})"));
  EXPECT_THAT(id(R"({"resourceType":"Task"})"), HasSubstr("Task/-/"));
}

TEST(FhirRecord, TheSameVersionWithOtherCompanyIsAnotherMessage) {
  const auto with = [](const std::string& birth) {
    return R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":)"
           R"("Task","id":"t1","meta":{"versionId":"3"}}},{"resource":{"resourceType":"Patient",)"
           R"("id":"p","birthDate":")" +
           birth + R"("}}]})";
  };
  const std::string one = *Bench(with("2021-03-25")).record->MessageId();
  EXPECT_EQ(one, *Bench(with("2021-03-25")).record->MessageId());
  EXPECT_NE(one, *Bench(with("2021-03-26")).record->MessageId());
  EXPECT_THAT(one, HasSubstr("Task/t1/3+"));
}

TEST(FhirRecord, UriAndOidOfASystemAreOne) {
  EXPECT_EQ(SystemName("http://electronichealth.se/identifier/personnummer"), hl7::kOidPersonnummer);
  EXPECT_EQ(SystemName("urn:oid:1.2.752.129.2.1.3.1"), hl7::kOidPersonnummer);
  EXPECT_EQ(SystemName("http://electronichealth.se/identifier/samordningsnummer"),
            hl7::kOidSamordningsnummer);
  EXPECT_EQ(SystemName("http://electronichealth.se/identifier/nationelltReservnummer"),
            hl7::kOidNationalReserve);
  EXPECT_EQ(SystemName("urn:oid:1.2.752.29.4.19"), "1.2.752.129.2.1.4.1");
  EXPECT_EQ(SystemName("http://electronichealth.se/identifier/LMA-nummer"),
            "http://electronichealth.se/identifier/LMA-nummer");
  EXPECT_EQ(SystemName(""), "");
}

TEST(FhirRecord, IdentifiersAreNormalisedAndDoubtsFlagged) {
  Bench bench(Person(
      R"({"system":"http://electronichealth.se/identifier/personnummer","value":"19900222-2397"},)"
      R"({"system":"urn:oid:1.2.752.129.2.1.3.1","value":"202512012384"},)"
      R"({"system":"http://electronichealth.se/identifier/personnummer","value":"900222-2397"},)"
      R"({"system":"urn:oid:1.2.752.129.2.1.3.1","value":"x"},)"
      R"({"system":"urn:local","value":"77"},{"value":"88"},{"system":"urn:local"},)"
      R"({"use":"old","system":"urn:local","value":"66"})"));
  const auto ids = bench.Ids("subject->Patient.identifier");
  ASSERT_EQ(ids.size(), 6U);
  EXPECT_EQ(ids[0].id.Reveal(), "199002222397");
  EXPECT_EQ(ids[0].id.system(), hl7::kOidPersonnummer);
  EXPECT_EQ(ids[0].flag, "");
  EXPECT_EQ(ids[1].flag, "check-digit");
  EXPECT_EQ(ids[2].id.Reveal().size(), 12U);
  EXPECT_EQ(ids[3].id.Reveal(), "x");  // no person's number: as sent, and the flag says so
  EXPECT_EQ(ids[3].flag, "number-form");
  EXPECT_EQ(ids[4].id.system(), "urn:local");
  EXPECT_EQ(ids[5].flag, "unknown-system");
}

TEST(FhirRecord, ANameIsTheOneInUse) {
  Bench bench(Person(""));
  EXPECT_EQ(bench.record->PersonName(bench.At("subject->Patient.name"), {}), "Barn Två Test");
}

TEST(FhirRecord, AnswersOfAFormAreGoneBeforeAnythingReadsThem) {
  Bench bench(Sample("questionnaire_epds"));
  EXPECT_EQ(bench.Get("status"), "completed");
  EXPECT_FALSE(bench.record->Get(bench.At("item.answer.valueString"), {}).has_value());
  EXPECT_EQ(bench.record->Count("item"), 0U);
  EXPECT_FALSE(bench.format.Compile("QuestionnaireResponse.item.answer.valueString").ok());
}

TEST(FhirRecord, TestDataIsKnownByItsTag) {
  EXPECT_TRUE(Bench(Sample("appointment_test_data")).record->test());
  EXPECT_FALSE(Bench(Sample("appointment_noshow")).record->test());
}

TEST(FhirRecord, ReferencesTellTheirId) {
  Bench bench(Sample("encounter_finished"));
  EXPECT_EQ(bench.Get("appointment->id"), "a91");
  EXPECT_FALSE(bench.record->Get(bench.At("subject->id"), {}).has_value());
}

TEST(FhirFormat, TriggersAndTypesAreCheckedAgainstR4) {
  FhirFormat format;
  EXPECT_TRUE(format.CheckTrigger("Appointment:noshow").ok());
  for (const char* trigger :
       {"Appointment", "Appointment:", "Appointment:no-show", "Appointmnt:noshow", "SIU^S26", ""})
    EXPECT_FALSE(format.CheckTrigger(trigger).ok()) << trigger;
  EXPECT_THAT(format.CheckTrigger("Appointment:no-show").error().message, HasSubstr("'noshow'"));
  EXPECT_THAT(format.CheckTrigger("Appointmnt:noshow").error().message, HasSubstr("'Appointment'"));
  EXPECT_FALSE(format.Compile("Apointment.status").ok());
  EXPECT_TRUE(format.CheckUnit("component").ok());
  EXPECT_FALSE(format.CheckUnit("OBX-3").ok());
}

}  // namespace
}  // namespace sam::fhir::test
