#include "adapters/maptool/explain.h"

#include <gmock/gmock.h>

#include "tests/unit/adapters/maptool/bench.h"

namespace sam::maptool::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct ExplainBench : Bench {
  ExplainReport report;
  std::string Run(const std::string& message, const ExplainOptions& options = {}) {
    std::ostringstream out;
    const Result<ExplainReport> made =
        Explain(config, {Write("m.hl7", message)}, kinds, clock, options, out);
    EXPECT_TRUE(made.ok()) << made.error().message;
    if (made.ok()) report = *made;
    return out.str();
  }
};

TEST(MapExplain, AValueIsToldWithItsPlaceItsRowAndItsRule) {
  ExplainBench bench;
  const std::string text = bench.Run(Visit("M8"));
  const std::string map = bench.config.mapping_file;
  EXPECT_THAT(text, HasSubstr("m.hl7   SIU^S26   taken\n  rule missed   " + map + ":11:"));
  EXPECT_THAT(text, HasSubstr("    tells bvc.visit.missed\n"));
  EXPECT_THAT(text, HasSubstr("    visitCode = bhv.m8   from SCH-8.1   " + map + ":20:1\n"
                              "      table codes, column value, key M8   " + bench.folder.path() + "/codes.csv:3\n"));
  EXPECT_THAT(text, HasSubstr("    appointmentId = A-77   from SCH-1.1   "));
  EXPECT_THAT(text, HasSubstr("    start = 2026-03-02T08:30:00.000Z   from SCH-11.4   "));
  EXPECT_THAT(text, HasSubstr("    header.subject.ids = 20210325K069 (1.2.752.113.11.0.2.1.1.1)   from PID-3   "));
  EXPECT_THAT(text, HasSubstr("  1 rules are for other triggers\n"));
  EXPECT_EQ(bench.report.bad, 0U);
}

TEST(MapExplain, AnEmptyFieldIsToldWithTheReason) {
  ExplainBench bench;
  std::string text = bench.Run(Visit("ZZ9"));
  EXPECT_THAT(text, HasSubstr("    attemptNo   nothing there at OBX(3.1=NR)-5.1   "));
  EXPECT_THAT(text, HasSubstr("    header.subject.birthDate   null: the source deletes the value at PID-7.1   "));
  EXPECT_THAT(text, HasSubstr("    mode   unknown code, skipped at SCH-8.1   "));
  EXPECT_THAT(text, HasSubstr("key ZZ9   no such row in "));
  EXPECT_THAT(text, HasSubstr("      doubt unknown-code:codes\n"));
  text = bench.Run(Visit("V4", "Noshow", "M2", "OBX|1|ST|NR||two\r"));
  EXPECT_THAT(text, HasSubstr("    mode   known code that says nothing here at SCH-8.1   "));
  EXPECT_THAT(text, HasSubstr("    attemptNo   left out, not of the form needed: no number that fits   "));
}

TEST(MapExplain, ARuleThatDidNotMatchNamesTheFirstConditionThatFailed) {
  ExplainBench bench;
  const std::string text = bench.Run(Visit("M8", "Complete"));
  EXPECT_THAT(text, HasSubstr("SIU^S26   nothing_to_tell\n"));
  EXPECT_THAT(text, HasSubstr("    not told: SCH-25.1 other_than [Complete]   " + bench.config.mapping_file + ":15:"));
  EXPECT_THAT(text, Not(HasSubstr("visitCode")));
}

TEST(MapExplain, WhatStopsAMessageIsToldAtItsField) {
  ExplainBench bench;
  std::string message = Visit("M8");
  message.replace(message.find("20260302093000"), 14, "not-a-time");
  const std::string text = bench.Run(message);
  EXPECT_THAT(text, HasSubstr("quarantined   bad-value: "));
  EXPECT_THAT(text, HasSubstr("    header.occurredAt   the message is put aside: bad-value: header.occurredAt: at SCH-11.4"));
  EXPECT_EQ(bench.report.bad, 1U);
}

TEST(MapExplain, AFieldWhoseWhereIsNotMetAndARuleThatPutsAsideSaySo) {
  ExplainBench bench;
  bench.Write("map.toml", bench.Changed("\"mode\" = {", "\"mode\" = { where = [{ at = \"SCH-2.1\", "
                                                       "present = true }],"));
  EXPECT_THAT(bench.Run(Visit("M8")), HasSubstr("    mode   left out, its where is not met at SCH-8.1   "));
  bench.Write("map.toml", bench.Changed("[[event]]\nname = \"moved\"",
                                        "[[event]]\nname = \"no\"\ntype = \"bvc.visit.missed\"\n"
                                        "when = [\"SIU^S26\"]\naside = \"not-today\"\n[[event.if]]\n"
                                        "at = \"SCH-8.1\"\npresent = true\n[[event]]\nname = \"moved\""));
  const std::string text = bench.Run(Visit("M8"));
  EXPECT_THAT(text, HasSubstr("quarantined   not-today: the rule 'no' puts it aside for SCH-8.1\n"));
  EXPECT_THAT(text, HasSubstr("    put aside: not-today\n"));
}

TEST(MapExplain, MaskHidesEveryValueInTextAndJson) {
  ExplainBench bench;
  for (const bool json : {false, true}) {
    ExplainOptions options;
    options.mask = true;
    options.json = json;
    const std::string text = bench.Run(Visit("M8"), options);
    for (const char* value : {"20210325K069", "A-77", "bhv.m8", "2026-03-02T08:30"})
      EXPECT_THAT(text, Not(HasSubstr(value))) << json;
    EXPECT_THAT(text, HasSubstr("SCH-8.1"));
  }
}

TEST(MapExplain, JsonIsOneLineForEachMessage) {
  ExplainBench bench;
  ExplainOptions options;
  options.json = true;
  const std::string text = bench.Run(Visit("M8"), options);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_THAT(text, HasSubstr("\"verdict\":\"taken\""));
  EXPECT_THAT(text, HasSubstr("{\"field\":\"visitCode\",\"outcome\":\"set\",\"value\":\"bhv.m8\",\"places\":[\"SCH-8.1\"]"));
  const std::string failed = bench.Run(Visit("M8", "Complete"), options);
  EXPECT_THAT(failed, HasSubstr("\"failed\":{\"condition\":\"SCH-25.1 other_than [Complete]\""));
}

TEST(MapExplain, AMessageThatNoRuleNamesAndOneThatIsNoneAreTold) {
  ExplainBench bench;
  std::string message = Visit("M8");
  message.replace(message.find("SIU^S26"), 7, "SIU^S12");
  EXPECT_THAT(bench.Run(message), HasSubstr("SIU^S12   not_wanted\n  no rule looked at it\n"));
  EXPECT_THAT(bench.Run("hello"), HasSubstr("no rule looked at it"));
  std::ostringstream out;
  EXPECT_EQ(Explain(bench.config, {bench.folder / "none"}, bench.kinds, bench.clock, {}, out).error().code,
            Code::kNotFound);
}

}  // namespace
}  // namespace sam::maptool::test
