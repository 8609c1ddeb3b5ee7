// How long a time limit is: hours to the minute, days and working days to the end of a Swedish day.
#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "broker/rules/rule_set.h"

namespace sam::rules::test {
namespace {

std::string Due(const RuleClock& clock, const char* start, bool acute = false) {
  return ToIso(DueOf(clock, *FromIso(start), acute));
}
RuleClock Hours(int64_t hours, int64_t acute = 0) {
  return {"clock.receipt", hours, 0, 0, acute, false};
}
RuleClock Days(int64_t days) { return {"clock.decide", 0, days, 0, 0, false}; }
RuleClock WorkingDays(int64_t days, int64_t acute = 0) {
  return {"clock.offer", 0, 0, days, acute, false};
}

TEST(Clocks, HoursRunThroughNightsHolidaysAndTheChangeOfTheClock) {
  EXPECT_EQ(Due(Hours(24), "2026-12-24T10:00Z"), "2026-12-25T10:00:00.000Z");
  EXPECT_EQ(Due(Hours(24), "2026-03-28T12:00Z"), "2026-03-29T12:00:00.000Z");
}

TEST(Clocks, AcuteSignalsHaveTheirOwnHoursWhereTheRuleSaysSo) {
  EXPECT_EQ(Due(Hours(8, 1), "2026-03-02T10:00Z", true), "2026-03-02T11:00:00.000Z");
  EXPECT_EQ(Due(Hours(8), "2026-03-02T10:00Z", true), "2026-03-02T18:00:00.000Z");
  EXPECT_EQ(Due(WorkingDays(5, 2), "2026-03-02T10:00Z", true), "2026-03-02T12:00:00.000Z");
}

TEST(Clocks, WorkingDaysLeaveOutWeekendsAndHolidaysAndEndWithTheDay) {
  // Monday 2 March, ten working days: Monday 16 March.
  EXPECT_EQ(Due(WorkingDays(10), "2026-03-02T10:15Z"), "2026-03-16T22:59:59.999Z");
  // Over Easter 2026: Wednesday 1 April, then 2, 7, 8.
  EXPECT_EQ(Due(WorkingDays(3), "2026-04-01T08:00Z"), "2026-04-08T21:59:59.999Z");
  // Over the turn of the year: 23, then 28, 29, 30 December, 4 January.
  EXPECT_EQ(Due(WorkingDays(5), "2026-12-22T08:00Z"), "2027-01-04T22:59:59.999Z");
}

TEST(Clocks, TheSameDayEndsAtMidnightAndOfADayOffWithTheNextWorkingDay) {
  const RuleClock same{"clock.receipt", 0, 0, 0, 1, true};
  EXPECT_EQ(Due(same, "2026-03-02T06:15Z"), "2026-03-02T22:59:59.999Z");
  EXPECT_EQ(Due(same, "2026-03-01T23:30Z"), "2026-03-02T22:59:59.999Z") << "Monday on the Swedish clock";
  EXPECT_EQ(Due(same, "2026-03-03T14:59Z"), "2026-03-03T22:59:59.999Z");
  EXPECT_EQ(Due(same, "2026-03-03T15:00Z"), "2026-03-04T22:59:59.999Z") << "16:00: nobody is there any more";
  EXPECT_EQ(Due(same, "2026-07-03T14:00Z"), "2026-07-06T21:59:59.999Z") << "16:00 on a Friday in summer";
  EXPECT_EQ(Due(same, "2026-03-07T10:00Z"), "2026-03-09T22:59:59.999Z") << "a Saturday";
  EXPECT_EQ(Due(same, "2026-04-03T08:00Z"), "2026-04-07T21:59:59.999Z") << "Good Friday";
  EXPECT_EQ(Due(same, "2026-03-07T10:00Z", true), "2026-03-07T11:00:00.000Z") << "acute ones do not wait";
}

TEST(Clocks, TheNextDayEndsAtItsMidnightAlsoOfASaturdayOrAHoliday) {
  RuleClock next{"clock.assess"};
  next.next_day = true;
  EXPECT_EQ(Due(next, "2026-03-02T06:15Z"), "2026-03-03T22:59:59.999Z");
  EXPECT_EQ(Due(next, "2026-03-01T23:30Z"), "2026-03-03T22:59:59.999Z") << "Monday on the Swedish clock";
  EXPECT_EQ(Due(next, "2026-03-06T22:59Z"), "2026-03-07T22:59:59.999Z") << "a Saturday";
  EXPECT_EQ(Due(next, "2026-12-24T10:00Z"), "2026-12-25T22:59:59.999Z") << "Christmas Day";
  EXPECT_EQ(Due(next, "2026-03-28T12:00Z"), "2026-03-29T21:59:59.999Z") << "the night of the change";
}

TEST(Clocks, MonthsEndWithTheDayOfTheSameNumberAndOfAShortMonthWithItsLast) {
  const RuleClock months{"clock.inquiry", 0, 0, 0, 0, false, 4};
  EXPECT_EQ(Due(months, "2026-03-10T09:00Z"), "2026-07-10T21:59:59.999Z");
  EXPECT_EQ(Due(months, "2026-10-31T09:00Z"), "2027-03-01T22:59:59.999Z") << "28 February is a Sunday";
  EXPECT_EQ(Due(months, "2026-09-30T22:30Z"), "2027-02-01T22:59:59.999Z") << "1 October on the Swedish clock";
  EXPECT_EQ(Due(months, "2026-08-25T09:00Z"), "2026-12-28T22:59:59.999Z") << "Christmas Day";
}

TEST(Clocks, ALimitThatStartsOnAHolidayCountsFromTheNextWorkingDay) {
  EXPECT_EQ(Due(WorkingDays(1), "2026-04-03T08:00Z"), "2026-04-07T21:59:59.999Z");
  EXPECT_EQ(Due(WorkingDays(1), "2026-06-20T08:00Z"), "2026-06-22T21:59:59.999Z");
}

TEST(Clocks, CalendarDaysEndWithTheLastDayAndOnAHolidayWithTheNextWorkingDay) {
  EXPECT_EQ(Due(Days(14), "2026-03-02T10:15Z"), "2026-03-16T22:59:59.999Z");
  // Christmas Eve, two holidays, a Sunday: Monday 28 December.
  EXPECT_EQ(Due(Days(14), "2026-12-10T10:15Z"), "2026-12-28T22:59:59.999Z");
  EXPECT_EQ(Due(Days(14), "2026-03-20T10:15Z"), "2026-04-07T21:59:59.999Z") << "Good Friday";
  EXPECT_EQ(Due(Days(1), "2026-03-06T10:15Z"), "2026-03-09T22:59:59.999Z") << "a Saturday";
}

TEST(Clocks, TheDayIsThatOfTheSwedishClock) {
  // 23:30Z on Sunday is Monday in Sweden: Tuesday is the first working day after it.
  EXPECT_EQ(Due(WorkingDays(1), "2026-03-01T23:30Z"), "2026-03-03T22:59:59.999Z");
}

TEST(Clocks, ANightOfTheChangeLiesInsideALimit) {
  // Friday before summer time begins: the end of Monday is at 22:00Z, not 23:00Z.
  EXPECT_EQ(Due(WorkingDays(1), "2026-03-27T12:00Z"), "2026-03-30T21:59:59.999Z");
  EXPECT_EQ(Due(WorkingDays(1), "2026-10-23T12:00Z"), "2026-10-26T22:59:59.999Z");
}

std::string Errors(const std::string& text) {
  const auto rules = ParseRules(text, "rules.toml");
  return rules.ok() ? "" : rules.error().message;
}
std::string WithClock(const std::string& clock) {
  return "[[rule]]\nid = \"T\"\nversion = \"1\"\npattern = \"transport\"\nenabled = true\n"
         "owner = \"hub\"\nground = \"ground.report\"\nvalid_from = 2000-01-01\n[[rule.clock]]\n"
         "kind = \"clock.receipt\"\n" + clock;
}

TEST(Clocks, AClockHasExactlyOneLength) {
  EXPECT_EQ(Errors(WithClock("hours = 8\n")), "");
  EXPECT_EQ(Errors(WithClock("days = 8\nacute_hours = 1\n")), "");
  EXPECT_EQ(Errors(WithClock("working_days = 8\n")), "");
  EXPECT_EQ(Errors(WithClock("same_day = true\nacute_hours = 1\n")), "");
  EXPECT_EQ(Errors(WithClock("months = 4\n")), "");
  EXPECT_EQ(Errors(WithClock("next_day = true\n")), "");
  EXPECT_NE(Errors(WithClock("next_day = true\nsame_day = true\n")), "");
  EXPECT_NE(Errors(WithClock("months = 4\ndays = 1\n")), "");
  EXPECT_NE(Errors(WithClock("same_day = true\ndays = 1\n")), "");
  EXPECT_NE(Errors(WithClock("")).find("exactly one of hours, days, months, working_days, same_day and next_day"),
            std::string::npos);
  EXPECT_NE(Errors(WithClock("hours = 8\nworking_days = 1\n")), "");
  EXPECT_NE(Errors(WithClock("working_days = 0\n")), "");
  EXPECT_NE(Errors(WithClock("days = 367\n")), "");
}

TEST(Clocks, ARuleHasAtMostEightClocks) {
  std::string text = WithClock("hours = 8\n");
  for (int i = 0; i < 8; ++i)
    text.append("[[rule.clock]]\nkind = \"clock.reply\"\nhours = 1\n");
  EXPECT_NE(Errors(text).find("at most 8 clocks"), std::string::npos);
}

TEST(Clocks, RemindersAreRisingPercentagesAndNoneWithoutTheTable) {
  const auto none = ParseRules(WithClock("hours = 8\n"), "rules.toml");
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->reminders.on);
  const auto some = ParseRules("[reminders]\nmarks = [50, 80, 100]\nacute_minutes = 20\n", "r.toml");
  ASSERT_TRUE(some.ok()) << some.error().message;
  EXPECT_TRUE(some->reminders.on);
  EXPECT_EQ(some->reminders.marks, (std::vector<int64_t>{50, 80, 100}));
  EXPECT_EQ(some->reminders.acute_minutes, 20);
  for (const char* marks : {"[80, 50]", "[50, 50]", "[0]", "[101]", "50", "[1,2,3,4,5,6,7,8,9]",
                            "[\"50\"]"})
    EXPECT_NE(Errors(std::string("[reminders]\nmarks = ") + marks + "\n"), "") << marks;
  EXPECT_NE(Errors("[reminders]\nmarks = [50]\nacute_minutes = 0\n"), "");
  EXPECT_EQ(some->reminders.delivery_minutes, 0) << "only where it is stated";
  EXPECT_EQ(ParseRules("[reminders]\nmarks = [50]\ndelivery_minutes = 5\n", "r.toml")->reminders.delivery_minutes, 5);
  for (const char* minutes : {"0", "-1", "1441", "\"5\""})
    EXPECT_NE(Errors("[reminders]\nmarks = [50]\ndelivery_minutes = " + std::string(minutes) + "\n"), "") << minutes;
}

}  // namespace
}  // namespace sam::rules::test
