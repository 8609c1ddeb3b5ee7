#include "adapters/maptool/coverage.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/unit/adapters/maptool/bench.h"

namespace sam::maptool::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct CoverBench : Bench {
  CoverageReport Run(const std::vector<std::string>& messages) {
    std::filesystem::create_directory(folder / "samples");
    for (size_t i = 0; i < messages.size(); ++i)
      Write("samples/" + std::to_string(i) + ".hl7", messages[i]);
    const Result<CoverageReport> report = Cover(config, {folder / "samples"}, kinds, clock);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : CoverageReport();
  }
};

const FieldUse* Find(const RuleUse& rule, const std::string& path) {
  for (const FieldUse& field : rule.fields)
    if (field.path == path) return &field;
  return nullptr;
}

TEST(MapCoverage, PlacesThatNoRuleReadAreCountedByMessage) {
  CoverBench bench;
  const CoverageReport report =
      bench.Run({Visit("M8", "Noshow", "M1", "OBX|1|ST|UTF||x\r"), Visit("V4", "Noshow", "M2")});
  EXPECT_EQ(report.messages, 2U);
  EXPECT_EQ(report.unread.at("PID-5"), 2U);
  EXPECT_EQ(report.unread.at("ZBV-2"), 2U);
  EXPECT_EQ(report.unread.at("OBX(3.1=UTF)-5"), 1U);
  for (const char* read : {"SCH-8", "SCH-1", "SCH-25", "PID-3", "PID-7", "MSH-10"})
    EXPECT_EQ(report.unread.count(read), 0U) << read;
  EXPECT_THAT(TextOf(report), HasSubstr("never read: PID-5  in 2\n"));
}

TEST(MapCoverage, AnAlternativeThatWasNotNeededCountsAsRead) {
  CoverBench bench;
  std::string message = Visit("M8");
  message.replace(message.find("|A-77|"), 6, "|A-77|F-77");
  EXPECT_EQ(bench.Run({message}).unread.count("SCH-2"), 0U);
}

TEST(MapCoverage, FieldsOfTheEventTypeThatWereNeverSetAreNamed) {
  CoverBench bench;
  const CoverageReport report = bench.Run({Visit("M8"), Visit("V4", "Noshow", "M2"), Visit("V4", "Complete", "M3")});
  const RuleUse& missed = report.rules.at(0);
  EXPECT_EQ(missed.told, 2U);
  EXPECT_EQ(missed.tried, 3U);
  EXPECT_EQ(missed.stopped_by.at("SCH-25.1 other_than [Complete]"), 1U);
  ASSERT_NE(Find(missed, "visitCode"), nullptr);
  EXPECT_EQ(Find(missed, "visitCode")->set, 2U);
  EXPECT_EQ(Find(missed, "mode")->set, 1U);
  EXPECT_EQ(Find(missed, "attemptNo")->set, 0U);
  EXPECT_NE(Find(missed, "attemptNo")->at, "");
  ASSERT_NE(Find(missed, "contactMade"), nullptr);
  EXPECT_EQ(Find(missed, "contactMade")->at, "");
  EXPECT_EQ(Find(missed, "header.subject.ids")->set, 2U);
  EXPECT_EQ(Find(missed, "header.subject.birthDate")->set, 0U);
  for (const char* own : {"header.eventId", "header.provenance.mapping", "header.source.systemId",
                          "header.subject", "header.subject.ids.value"})
    EXPECT_EQ(Find(missed, own), nullptr) << own;
  EXPECT_THAT(TextOf(report), HasSubstr("  never set: contactMade  (the mapping does not set it)\n"));
  EXPECT_THAT(JsonOf(report), HasSubstr("\"neverSet\":["));
}

TEST(MapCoverage, ARuleThatNeverToldListsNoFields) {
  CoverBench bench;
  const CoverageReport report = bench.Run({Visit("M8")});
  EXPECT_EQ(report.rules.at(1).told, 0U);
  EXPECT_THAT(TextOf(report), HasSubstr("rule moved  person.moved  told 0 of 0"));
  EXPECT_THAT(TextOf(report), Not(HasSubstr("never set: newMunicipality")));
}

TEST(MapCoverage, TriggersThatNoRuleNamesAreCountedAndTheirPlacesLeftOut) {
  CoverBench bench;
  std::string other = Visit("M8", "Noshow", "M2", "NTE|1||anteckning\r");
  other.replace(other.find("SIU^S26"), 7, "SIU^S12");
  const CoverageReport report = bench.Run({Visit("M8"), other});
  EXPECT_EQ(report.not_wanted.at("SIU^S12"), 1U);
  EXPECT_EQ(report.unread.count("NTE-3"), 0U);
}

TEST(MapCoverage, NoValueIsInTheReport) {
  CoverBench bench;
  const CoverageReport report = bench.Run({Visit("M8")});
  for (const std::string& text : {TextOf(report), JsonOf(report)})
    for (const char* value : {"20210325K069", "Testsson", "A-77"}) EXPECT_THAT(text, Not(HasSubstr(value)));
}

}  // namespace
}  // namespace sam::maptool::test
