#include "broker/statistics/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace sam::statistics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Fact> Some(uint32_t count, uint32_t few) {
  std::vector<Fact> facts;
  for (uint32_t i = 0; i < count; ++i) {
    Fact fact;
    fact.child = i;
    fact.code = i % 3 == 0 ? "SIG-A1" : "SIG-E1";
    fact.legal_class = i % 3 == 0 ? "A" : "E";
    fact.age = i < few ? "0" : i % 2 == 0 ? "1-2" : "3-5";
    fact.municipality = i % 5 == 0 ? "" : "2183";
    fact.outcome = i % 4 == 0 ? kOverdue : kInTime;
    fact.after_ms = {800, 3'600'000, 80'000'000, 700'000'000};
    facts.push_back(fact);
  }
  return facts;
}

std::string Made(uint32_t count, contract::Language language, const Names& names = {}, bool test = false) {
  const Period period = *ParsePeriod("2026-Q1", Length::kQuarter);
  return Page(MakeSheets(MakeReport(period, test, Some(count, 3)), names, language));
}

size_t Times(const std::string& text, const std::string& word) {
  size_t found = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

TEST(Page, NeedsNothingButItself) {
  const std::string page = Made(60, contract::Language::kSwedish);
  for (const char* word : {"<script", "http:", "https:", "src=", "href=", "@import", "url(h"})
    EXPECT_THAT(page, Not(HasSubstr(word)));
  EXPECT_THAT(page, HasSubstr("<html lang=\"sv\">"));
  EXPECT_THAT(Made(60, contract::Language::kEnglish), HasSubstr("<html lang=\"en\">"));
}

TEST(Page, EachChartHasANameWordsAndATable) {
  const std::string page = Made(60, contract::Language::kSwedish);
  const size_t charts = Times(page, "role=\"img\"");
  EXPECT_EQ(charts, 5U);
  EXPECT_EQ(Times(page, "<table>"), charts);
  EXPECT_EQ(Times(page, "<desc"), charts);
  EXPECT_EQ(Times(page, "<caption>"), charts);
}

// What a table leaves out cannot be read from its chart: no bar, no width of its own, no tip.
TEST(Page, WhatIsLeftOutIsLeftOutOfTheChart) {
  std::vector<Fact> facts = Some(60, 0);
  facts[0].outcome = facts[3].outcome = kLate;
  for (size_t i = 6; i < 40; i += 3) facts[i + 1].outcome = kLate;
  const Report report = MakeReport(*ParsePeriod("2026-Q1", Length::kQuarter), false, facts);
  ASSERT_FALSE(report.outcomes.Shown(0, kLate).has_value());
  const std::string page = Page(MakeSheets(report, {}, contract::Language::kEnglish));
  EXPECT_THAT(page, HasSubstr("class=\"hidden\""));
  EXPECT_THAT(page, Not(HasSubstr("answered late: 2<")));
}

TEST(Page, TooFewGiveAPageThatSaysSo) {
  const std::string page = Made(4, contract::Language::kEnglish);
  EXPECT_THAT(page, HasSubstr("Fewer than 5 children"));
  EXPECT_THAT(page, Not(HasSubstr("<svg")));
}

TEST(Page, NamesOfTheDirectoryAreTextAndNothingElse) {
  const std::string page = Made(60, contract::Language::kEnglish, {{"2183", "<b>Bollnäs & \"co\"</b>"}});
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;Bollnäs &amp; &quot;co&quot;&lt;/b&gt;"));
}

TEST(Page, ATestSaysThatItIsOne) {
  EXPECT_THAT(Made(60, contract::Language::kEnglish, {}, true), HasSubstr(">TEST<"));
  EXPECT_THAT(Made(60, contract::Language::kEnglish), Not(HasSubstr(">TEST<")));
}

}  // namespace
}  // namespace sam::statistics
