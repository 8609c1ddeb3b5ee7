#include "adapters/maptool/check.h"

#include <gmock/gmock.h>

#include "tests/unit/adapters/maptool/bench.h"

namespace sam::maptool::test {
namespace {

using testing::HasSubstr;

struct CheckBench : Bench {
  CheckReport Run(const std::string& path) {
    const Result<CheckReport> report = Check(path, kinds, clock);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : CheckReport();
  }
  // adapter.toml with this mapping; `source` takes the place of its [source].
  std::string Config(const std::string& mapping, const std::string& source = "system_id = \"c\"\norg_nr = \"2321000198\"\nboard = \"b\"\n") {
    return Write("adapter.toml", "[source]\nenvironment = \"test\"\n" + source + "[listen]\naddress = \"127.0.0.1:0\"\n"
                 "[mapping]\nfile = \"" + mapping + "\"\n[store]\npath = \"s\"\nkey_file = \"k\"\n"
                 "[hub]\nendpoint = \"tcp://127.0.0.1:1\"\npublic_key = \"x\"\nkey_file = \"c\"\n");
  }
};

TEST(MapCheck, AGoodMappingIsOkWithItsDigest) {
  CheckBench bench;
  const CheckReport report = bench.Run(bench.config.mapping_file);
  EXPECT_TRUE(report.ok());
  EXPECT_TRUE(report.findings.empty()) << TextOf(report);
  EXPECT_THAT(TextOf(report), HasSubstr("ok  t 1  2 events  "));
  EXPECT_THAT(JsonOf(report), HasSubstr("\"ok\":true"));
}

TEST(MapCheck, TheShippedMappingHasNoMistake) {
  CheckBench bench;
  const CheckReport report = bench.Run(kit::test::Source("adapters/bvc/mappings/bvc-hl7v2.toml"));
  EXPECT_TRUE(report.ok()) << TextOf(report);
}

TEST(MapCheck, AllMistakesComeInOrderEachWithPlaceAndNearestName) {
  CheckBench bench;
  std::string text = bench.Changed("\"visitCode\"", "\"vistCode\"");
  text.replace(text.find("\"start\""), 7, "\"strat\"");
  const std::string path = bench.Write("wrong.toml", text);
  bench.Write("codes.csv", "# version: 2\ncode;value;mode\nM8;bhv.m8;hom\n");
  const CheckReport report = bench.Run(path);
  EXPECT_FALSE(report.ok());
  ASSERT_GE(report.findings.size(), 5U) << TextOf(report);
  EXPECT_EQ(report.findings[0].file, bench.folder / "codes.csv");
  EXPECT_EQ(report.findings[0].line, 3);
  EXPECT_EQ(report.findings[0].column, 11);
  EXPECT_EQ(report.findings[0].nearest, "home");
  std::vector<std::string> nearest;
  int line = 0;
  for (size_t i = 1; i < report.findings.size(); ++i) {
    EXPECT_EQ(report.findings[i].file, path);
    EXPECT_GE(report.findings[i].line, line);
    line = report.findings[i].line;
    if (!report.findings[i].nearest.empty()) nearest.push_back(report.findings[i].nearest);
  }
  EXPECT_THAT(nearest, testing::ElementsAre("visitCode", "start"));
  EXPECT_THAT(TextOf(report), HasSubstr("mistakes\n"));
  EXPECT_THAT(JsonOf(report), HasSubstr("\"line\":20,\"column\":1,\"kind\":\"mistake\",\"what\":\"unknown field 'vistCode'"));
}

TEST(MapCheck, AConfigurationIsCheckedTogetherWithItsMapping) {
  CheckBench bench;
  bench.Write("map.toml", bench.Changed("\"start\"", "\"strat\""));
  const CheckReport report = bench.Run(bench.Config("map.toml", "system_id = \"c\"\norg_nr = \"2321000199\"\n"));
  const std::string text = TextOf(report);
  EXPECT_THAT(text, HasSubstr("adapter.toml:4:"));
  EXPECT_THAT(text, HasSubstr("map.toml:21:1: unknown field 'strat', did you mean 'start'?"));
}

TEST(MapCheck, AGoodConfigurationIsOk) {
  CheckBench bench;
  const CheckReport report = bench.Run(bench.Config("map.toml"));
  EXPECT_TRUE(report.ok()) << TextOf(report);
  EXPECT_EQ(report.mapping, "t 1");
}

TEST(MapCheck, AZoneOfTheConfigurationThatIsNoneIsFound) {
  CheckBench bench;
  const CheckReport report = bench.Run(
      bench.Config("map.toml", "system_id = \"c\"\norg_nr = \"2321000198\"\nzone = \"Europe/Stokholm\"\n"));
  EXPECT_FALSE(report.ok());
  EXPECT_THAT(TextOf(report), HasSubstr("Europe/Stokholm"));
}

TEST(MapCheck, AMappingThatIsNotThereAndTomlThatIsNoneAreFindings) {
  CheckBench bench;
  EXPECT_THAT(TextOf(bench.Run(bench.Config("none.toml"))), HasSubstr("none.toml: cannot open"));
  const CheckReport broken = bench.Run(bench.Write("b.toml", "[mapping]\nid = \"t\nversion = 1\n"));
  ASSERT_EQ(broken.findings.size(), 1U);
  EXPECT_EQ(broken.findings[0].line, 2);
  EXPECT_EQ(Check(bench.folder / "nothing.toml", bench.kinds, bench.clock).error().code, Code::kNotFound);
}

TEST(MapCheck, AHintIsNoMistake) {
  CheckBench bench;
  const CheckReport report = bench.Run(bench.Write("h.toml", bench.Changed("SIU^S26", "SUI^S26")));
  EXPECT_TRUE(report.ok());
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_TRUE(report.findings[0].hint);
  EXPECT_EQ(report.findings[0].nearest, "SIU^S26");
  EXPECT_THAT(TextOf(report), HasSubstr("h.toml:14:9: hint: "));
}

TEST(MapCheck, APlaceIsReadFromItsLineWhateverThePathHolds) {
  const Finding one = ParseFinding("C: d/m:1.toml:12:3: 'x': expected: y; did you mean 'z'?", "f");
  EXPECT_EQ(one.file, "C: d/m:1.toml");
  EXPECT_EQ(one.line, 12);
  EXPECT_EQ(one.column, 3);
  EXPECT_EQ(one.nearest, "z");
  const Finding plain = ParseFinding("no place: at all", "f");
  EXPECT_EQ(plain.file, "f");
  EXPECT_EQ(plain.line, 0);
  EXPECT_EQ(plain.what, "no place: at all");
}

}  // namespace
}  // namespace sam::maptool::test
