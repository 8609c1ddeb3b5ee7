// The names of the fields, their types, and nothing that the delivered signal does not hold.
#include "adapters/intake/body.h"

#include "tests/unit/adapters/intake/intake_rig.h"

namespace sam::intake::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Codes SomeCodes() {
  Codes codes;
  codes.type = "Orosanmälan";
  codes.from_who = "BVC";
  codes.title = "Orosanmälan";
  codes.organisation_unit_id = 101;
  return codes;
}

TEST(Body, HasTheFieldsOfTheInterfaceInTheirTypes) {
  Codes codes = SomeCodes();
  codes.reason = "Oro";
  codes.organisation_id = 10;
  codes.caseworker_id = 7;
  codes.working_status = "Ny";
  const auto told = Read(SignalBytes({}));
  ASSERT_TRUE(told.ok());
  // 00:30 on the third in Sweden is still the second in UTC.
  EXPECT_EQ(ActualisationJson(*told, codes, "samsignal-1", Millis(1'772'494'200'000)),
            "{\"PersonId\":\"202401150013\",\"Date\":\"2026-03-03\",\"Type\":\"Orosanmälan\","
            "\"FromWho\":\"BVC\",\"Reason\":\"Oro\",\"OrganisationId\":10,"
            "\"OrganisationUnitId\":101,\"CaseworkerId\":7,\"Specifies\":\"samsignal-1\","
            "\"WorkingStatus\":\"Ny\"}");
}

TEST(Body, WhatHasNoCodeIsLeftOut) {
  const auto told = Read(SignalBytes({}));
  const std::string json = ActualisationJson(*told, SomeCodes(), "r", Millis(1'772'000'000'000));
  for (const char* name : {"Reason", "OrganisationId\"", "CaseworkerId", "WorkingStatus",
                           "ServiceId", "InvestigationId", "null"})
    EXPECT_THAT(json, Not(HasSubstr(name))) << name;
}

TEST(Body, OnlyAPersonalOrCoordinationNumberNamesTheChild) {
  Draft draft;
  EXPECT_EQ(Read(SignalBytes(draft))->person, kPerson) << "not the reserve number before it";
  draft.system = "urn:oid:1.2.752.129.2.1.3.3";
  EXPECT_EQ(Read(SignalBytes(draft))->person, kPerson);
  draft.flag = "check-digit";
  EXPECT_EQ(Read(SignalBytes(draft))->person, kPerson) << "doubted, and a number all the same";
  draft.flag = "number-form";
  EXPECT_EQ(Read(SignalBytes(draft))->person, "") << "as somebody wrote it";
  draft.flag.clear();
  draft.system = "1.2.752.97.3.1.3";
  EXPECT_EQ(Read(SignalBytes(draft))->person, "");
  EXPECT_FALSE(Read("not a signal").ok());
}

TEST(Attachment, IsAPageInSwedishWithThePartsOfTheInterface) {
  Codes codes = SomeCodes();
  codes.document_type = "Inkommen";
  codes.document_sender = "Vård";
  const std::string signal = SignalBytes({});
  const auto upload = Attachment(signal, *Read(signal), codes, "samsignal-1");
  ASSERT_TRUE(upload.ok());
  std::vector<std::string> names;
  for (const auto& part : upload->parts) names.push_back(part.name);
  EXPECT_THAT(names, ElementsAre("InsertDocumentType", "InsertDocumentSenderType", "Title",
                                 "SenderName", "Content"));
  EXPECT_EQ(upload->parts[3].value, "Maj Ek");
  const auto& page = upload->parts[4];
  EXPECT_EQ(page.file_name, "samsignal-1.html");
  EXPECT_THAT(page.value, HasSubstr("vad oron gäller"));
  EXPECT_THAT(page.value, HasSubstr("Oron &lt;själv&gt; &amp; mer"));
  EXPECT_THAT(page.value, Not(HasSubstr("<själv>")));
}

TEST(Attachment, HoldsNoPlaceThatTheGateHasMasked) {
  Draft open;
  open.address = "Provgatan 1";
  const std::string with = SignalBytes(open);
  EXPECT_THAT(Attachment(with, *Read(with), SomeCodes(), "r")->parts.back().value,
              HasSubstr("Provgatan 1"));
  Draft masked;
  masked.sender = "";
  const std::string without = SignalBytes(masked);
  EXPECT_THAT(Attachment(without, *Read(without), SomeCodes(), "r")->parts.back().value,
              Not(HasSubstr("adress:")));
}

}  // namespace
}  // namespace sam::intake::test
