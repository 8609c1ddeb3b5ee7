#include "broker/rules/clocks.h"

#include <algorithm>

#include "broker/base/swedish_days.h"

namespace sam::rules {
namespace {

constexpr int64_t kHoursMax = int64_t{24} * 366;
constexpr int64_t kSameDayClosesHour = 16;  // Swedish clock

int64_t MonthsLater(int64_t day, int64_t months) {
  CalendarDay out = DayOf(day);
  const int64_t month = out.month - 1 + months;
  out.year += static_cast<int>(month / 12);
  out.month = static_cast<int>(month % 12) + 1;
  while (!DayExists(out)) --out.day;
  return DayNumber(out);
}

}  // namespace

Millis DueOf(const RuleClock& clock, Millis start, bool acute) {
  if (acute && clock.acute_hours > 0) return Millis(start.value + clock.acute_hours * kHourMs);
  if (clock.hours > 0) return Millis(start.value + clock.hours * kHourMs);
  if (clock.next_day) return EndOfSwedishDay(SwedishDay(start) + 1);
  int64_t day = MonthsLater(SwedishDay(start), clock.months) + clock.days;  // of same_day none is added
  // Nobody answers before midnight what came when the office had closed.
  const int64_t of_day = start.value + SwedishOffsetMs(start) - SwedishDay(start) * 24 * kHourMs;
  if (clock.same_day && of_day >= kSameDayClosesHour * kHourMs) ++day;
  for (int64_t left = clock.working_days; left > 0;)
    if (IsSwedishWorkingDay(++day)) --left;
  while (!IsSwedishWorkingDay(day)) ++day;
  return EndOfSwedishDay(day);
}

RuleClock ReadClock(config::Table& table) {
  RuleClock clock;
  clock.kind = table.Text("kind");
  clock.hours = table.IntOr("hours", 0, 1, kHoursMax);
  clock.days = table.IntOr("days", 0, 1, 366);
  clock.working_days = table.IntOr("working_days", 0, 1, 260);
  clock.acute_hours = table.IntOr("acute_hours", 0, 1, kHoursMax);
  clock.same_day = table.BoolOr("same_day", false);
  clock.next_day = table.BoolOr("next_day", false);
  clock.months = table.IntOr("months", 0, 1, 24);
  const int stated = (clock.hours > 0 ? 1 : 0) + (clock.days > 0 ? 1 : 0) + (clock.months > 0 ? 1 : 0) +
                     (clock.working_days > 0 ? 1 : 0) + (clock.same_day ? 1 : 0) + (clock.next_day ? 1 : 0);
  if (stated != 1) table.Fail("hours", "exactly one of hours, days, months, working_days, same_day and next_day");
  return clock;
}

Reminders ReadReminders(config::Table& table) {
  Reminders reminders;
  reminders.on = true;
  reminders.marks = table.IntList("marks", 1, 100);
  reminders.acute_minutes = table.IntOr("acute_minutes", 30, 1, int64_t{24} * 60);
  reminders.delivery_minutes = table.IntOr("delivery_minutes", 0, 1, int64_t{24} * 60);
  const auto falls = std::adjacent_find(reminders.marks.begin(), reminders.marks.end(),
                                        [](int64_t a, int64_t b) { return a >= b; });
  if (falls != reminders.marks.end() || reminders.marks.size() > kMarksMax)
    table.Fail("marks", "at most 8 rising percentages");
  return reminders;
}

}  // namespace sam::rules
