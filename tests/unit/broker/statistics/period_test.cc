#include "broker/statistics/period.h"

#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "broker/statistics/fact.h"

namespace sam::statistics {
namespace {

TEST(Period, BeginsAndEndsAtSwedishMidnight) {
  const auto quarter = ParsePeriod("2026-Q1", Length::kQuarter);
  ASSERT_TRUE(quarter.ok());
  EXPECT_EQ(ToIso(quarter->from), "2025-12-31T23:00:00.000Z");
  EXPECT_EQ(ToIso(quarter->until), "2026-03-31T22:00:00.000Z");  // summer time since 29 March
  EXPECT_EQ(quarter->first, "2026-01-01");
  EXPECT_EQ(quarter->last, "2026-03-31");
  const auto month = ParsePeriod("2026-12", Length::kMonth);
  ASSERT_TRUE(month.ok());
  EXPECT_EQ(ToIso(month->until), "2026-12-31T23:00:00.000Z");
  const auto year = ParsePeriod("2024", Length::kYear);
  ASSERT_TRUE(year.ok());
  EXPECT_EQ(year->last, "2024-12-31");
}

TEST(Period, NeighboursNeitherOverlapNorLeaveAGap) {
  Millis last = ParsePeriod("2025-12", Length::kMonth)->until;
  for (int month = 1; month <= 12; ++month) {
    const std::string name = "2026-" + std::string(month < 10 ? "0" : "") + std::to_string(month);
    const auto period = ParsePeriod(name, Length::kMonth);
    ASSERT_TRUE(period.ok()) << name;
    EXPECT_EQ(period->from, last) << name;
    last = period->until;
  }
}

// A quarter less two of its months would be what the third one hides.
TEST(Period, OnlyTheLengthThatTheHubPublishesIsMade) {
  EXPECT_FALSE(ParsePeriod("2026-03", Length::kQuarter).ok());
  EXPECT_FALSE(ParsePeriod("2026", Length::kQuarter).ok());
  EXPECT_FALSE(ParsePeriod("2026-Q1", Length::kMonth).ok());
  EXPECT_FALSE(ParsePeriod("2026-Q1", Length::kYear).ok());
}

TEST(Period, AnythingElseIsRefused) {
  for (const char* text : {"", "26", "2026-", "2026-Q5", "2026-Q0", "2026-00", "2026-13", "2026-3",
                           "2026-03-01", "2026-q1", "abcd", "1969", "2026Q1", "2026-+1"})
    for (const Length length : {Length::kMonth, Length::kQuarter, Length::kYear})
      EXPECT_FALSE(ParsePeriod(text, length).ok()) << text;
}

TEST(AgeBand, CountsWholeYearsOfTheCalendar) {
  EXPECT_EQ(AgeBand("2024-03-01", "2025-02-28"), "0");
  EXPECT_EQ(AgeBand("2024-03-01", "2025-03-01"), "1-2");
  EXPECT_EQ(AgeBand("2020-02-29", "2023-02-28"), "1-2");
  EXPECT_EQ(AgeBand("2020-02-29", "2023-03-01"), "3-5");
  EXPECT_EQ(AgeBand("2020-03-01", "2026-03-01"), "6-17");
  EXPECT_EQ(AgeBand("1990-03-01", "2026-03-01"), "18");
  EXPECT_EQ(AgeBand("", "2026-03-01"), "unknown");
  EXPECT_EQ(AgeBand("2027-03-01", "2026-03-01"), "unknown");
}

}  // namespace
}  // namespace sam::statistics
