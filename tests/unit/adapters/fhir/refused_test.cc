// What a known client brought and was refused lies in quarantine with its reason, and can be mended.
#include <gmock/gmock.h>

#include "tests/unit/adapters/fhir/served.h"

namespace sam::fhir::test {
namespace {

using kit::QuarantineState;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string Replaced(std::string text, const std::string& what, const std::string& with) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

std::string NoStatus() { return Replaced(Sample("appointment_noshow"), "\"noshow\"", "\"no-show\""); }

// It left a line in the log, at most one each ten seconds.
TEST(FhirRefused, ABodyIsKeptOnceWithItsReasonAndCanBeMended) {
  Served served;
  EXPECT_THAT(served.Ask("/fhir/Appointment", NoStatus()), HasSubstr(" 422 "));
  EXPECT_THAT(served.Ask("/fhir/Appointment", NoStatus()), HasSubstr(" 422 "));
  const auto kept = served.rig.Quarantine();
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].reason, "refused-code-invalid");
  EXPECT_EQ(kept[0].detail, "Appointment.status no status that Appointment has in R4 (answered 422)");
  EXPECT_EQ(kept[0].peer, "fhir:");
  EXPECT_EQ(kept[0].raw, NoStatus());
  const auto sent =
      served.rig.pipeline->Resend(kept[0].number, Sample("appointment_noshow"), "anna");
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_EQ(served.rig.Outbox().size(), 1U);
  EXPECT_EQ(served.rig.Quarantine()[0].state, QuarantineState::kFixed);
  EXPECT_TRUE(served.server->Step(1).ok());
  ASSERT_THAT(served.notes.seen, SizeIs(2)) << "one failure for each request";
}

TEST(FhirRefused, ItIsClosedWhenItsSenderTellsTheSameVersionAndThatIsTaken) {
  Served served;
  served.Ask("/fhir/Appointment", NoStatus());
  served.Ask("/fhir/Appointment", Replaced(NoStatus(), "no-show", "missed"));
  auto kept = served.rig.Quarantine();
  ASSERT_THAT(kept, SizeIs(2));
  EXPECT_EQ(kept[0].state, QuarantineState::kDiscarded) << "the newer one lies there";
  EXPECT_EQ(kept[1].state, QuarantineState::kOpen);
  EXPECT_THAT(served.Ask("/fhir/Appointment", Sample("appointment_noshow")), HasSubstr(" 201 "));
  kept = served.rig.Quarantine();
  EXPECT_EQ(kept[1].state, QuarantineState::kFixed);
  EXPECT_EQ(kept[1].operator_name, "sender");
  EXPECT_EQ(served.rig.store->open_quarantine(), 0U);
}

// The entry of the first was closed and that of the second stood open, though the sender had gone back to the first.
TEST(FhirRefused, WhatIsToldAnewAfterOtherContentLiesThereAndTheOtherIsClosed) {
  Served served;
  const std::string other = Replaced(NoStatus(), "no-show", "missed");
  for (const std::string& body : {NoStatus(), other, NoStatus(), NoStatus()}) served.Ask("/fhir/Appointment", body);
  const auto kept = served.rig.Quarantine();
  ASSERT_THAT(kept, SizeIs(3));
  EXPECT_EQ(kept[1].state, QuarantineState::kDiscarded);
  EXPECT_EQ(kept[2].state, QuarantineState::kOpen);
  EXPECT_EQ(kept[2].raw, NoStatus());
  EXPECT_EQ(served.rig.store->open_quarantine(), 1U);
  // What a person has closed is dealt with.
  auto head = served.rig.store->Head(kept[2].number);
  ASSERT_TRUE(head.ok() && *head);
  (*head)->state = QuarantineState::kDiscarded;
  (*head)->operator_name = "anna";
  ASSERT_TRUE(served.rig.store->UpdateQuarantine(**head).ok());
  ASSERT_TRUE(served.rig.store->Commit().ok());
  served.Ask("/fhir/Appointment", NoStatus());
  EXPECT_THAT(served.rig.Quarantine(), SizeIs(3));
}

TEST(FhirRefused, OfABundleThatIsRefusedWholeEachResourceIsKept) {
  Served served;
  const std::string broken = Replaced(Sample("bundle_transaction"), "\"class\"", "\"klass\"");
  EXPECT_THAT(served.Ask("/fhir", broken), HasSubstr(" 422 "));
  const auto kept = served.rig.Quarantine();
  ASSERT_THAT(kept, SizeIs(2));
  EXPECT_EQ(kept[0].reason, "refused-required");
  EXPECT_THAT(kept[0].detail, HasSubstr("Bundle.entry[2].resource.class"));
  EXPECT_EQ(kept[1].reason, "refused-together");
  // What is good in it needs no mending, and who it is about came along.
  const auto sent = served.rig.pipeline->Resend(kept[1].number, std::nullopt, "anna");
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_EQ(sent->kind, kit::Verdict::Kind::kTaken) << sent->detail;
  EXPECT_EQ(served.rig.Outbox().size(), 1U);
}

TEST(FhirRefused, AnEntryOfABatchIsKeptAlone) {
  Served served;
  std::string batch = Replaced(Sample("bundle_transaction"), "\"class\"", "\"klass\"");
  batch = Replaced(batch, "\"transaction\"", "\"batch\"");
  EXPECT_THAT(served.Ask("/fhir", batch), HasSubstr(" 200 "));
  EXPECT_EQ(served.rig.Outbox().size(), 1U);
  ASSERT_THAT(served.rig.Quarantine(), SizeIs(1));
  EXPECT_EQ(served.rig.Quarantine()[0].reason, "refused-required");
}

TEST(FhirRefused, WhatIsNotOfferedAndTestDataLeaveNoRecord) {
  Served served;
  EXPECT_THAT(served.Ask("/fhir/AllergyIntolerance", "{}"), HasSubstr(" 404 "));
  EXPECT_THAT(served.Ask("/fhir/Appointment/1", "", "DELETE"), HasSubstr(" 405 "));
  served.rig.config.production = true;
  served.rig.config.check_processing_id = true;
  const std::string tagged =
      Replaced(Sample("appointment_noshow"), "\"versionId\": \"3\"",
               R"("versionId": "3", "tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}])");
  EXPECT_THAT(served.Ask("/fhir/Appointment", tagged), HasSubstr(" 422 "));
  EXPECT_THAT(served.rig.Quarantine(), IsEmpty());
}

TEST(FhirRefused, AnswersOfFormsAreInNoRecord) {
  Served served;
  const std::string item = R"("item":[{"linkId":"1","text":"Canaryord"}])";
  const std::string form = R"("resourceType":"QuestionnaireResponse")";
  for (const std::string& body : {
           "{" + form + "," + item + "}",                               // no status: 422
           "{" + item + "," + form,                                     // cut: 400
           R"({"resourceType":"QuestionnareResponse",)" + item + "}",   // misspelt
           R"({"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"POST","url":"x"},)"
           R"("resource":{"resourceType":"QuestionnareResponse",)" + item + "}}]}"}) {
    served.Ask("/fhir/QuestionnaireResponse", body);
    served.Ask("/fhir", body);
  }
  served.Ask("/fhir/QuestionnaireResponse", R"({"text":{"div":"Canaryord"}})");  // of no type
  // Without the word that forms have, and inside of what is known.
  const std::string answered = R"("item":[{"text":"x","answer":[{"valueString":"Canaryord"}]}]})";
  for (const std::string& inner : {R"({"resourceType":"QuestionaireResponse",)" + answered, "{" + answered}) {
    served.Ask("/fhir", R"({"resourceType":"Bundle","type":"message","entry":[{"resource":)" + inner + "}]}");
    served.Ask("/fhir", R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":)" + inner + "}]}");
    served.Ask("/fhir/Appointment", R"({"resourceType":"Appointment","contained":[)" + inner + "]}");
  }
  EXPECT_THAT(served.rig.Quarantine(), Not(IsEmpty()));
  for (const kit::Quarantined& one : served.rig.Quarantine()) {
    EXPECT_THAT(one.raw, Not(HasSubstr("Canaryord"))) << one.reason << one.detail;
  }
}

TEST(FhirRefused, ManyThatLieOpenAreCountedAndKeptAgainWhenSomeAreDealtWith) {
  Served served;
  RefusedShelf shelf(*served.rig.pipeline, *served.rig.store, served.rig.clock);
  const auto keep = [&](size_t number) {
    ASSERT_TRUE(served.rig.pipeline->Begin().ok());
    ASSERT_TRUE(shelf.Keep({"refused-value", "x", "body " + std::to_string(number), ""}, "fhir:a").ok());
    ASSERT_TRUE(served.rig.pipeline->Commit().ok());
  };
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  for (size_t i = 0; i < RefusedShelf::kOpenAtMost + 20; ++i) keep(i);
  const std::string log =
      testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  EXPECT_EQ(served.rig.store->open_quarantine(), RefusedShelf::kOpenAtMost);
  const size_t told = log.find("refused-not-kept");
  ASSERT_NE(told, std::string::npos);
  EXPECT_EQ(log.find("refused-not-kept", told + 1), std::string::npos);
  // Another one knows them after a restart; a person deals with one.
  RefusedShelf again(*served.rig.pipeline, *served.rig.store, served.rig.clock);
  ASSERT_TRUE(again.Load().ok());
  auto head = served.rig.store->Head(1);
  ASSERT_TRUE(head.ok() && *head);
  (*head)->state = QuarantineState::kDiscarded;
  ASSERT_TRUE(served.rig.store->UpdateQuarantine(**head).ok());
  ASSERT_TRUE(served.rig.store->Commit().ok());
  for (const char* body : {"one more", "and another"}) {
    ASSERT_TRUE(served.rig.pipeline->Begin().ok());
    ASSERT_TRUE(again.Keep({"refused-value", "x", body, ""}, "fhir:a").ok());
    ASSERT_TRUE(served.rig.pipeline->Commit().ok());
  }
  EXPECT_EQ(served.rig.store->open_quarantine(), RefusedShelf::kOpenAtMost);
}

TEST(FhirRefused, AFullDiskRefusesAllTheSame) {
  Served served;
  served.rig.faults.SetFull(true);
  EXPECT_THAT(served.Ask("/fhir/Appointment", NoStatus()), HasSubstr(" 422 "));
}

}  // namespace
}  // namespace sam::fhir::test
