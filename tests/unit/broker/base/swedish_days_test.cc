// Swedish days: holidays as the almanac has them, working days, and nights of the change.
#include "broker/base/swedish_days.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/base/text.h"

namespace sam::test {
namespace {

int64_t Day(const char* date) { return FromIso(date)->value / kDayMs; }

TEST(SwedishDays, NumbersAndDatesAgreeForFourHundredYears) {
  for (int64_t number = Day("1900-01-01"); number < Day("2300-01-01"); number += 13) {
    const CalendarDay day = DayOf(number);
    ASSERT_EQ(DayNumber(day), number);
    ASSERT_EQ(ToIso(Millis(number * kDayMs)).substr(8, 2),
              (day.day < 10 ? "0" : "") + std::to_string(day.day));
  }
  EXPECT_EQ(WeekdayOf(Day("2026-11-23")), 0);  // a Monday
  EXPECT_EQ(WeekdayOf(Day("1969-12-28")), 6);  // a Sunday
}

TEST(SwedishDays, EasterIsWhereTheAlmanacHasIt) {
  for (const char* date : {"2008-03-23", "2011-04-24", "2024-03-31", "2025-04-20", "2026-04-05",
                           "2027-03-28", "2030-04-21", "2038-04-25"})
    EXPECT_EQ(EasterSunday(DayOf(Day(date)).year), Day(date)) << date;
}

TEST(SwedishDays, TheHolidaysOf2026AreThoseOfTheAlmanac) {
  const std::vector<const char*> expected = {
      "2026-01-01", "2026-01-06", "2026-04-03", "2026-04-05", "2026-04-06", "2026-05-01",
      "2026-05-14", "2026-05-24", "2026-06-06", "2026-06-19", "2026-06-20", "2026-10-31",
      "2026-12-24", "2026-12-25", "2026-12-26", "2026-12-31"};
  std::vector<std::string> found;
  for (int64_t day = Day("2026-01-01"); day < Day("2027-01-01"); ++day)
    if (SwedishHoliday(day)) found.push_back(ToIso(Millis(day * kDayMs)).substr(0, 10));
  EXPECT_EQ(found, std::vector<std::string>(expected.begin(), expected.end()));
}

TEST(SwedishDays, MovableSaturdaysStayWithinTheirWeek) {
  EXPECT_EQ(SwedishHoliday(Day("2027-06-26")), "midsommardagen");  // the latest it can be
  EXPECT_EQ(SwedishHoliday(Day("2026-06-19")), "midsommarafton");  // the earliest it can be
  EXPECT_EQ(SwedishHoliday(Day("2027-11-06")), "alla helgons dag");
  EXPECT_FALSE(SwedishHoliday(Day("2026-11-07")));
  EXPECT_FALSE(SwedishHoliday(Day("2026-06-27")));
}

TEST(SwedishDays, WorkingDaysAreMondayToFridayWithoutHolidays) {
  EXPECT_TRUE(IsSwedishWorkingDay(Day("2026-04-02")));   // Maundy Thursday
  EXPECT_FALSE(IsSwedishWorkingDay(Day("2026-04-03")));  // Good Friday
  EXPECT_FALSE(IsSwedishWorkingDay(Day("2026-04-04")));  // a Saturday
  EXPECT_FALSE(IsSwedishWorkingDay(Day("2026-04-05")));
  EXPECT_FALSE(IsSwedishWorkingDay(Day("2026-04-06")));  // Easter Monday
  EXPECT_TRUE(IsSwedishWorkingDay(Day("2026-04-07")));
  EXPECT_FALSE(IsSwedishWorkingDay(Day("2026-06-19")));  // Midsummer Eve
  EXPECT_FALSE(IsSwedishWorkingDay(Day("2026-12-24")));
  EXPECT_TRUE(IsSwedishWorkingDay(Day("2026-05-15")));  // a bridge day is none
}

TEST(SwedishDays, ADayEndsOneMillisecondBeforeSwedishMidnight) {
  EXPECT_EQ(ToIso(EndOfSwedishDay(Day("2026-01-15"))), "2026-01-15T22:59:59.999Z");
  EXPECT_EQ(ToIso(EndOfSwedishDay(Day("2026-07-15"))), "2026-07-15T21:59:59.999Z");
}

TEST(SwedishDays, ANightOfTheChangeIsAnHourShorterOrLonger) {
  const auto length = [](const char* date) {
    return EndOfSwedishDay(Day(date)).value - EndOfSwedishDay(Day(date) - 1).value;
  };
  EXPECT_EQ(length("2026-03-28"), 24 * kHourMs);
  EXPECT_EQ(length("2026-03-29"), 23 * kHourMs);
  EXPECT_EQ(length("2026-10-25"), 25 * kHourMs);
  // 02:30 comes twice; both are of the same day.
  EXPECT_EQ(SwedishDay(*FromIso("2026-10-25T00:30Z")), Day("2026-10-25"));
  EXPECT_EQ(SwedishDay(*FromIso("2026-10-25T01:30Z")), Day("2026-10-25"));
}

TEST(SwedishDays, AMomentBelongsToTheDayOnTheSwedishClock) {
  EXPECT_EQ(SwedishDay(*FromIso("2026-01-15T22:59Z")), Day("2026-01-15"));
  EXPECT_EQ(SwedishDay(*FromIso("2026-01-15T23:00Z")), Day("2026-01-16"));
  EXPECT_EQ(SwedishDay(*FromIso("2026-07-15T21:59Z")), Day("2026-07-15"));
  EXPECT_EQ(SwedishDay(*FromIso("2026-07-15T22:00Z")), Day("2026-07-16"));
  EXPECT_EQ(SwedishDay(Millis(-kDayMs)), -1);
}

}  // namespace
}  // namespace sam::test
