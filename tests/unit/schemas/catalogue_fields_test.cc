// Each field that the catalogue lists stands in the schemas, with the sensitivity that was agreed, and
// required unless a reason says why not. A field that is taken away, or whose mark is changed, is a
// decision that is made here too.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/contract/catalogue.h"
#include "tests/unit/schemas/catalogue_fields.h"

namespace sam::contract::test {
namespace {

std::vector<ListedType> Listed() {
  std::vector<ListedType> out = ListedByCare();
  const std::vector<ListedType> others = ListedByOthers();
  out.insert(out.end(), others.begin(), others.end());
  return out;
}

capnp::StructSchema Whole() { return capnp::Schema::from<schema::Event>(); }

// "header", or "body.bvcVisitMissed".
capnp::StructSchema StructAt(const std::string& path) {
  capnp::StructSchema at = Whole();
  for (size_t begin = 0; begin < path.size();) {
    const size_t dot = std::min(path.find('.', begin), path.size());
    at = at.getFieldByName(path.substr(begin, dot - begin).c_str()).getType().asStruct();
    begin = dot + 1;
  }
  return at;
}

// Where in an event a field of the table stands; the header's stand there by their own path.
std::string PathOf(const ListedType& type, const ListedField& field) {
  const std::string name = field.field;
  if (name.rfind("header.", 0) == 0) return name;
  const EventType* known = EventTypeByName(type.type);
  return known == nullptr ? "" : "body." + known->member + "." + name;
}

TEST(CatalogueFields, EveryFieldStandsInTheSchemaAsListed) {
  for (const ListedType& type : Listed()) {
    for (const ListedField& field : type.fields) {
      SCOPED_TRACE(std::string(type.type) + ": " + field.listed + " -> " + field.field);
      const auto info = FindField(Whole(), PathOf(type, field));
      ASSERT_TRUE(info.has_value()) << "no such field";
      ASSERT_TRUE(info->sensitivity.has_value());
      EXPECT_EQ(SensitivityName(*info->sensitivity), "S" + std::to_string(field.sensitivity));
      EXPECT_EQ(info->required, field.optional == kRequired);
    }
  }
}

TEST(CatalogueFields, WhatNeedNotBeToldHasAReason) {
  for (const ListedType& type : Listed()) {
    for (const ListedField& field : type.fields) {
      SCOPED_TRACE(std::string(type.type) + ": " + field.listed + " -> " + field.field);
      const std::string listed = field.listed;
      if (field.optional == kRequired) {
        EXPECT_NE(listed.back(), '?') << "the catalogue lets it be left out";
        continue;
      }
      EXPECT_GT(std::string(field.optional).size(), 10U);
      EXPECT_EQ(field.optional == kMayLack, listed.back() == '?');
      EXPECT_EQ(field.optional == kBeyond, listed == kOurs);
    }
  }
}

TEST(CatalogueFields, EveryTypeAndEachOfItsOwnFieldsIsListedOnce) {
  std::map<std::string, std::set<std::string>> listed;
  for (const ListedType& type : Listed()) {
    const EventType* known = EventTypeByName(type.type);
    const bool header = type.type == std::string("header");
    EXPECT_NE(known != nullptr, header) << type.type;
    if (known != nullptr) {
      EXPECT_EQ(known->row, type.row) << type.type;
    }
    EXPECT_FALSE(listed.contains(type.type)) << type.type << " stands there twice";
    for (const ListedField& field : type.fields)
      EXPECT_TRUE(listed[type.type].insert(PathOf(type, field)).second) << type.type << field.field;
  }
  EXPECT_EQ(listed.size(), EventTypes().size() + 1);
  const auto expect_listed = [&](const std::string& type, const std::string& path) {
    for (const auto field : StructAt(path).getFields()) {
      const std::string below = path + "." + field.getProto().getName().cStr();
      EXPECT_TRUE(listed[type].contains(below)) << below << " stands in no list";
    }
  };
  expect_listed("header", "header");
  for (const EventType& type : EventTypes()) expect_listed(type.name, "body." + type.member);
}

}  // namespace
}  // namespace sam::contract::test
