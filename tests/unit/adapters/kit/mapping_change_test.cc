#include "adapters/kit/mapping_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/kit/commands.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;

std::unique_ptr<Mapping> Made(const std::string& version, const std::string& table) {
  Result<std::unique_ptr<Mapping>> mapping = Mapping::Parse(
      "[mapping]\nid = \"t\"\nversion = \"" + version +
          "\"\nformat = \"hl7v2\"\n[tables]\ncodes = \"codes.csv\"\n[header]\n"
          "\"occurredAt\" = { from = \"MSH-7.1\", as = \"time\" }\n[[event]]\nname = \"d\"\n"
          "type = \"person.deceased\"\nwhen = [\"ADT^A08\"]\n[event.body]\n"
          "\"date\" = { from = \"PID-29.1\", as = \"date\" }\n",
      "m.toml", [table](const std::string&) -> Result<std::string> { return table; }, TestKinds());
  EXPECT_TRUE(mapping.ok()) << mapping.error().message;
  return mapping.ok() ? std::move(mapping).value() : nullptr;
}

const char* const kTable = "# version: 2026-03\ncode;value\nA;b\n";

std::vector<std::string> Noted(Rig& rig, const Mapping& mapping) {
  const Result<std::vector<MappingChange>> changes = NoteMappingChange(*rig.store, mapping);
  EXPECT_TRUE(changes.ok());
  std::vector<std::string> out;
  if (!changes.ok()) return out;
  for (const MappingChange& one : *changes) out.push_back(one.what);
  return out;
}

TEST(MappingChange, TheFirstRunAndTheSameAgainAreNoChange) {
  Rig rig;
  EXPECT_TRUE(Noted(rig, *Made("1", kTable)).empty());
  rig.Crash();
  EXPECT_TRUE(Noted(rig, *Made("1", kTable)).empty());
}

TEST(MappingChange, ANewMappingVersionIsToldOnceAndAudited) {
  Rig rig;
  Noted(rig, *Made("1", kTable));
  EXPECT_EQ(Noted(rig, *Made("2", kTable)), std::vector<std::string>{"mapping t"});
  rig.Crash();
  EXPECT_TRUE(Noted(rig, *Made("2", kTable)).empty());
  std::string audit;
  ASSERT_TRUE(rig.store
                  ->EachAccess([&](uint64_t, const Access& row) {
                    audit += row.operator_name + " " + row.action + " " + row.subject + " " +
                             row.reason + "\n";
                    return true;
                  })
                  .ok());
  EXPECT_THAT(audit, testing::MatchesRegex(
                         "adapter mapping-changed mapping t 1 \\([0-9a-f]+\\) -> 2 \\([0-9a-f]+\\)\n"));
}

TEST(MappingChange, ATableIsToldByItsOwnVersion) {
  Rig rig;
  Noted(rig, *Made("1", kTable));
  const Result<std::vector<MappingChange>> changes =
      NoteMappingChange(*rig.store, *Made("1", "# version: 2026-04\ncode;value\nA;c\n"));
  ASSERT_TRUE(changes.ok());
  ASSERT_EQ(changes->size(), 2U);  // the mapping's digest covers the table
  EXPECT_EQ(changes->at(1).what, "table codes");
  EXPECT_THAT(changes->at(1).from, HasSubstr("2026-03 ("));
  EXPECT_THAT(changes->at(1).to, HasSubstr("2026-04 ("));
  EXPECT_FALSE(changes->at(1).same_version);
}

TEST(MappingChange, OtherBytesUnderTheOldVersionTextAreSeen) {
  Rig rig;
  Noted(rig, *Made("1", kTable));
  const Result<std::vector<MappingChange>> changes =
      NoteMappingChange(*rig.store, *Made("1", "# version: 2026-03\ncode;value\nA;c\n"));
  ASSERT_TRUE(changes.ok());
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_TRUE(changes->at(1).same_version);
}

TEST(MappingChange, WhatCannotBeWrittenIsAnErrorAndToldAgainLater) {
  Rig rig;
  Noted(rig, *Made("1", kTable));
  rig.faults.SetFull(true);
  EXPECT_FALSE(NoteMappingChange(*rig.store, *Made("2", kTable)).ok());
  rig.faults.SetFull(false);
  EXPECT_EQ(Noted(rig, *Made("2", kTable)).size(), 1U);
}

}  // namespace
}  // namespace sam::kit::test
