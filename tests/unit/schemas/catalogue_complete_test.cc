// The catalogue as the field agreed on it, kept beside the schemas: what a row says there and here must
// be the same, nothing may be missing, and a union number once released stays.
#include <map>
#include <memory>
#include <set>
#include <string>

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/contract/catalogue.h"
#include "broker/contract/printer.h"
#include "broker/contract/required.h"

namespace sam::contract {
namespace {

using ::testing::HasSubstr;

constexpr int kRows = 47;
// Told by their type alone: there is nothing more that must be said.
const std::set<std::string> kNothingRequired = {"person.deceased"};

struct Row {
  int row;
  const char* type;
  int sensitivity;
  char legal_class;
};
// In the order of the union, which is the order of the wire's numbers from 1 on: add at the end.
constexpr Row kCatalogue[] = {
    {1, "bvc.child.registered", 1, '-'},
    {2, "bvc.child.transferred", 1, '-'},
    {3, "bvc.visit.booked", 1, '-'},
    {4, "bvc.visit.completed", 2, '-'},
    {5, "bvc.visit.missed", 2, '-'},
    {6, "bvc.visit.cancelled", 1, '-'},
    {7, "bvc.homevisit.completed", 2, '-'},
    {8, "bvc.homevisit.declined", 2, '-'},
    {9, "bvc.care.declined", 2, '-'},
    {10, "bvc.program.changed", 2, '-'},
    {11, "bvc.epds.performed", 3, '-'},
    {12, "bvc.barnsakert.answered", 3, '-'},
    {13, "bvc.barnsakert.outcome", 3, 'B'},
    {14, "bvc.screening.deviation", 2, '-'},
    {15, "bvc.growth.deviation", 2, '-'},
    {16, "bvc.vaccination.delayed", 2, '-'},
    {17, "bvc.injury.observed", 4, '-'},
    {18, "bvc.guardian.dental.offered", 2, '-'},
    {41, "person.protection.changed", 4, '-'},
    {41, "person.moved", 1, '-'},
    {41, "person.id.linked", 1, '-'},
    {41, "person.deceased", 1, '-'},
    {42, "expectation.overdue", 2, '-'},
    {43, "report.signed", 4, 'A'},
    {44, "consent.changed", 3, 'B'},
    {45, "prompt.decided", 2, 'E'},
    {46, "signal.receipt", 3, '-'},
    {47, "signal.withdrawn", 1, '-'},
    {19, "dental.recall.sent", 1, '-'},
    {20, "dental.visit.completed", 2, '-'},
    {21, "dental.visit.missed", 2, '-'},
    {22, "dental.visit.lateCancelled", 1, '-'},
    {23, "dental.contact.attempted", 2, '-'},
    {23, "dental.contact.failed", 2, '-'},
    {24, "dental.caries.recorded", 2, '-'},
    {25, "dental.treatment.overdue", 2, '-'},
    {26, "dental.pain.acute", 2, '-'},
    {27, "dental.injury.observed", 4, '-'},
    {28, "dental.guardian.notCooperating", 3, '-'},
    {29, "dental.child.unlisted", 1, '-'},
    {30, "social.report.received", 3, '-'},
    {31, "social.protection.assessed", 3, '-'},
    {32, "social.inquiry.decided", 3, '-'},
    {33, "social.inquiry.closed", 3, '-'},
    {34, "social.placement.changed", 4, 'D'},
    {35, "social.exam.requested", 4, 'D'},
    {36, "health.exam.reported", 4, 'D'},
    {36, "dental.exam.reported", 4, 'D'},
    {37, "social.aid.dental.decided", 3, 'B'},
    {38, "coord.sip.changed", 3, 'B'},
    {39, "coord.tsi.changed", 3, 'B'},
    {40, "coord.contact.assigned", 1, '-'},
    {43, "report.attachment", 4, 'A'},
    {47, "signal.receiver.named", 3, '-'},
};

capnp::StructSchema BodyOf(const EventType& type) {
  const auto members = capnp::Schema::from<schema::Event>().getFieldByName("body").getType();
  return members.asStruct().getFieldByName(type.member.c_str()).getType().asStruct();
}

TEST(CatalogueIsComplete, EveryRowHasAnEventType) {
  std::map<int, int> types;
  for (const EventType& type : EventTypes()) ++types[type.row];
  for (int row = 1; row <= kRows; ++row) EXPECT_GE(types[row], 1) << "row " << row;
  EXPECT_EQ(types.size(), static_cast<size_t>(kRows)) << "a row outside 1-47";
}

TEST(CatalogueIsComplete, EveryTypeStandsAsTheCatalogueSays) {
  ASSERT_EQ(EventTypes().size(), std::size(kCatalogue));
  for (size_t i = 0; i < std::size(kCatalogue); ++i) {
    const EventType& type = EventTypes()[i];
    const Row& row = kCatalogue[i];
    EXPECT_EQ(type.name, row.type);
    EXPECT_EQ(type.discriminant, i + 1) << row.type << ": numbers never move";
    EXPECT_EQ(type.row, row.row) << row.type;
    EXPECT_EQ(SensitivityName(type.sensitivity), "S" + std::to_string(row.sensitivity)) << row.type;
    EXPECT_EQ(ClassLetter(type.legal_class), row.legal_class) << row.type;
  }
}

TEST(CatalogueIsComplete, NamesAreUniqueAndTheMemberIsTheNameWithoutDots) {
  std::set<std::string> names;
  for (const EventType& type : EventTypes()) {
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    std::string member;
    bool upper = false;
    for (const char c : type.name) {
      if (c != '.') member += upper ? static_cast<char>(std::toupper(c)) : c;
      upper = c == '.';
    }
    EXPECT_EQ(type.member, member);
  }
}

TEST(CatalogueIsComplete, EveryTypeHasASwedishTermAndSomethingThatMustBeSaid) {
  for (const EventType& type : EventTypes()) {
    EXPECT_FALSE(type.sv.empty()) << type.name;
    EXPECT_FALSE(SwedishOf(BodyOf(type)).empty()) << type.name;
    bool required = false;
    for (const auto field : BodyOf(type).getFields()) required |= InfoOf(field).required;
    EXPECT_NE(required, kNothingRequired.contains(type.name)) << type.name;
  }
}

TEST(CatalogueIsComplete, EveryTypeIsCheckedForWhatItRequires) {
  for (const EventType& type : EventTypes()) {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    auto header = event.initHeader();
    header.initEventId(16);
    header.setType(type.name);
    header.setOccurredAt(1'700'000'000'000);
    header.initSource().setSystemId("system");
    header.initController().setOrgNr("2321000198");
    header.setSourceMessageId("m1");
    capnp::DynamicStruct::Builder body =
        capnp::DynamicStruct::Builder(event).get("body").as<capnp::DynamicStruct>();
    body.init(type.member);
    const std::string missing = MissingField(event);
    if (kNothingRequired.contains(type.name)) {
      EXPECT_EQ(missing, "");
    } else {
      EXPECT_THAT(missing, HasSubstr("body." + type.member + ".")) << type.name;
    }
  }
}

TEST(CatalogueIsComplete, EveryTypeIsShownUnderItsSwedishTerm) {
  for (const EventType& type : EventTypes()) {
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    capnp::DynamicStruct::Builder body =
        capnp::DynamicStruct::Builder(event).get("body").as<capnp::DynamicStruct>();
    body.init(type.member);
    PrintOptions options;
    options.language = Language::kSwedish;
    options.reveal = true;
    EXPECT_THAT(PrintEvent(event, options), HasSubstr(type.sv)) << type.name;
  }
}

// Where a placed child stays, and who a contact is by name, can be told in no field.
TEST(CatalogueIsComplete, PlacementAndContactRowsHoldNoAddressAndNoName) {
  for (const EventType& type : EventTypes()) {
    if (type.row < 30 || type.row > 40) continue;
    for (const FieldInfo& info : FieldsOf(BodyOf(type))) {
      EXPECT_FALSE(info.free_text) << type.name << "." << info.path;
      EXPECT_THAT(info.sv, ::testing::Not(HasSubstr("namn"))) << type.name << "." << info.path;
      if (type.row == 34 && info.type == "Text") {
        EXPECT_EQ(info.path, "date") << "a placement has no other text";
      }
    }
  }
}

}  // namespace
}  // namespace sam::contract
