#include "broker/contract/catalogue.h"

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sam::contract {
namespace {

using ::testing::HasSubstr;
using schema::Sensitivity;

const auto kEvent = [] { return capnp::Schema::from<schema::Event>(); };
const auto kSignal = [] { return capnp::Schema::from<schema::Signal>(); };

TEST(Catalogue, AFieldShowsAllItsMarks) {
  const auto concern = FindField(kSignal(), "body.report.concern");
  ASSERT_TRUE(concern.has_value());
  EXPECT_EQ(concern->sensitivity, Sensitivity::S4);
  EXPECT_EQ(concern->retention, schema::Retention::PAYLOAD);
  EXPECT_EQ(concern->sv, "vad oron gäller");
  EXPECT_TRUE(concern->required);
  EXPECT_TRUE(concern->free_text);
  EXPECT_FALSE(concern->place);
  EXPECT_EQ(concern->type, "Text");
}

TEST(Catalogue, FieldsInListsOfStructsHaveAPathWithoutIndex) {
  const auto address = FindField(kSignal(), "body.report.guardians.address");
  ASSERT_TRUE(address.has_value());
  EXPECT_TRUE(address->place);
  EXPECT_EQ(FindField(kSignal(), "body.report.guardians")->type, "List(Party)");
  EXPECT_EQ(FindField(kSignal(), "body.report.guardians.ids.value")->sensitivity, Sensitivity::S1);
  EXPECT_FALSE(FindField(kSignal(), "body.report.nothing").has_value());
}

TEST(Catalogue, GroupsAreNamedSoAndHaveNoMark) {
  EXPECT_EQ(FindField(kEvent(), "body")->type, "group");
  EXPECT_FALSE(FindField(kEvent(), "body")->sensitivity.has_value());
}

TEST(Catalogue, EventTypesStandWithRowAndClass) {
  const EventType* report = EventTypeByName("report.signed");
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->row, 43);
  EXPECT_EQ(ClassLetter(report->legal_class), 'A');
  EXPECT_EQ(report->member, "reportSigned");
  EXPECT_EQ(EventTypeByName("bvc.visit.missed")->row, 5);
  EXPECT_EQ(EventTypeByName("no.such.type"), nullptr);
  EXPECT_EQ(EventTypeByMember("unset"), nullptr);
}

TEST(Catalogue, AMessageTellsItsType) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  EXPECT_EQ(EventTypeOf(event), nullptr);
  event.getBody().initBvcVisitMissed();
  EXPECT_EQ(EventTypeOf(event)->name, "bvc.visit.missed");
  capnp::MallocMessageBuilder other;
  auto signal = other.initRoot<schema::Signal>();
  EXPECT_EQ(SignalTypeOf(signal), nullptr);
  signal.getBody().initPattern();
  EXPECT_EQ(SignalTypeOf(signal)->code, "SIG-E2");
}

TEST(Catalogue, SignalsStandWithCodeAndClass) {
  EXPECT_EQ(ClassLetter(SignalTypeByCode("SIG-B1")->legal_class), 'B');
  EXPECT_EQ(SignalTypeByCode("SIG-X9"), nullptr);
}

TEST(Catalogue, SensitivitiesAreNamedBothWays) {
  for (int i = 0; i <= 4; ++i) {
    const auto one = static_cast<Sensitivity>(i);
    EXPECT_EQ(SensitivityFromName(SensitivityName(one)), one);
  }
  EXPECT_FALSE(SensitivityFromName("S5").has_value());
  EXPECT_FALSE(SensitivityFromName("").has_value());
}

TEST(Catalogue, TheMarkdownHoldsTypesSignalsAndFields) {
  const std::string text = CatalogueMarkdown();
  EXPECT_THAT(text, HasSubstr("| 5 | bvc.visit.missed | bvcVisitMissed | S2 |"));
  EXPECT_THAT(text, HasSubstr("| SIG-A1 | report | S4 | A | orosanmälan |"));
  EXPECT_THAT(text, HasSubstr("| childAddress | Text | S4 | barnets adress | place |"));
}

TEST(Catalogue, SwedishNamesOfStructsAreRead) {
  EXPECT_EQ(SwedishOf(capnp::Schema::from<schema::VisitMissed>()), "uteblivet besök");
}

}  // namespace
}  // namespace sam::contract
