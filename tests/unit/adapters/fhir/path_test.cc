// Places in a resource: each form of the language, and what is no place.
#include "adapters/fhir/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/fhir/document.h"

namespace sam::fhir::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kMessage[] = R"json({"resourceType":"Bundle","type":"collection","entry":[
 {"resource":{"resourceType":"Appointment","id":"a1","status":"noshow","priority":5,"flag":true,
  "contained":[{"resourceType":"Location","id":"loc","name":"Rum"},
               {"resourceType":"Patient","id":"inner","managingOrganization":{"reference":"#loc"}}],
  "serviceType":[{"coding":[{"system":"urn:x","code":"A"},{"system":"urn:y","code":"B"}]},
                 {"coding":[{"system":"urn:x","code":"C"}]}],
  "extension":[{"url":"http://e.se/v,1)","valueCode":"ja"},{"url":"urn:e:2","valueInteger":7}],
  "participant":[{"actor":{"reference":"urn:uuid:1","type":"Patient"},"status":"accepted"},
                 {"actor":{"reference":"Practitioner/9/_history/3"},"status":"declined"},
                 {"actor":{"reference":"#inner"},"status":"accepted"},
                 {"actor":{"reference":"Patient/none"},"status":"accepted"}],
  "basedOn":[{"reference":"https://x.se/fhir/ServiceRequest/s7/_history/2"}]}},
 {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"p1",
  "identifier":[{"system":"urn:x","value":"one"},{"system":"urn:y","value":"two"}]}},
 {"fullUrl":"https://x.se/fhir/Practitioner/9","resource":{"resourceType":"Practitioner","id":"9",
  "name":[{"family":"Ek"}]}}]})json";

std::vector<std::string> At(const std::string& text, const std::string& unit = "",
                            unsigned occurrence = 0) {
  const Result<Document> document = Document::Parse(kMessage);
  EXPECT_TRUE(document.ok()) << document.error().message;
  const Result<Path> path = ParsePath(text);
  EXPECT_TRUE(path.ok()) << path.error().message;
  if (!document.ok() || !path.ok()) return {};
  std::vector<std::string> out;
  if (unit.empty()) {
    for (const Node& node : document->Find(*path)) out.push_back(TextOf(*node.value));
  } else {
    const Result<Path> read = ParseUnit(unit);
    EXPECT_TRUE(read.ok()) << unit;
    for (const Node& node : document->Find(*path, &*read, occurrence))
      out.push_back(TextOf(*node.value));
  }
  return out;
}

TEST(Path, WalksElementsAndListsInOrder) {
  EXPECT_THAT(At("status"), ElementsAre("noshow"));
  EXPECT_THAT(At("Appointment.status"), ElementsAre("noshow"));
  EXPECT_THAT(At("Encounter.status"), IsEmpty());
  EXPECT_THAT(At("priority"), ElementsAre("5"));
  EXPECT_THAT(At("flag"), ElementsAre("true"));
  EXPECT_THAT(At("serviceType.coding.code"), ElementsAre("A", "B", "C"));
  EXPECT_THAT(At("serviceType[*].coding[*].code"), ElementsAre("A", "B", "C"));
  EXPECT_THAT(At("nothing.at.all"), IsEmpty());
  EXPECT_THAT(At("status.code"), IsEmpty());
}

TEST(Path, TakesOneEntryByItsNumber) {
  EXPECT_THAT(At("serviceType[1].coding.code"), ElementsAre("C"));
  EXPECT_THAT(At("serviceType.coding[0].code"), ElementsAre("A"));
  EXPECT_THAT(At("serviceType[7].coding.code"), IsEmpty());
}

TEST(Path, TakesEntriesThatHaveAValue) {
  EXPECT_THAT(At("serviceType.coding(system=urn:x).code"), ElementsAre("A", "C"));
  EXPECT_THAT(At("serviceType.coding(system=urn:x,code=C).code"), ElementsAre("C"));
  EXPECT_THAT(At("serviceType.coding(system=urn:x)[1].code"), ElementsAre("C"));
  EXPECT_THAT(At("serviceType(coding.code=B).coding.code"), ElementsAre("A", "B"));
  EXPECT_THAT(At("extension(url=urn:e:2).valueInteger"), ElementsAre("7"));
  EXPECT_THAT(At("extension(url='http://e.se/v,1)').valueCode"), ElementsAre("ja"));
  EXPECT_THAT(At("extension(url=urn:e).valueInteger"), IsEmpty());
}

// By the type stated, by what is named, whether it came along or not.
TEST(Path, TakesTheReferencesThatMeanAType) {
  EXPECT_THAT(At("participant.actor(is=Patient).reference"),
              ElementsAre("urn:uuid:1", "#inner", "Patient/none"));
  EXPECT_THAT(At("participant.actor(is=Patient)[1].reference"), ElementsAre("#inner"));
  EXPECT_THAT(At("participant.actor(is=Practitioner).reference"),
              ElementsAre("Practitioner/9/_history/3"));
  EXPECT_THAT(At("participant.actor(is=Group)"), IsEmpty());
}

TEST(Path, FollowsReferencesInsideTheMessageOnly) {
  EXPECT_THAT(At("participant.actor->Patient.identifier.value"), ElementsAre("one", "two"));
  EXPECT_THAT(At("participant.actor->Patient.id"), ElementsAre("p1", "inner"));
  EXPECT_THAT(At("participant.actor->Practitioner.name.family"), ElementsAre("Ek"));
  EXPECT_THAT(At("participant.actor->*.id"), ElementsAre("p1", "9", "inner"));
  EXPECT_THAT(At("participant.actor->Patient.managingOrganization->Location.name"),
              ElementsAre("Rum"));
  EXPECT_THAT(At("participant.actor->Patient(id=p1).identifier[1].value"), ElementsAre("two"));
  EXPECT_THAT(At("participant(status=declined).actor->Patient.id"), IsEmpty());
  EXPECT_THAT(At("status->Patient.id"), IsEmpty());
}

TEST(Path, AUnitMeansTheEntryAtHand) {
  EXPECT_THAT(At("participant.status", "participant", 2), ElementsAre("declined"));
  EXPECT_THAT(At("Appointment.participant.status", "participant", 1), ElementsAre("accepted"));
  EXPECT_THAT(At("participant.actor->Practitioner.id", "participant", 2), ElementsAre("9"));
  EXPECT_THAT(At("participant.status", "participant", 9), IsEmpty());
  EXPECT_THAT(At("serviceType.coding.code", "serviceType.coding", 3), ElementsAre("C"));
  // A number, a condition or another element: the whole message.
  EXPECT_THAT(At("participant[0].status", "participant", 2), ElementsAre("accepted"));
  EXPECT_THAT(At("participant(status=accepted).status", "participant", 2).size(), 3U);
  EXPECT_THAT(At("status", "participant", 2), ElementsAre("noshow"));
}

TEST(Path, ReadsTheIdOfAReference) {
  EXPECT_EQ(RelativeName("https://x.se/fhir/ServiceRequest/s7/_history/2"), "ServiceRequest/s7");
  EXPECT_EQ(RelativeName("Patient/1"), "Patient/1");
  EXPECT_EQ(RelativeName("urn:uuid:1"), "");
  EXPECT_EQ(RelativeName("#x"), "");
  EXPECT_EQ(RelativeName("/"), "");
  EXPECT_EQ(RelativeName("Patient/"), "");
}

TEST(Path, WhatIsNoPlaceIsRefusedWithThePosition) {
  for (const char* text :
       {"", ".", "Appointment", "Appointment.", "a..b", "a.", "a[", "a[]", "a[-1]", "a[1", "a[1000]",
        "a(b)", "a(b=)", "a(b=c", "a(b='c)", "a(=c)", "a->", "a->patient", "a->id.b", "a b", "a|b",
        "a.B", "1a", "a$", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v"}) {
    const Result<Path> path = ParsePath(text);
    ASSERT_FALSE(path.ok()) << text;
    EXPECT_THAT(path.error().message, HasSubstr("expected")) << text;
  }
}

TEST(Path, AUnitIsNamesOnly) {
  EXPECT_TRUE(ParseUnit("component").ok());
  EXPECT_TRUE(ParseUnit("Observation.component").ok());
  for (const char* unit : {"component[0]", "component(a=b)", "a->Patient", "component[*]", ""})
    EXPECT_FALSE(ParseUnit(unit).ok()) << unit;
}

TEST(Path, ReadsToTheEndOrRefusesAtEveryCut) {
  const std::string text = "participant(status=accepted).actor->Patient.identifier(use='a')[0].value";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const Result<Path> path = ParsePath(text.substr(0, cut));
    EXPECT_TRUE(!path.ok() || !path->steps.empty()) << cut;
  }
}

}  // namespace
}  // namespace sam::fhir::test
