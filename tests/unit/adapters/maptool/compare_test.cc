#include "adapters/maptool/compare.h"

#include <gmock/gmock.h>

#include "tests/unit/adapters/maptool/bench.h"

namespace sam::maptool::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct CompareBench : Bench {
  CompareReport report;
  std::string Run(const std::string& other, const std::vector<std::string>& messages,
                  const CompareOptions& options = {}) {
    Result<Comparer> comparer = Comparer::Open(config, Write("other.toml", other), kinds, clock);
    EXPECT_TRUE(comparer.ok()) << comparer.error().message;
    if (!comparer.ok()) return "";
    std::vector<Sample> samples;
    samples.reserve(messages.size());
    for (const std::string& one : messages) samples.push_back({"m" + std::to_string(samples.size() + 1), one});
    std::ostringstream out;
    const Result<CompareReport> made = comparer->Run(samples, options, out);
    EXPECT_TRUE(made.ok()) << made.error().message;
    if (made.ok()) report = *made;
    return out.str();
  }
};

TEST(MapCompare, TheSameMappingIsNoDifferenceThoughIdsAndDigestsAreNew) {
  CompareBench bench;
  EXPECT_EQ(bench.Run(bench.Changed("version = \"1\"", "version = \"2\""), {Visit("M8"), Visit("V4", "Noshow", "M2")}), "");
  EXPECT_EQ(bench.report.messages, 2U);
  EXPECT_EQ(bench.report.different, 0U);
}

TEST(MapCompare, AChangedFieldIsNamedAndAPersonalOneHidden) {
  CompareBench bench;
  const std::string other = bench.Changed("{ from_any = [\"SCH-1.1\", \"SCH-2.1\"] }", "{ const = \"K-1\" }");
  const std::string masked = bench.Run(other, {Visit("M8")});
  EXPECT_THAT(masked, HasSubstr("m1\n  event bvc.visit.missed   changed\n"));
  EXPECT_THAT(masked, HasSubstr("appointmentId: (hidden) -> (hidden)\n"));
  EXPECT_THAT(masked, Not(HasSubstr("A-77")));
  CompareOptions reveal;
  reveal.reveal = true;
  EXPECT_THAT(bench.Run(other, {Visit("M8")}, reveal), HasSubstr("appointmentId: A-77 -> K-1\n"));
  EXPECT_EQ(bench.report.different, 1U);
}

TEST(MapCompare, AFieldThatComesOrGoesIsNothingOnOneSide) {
  CompareBench bench;
  CompareOptions reveal;
  reveal.reveal = true;
  const std::string text = bench.Run(
      bench.Changed("\"attemptNo\" = { from = \"OBX(3.1=NR)-5.1\", as = \"int\" }", "\"attemptNo\" = { const = \"3\" }"),
      {Visit("M8")}, reveal);
  EXPECT_THAT(text, HasSubstr("attemptNo: nothing -> 3\n"));
}

TEST(MapCompare, AnEventThatGoesAndOneThatComesAreTold) {
  CompareBench bench;
  const std::string other = bench.Changed("other_than = [\"Complete\"]", "in = [\"Complete\"]");
  const std::string text = bench.Run(other, {Visit("M8"), Visit("M8", "Complete", "M2")});
  EXPECT_THAT(text, HasSubstr("m1\n  verdict   taken -> nothing_to_tell\n  event bvc.visit.missed   removed\n"));
  EXPECT_THAT(text, HasSubstr("m2\n  verdict   nothing_to_tell -> taken\n  event bvc.visit.missed   added\n"));
  EXPECT_EQ(bench.report.different, 2U);
}

TEST(MapCompare, AnotherVerdictIsTold) {
  CompareBench bench;
  const std::string other = bench.Changed("\"SCH-8.1\", table = \"codes\" }", "\"SCH-8.1\", table = \"codes\", unknown = \"quarantine\" }");
  EXPECT_THAT(bench.Run(other, {Visit("ZZ9")}), HasSubstr("verdict   taken -> quarantined unknown-code\n"));
}

TEST(MapCompare, JsonIsOneLineForEachMessageThatDiffers) {
  CompareBench bench;
  CompareOptions json;
  json.json = true;
  const std::string text = bench.Run(bench.Changed("{ from_any = [\"SCH-1.1\", \"SCH-2.1\"] }", "{ const = \"K-1\" }"),
                                     {Visit("M8")}, json);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_THAT(text, HasSubstr("\"change\":\"changed\""));
  EXPECT_THAT(text, HasSubstr("\"hidden\":true"));
  EXPECT_THAT(text, Not(HasSubstr("A-77")));
}

TEST(MapCompare, AWrongMappingIsRefusedWithItsMistakes) {
  CompareBench bench;
  const Result<Comparer> comparer = Comparer::Open(
      bench.config, bench.Write("other.toml", bench.Changed("\"start\"", "\"strat\"")), bench.kinds, bench.clock);
  ASSERT_FALSE(comparer.ok());
  EXPECT_THAT(comparer.error().message, HasSubstr("other.toml:21:1: unknown field 'strat'"));
}

}  // namespace
}  // namespace sam::maptool::test
