#include "broker/base/swedish_days.h"

namespace sam {
namespace {

struct Fixed {
  int month;
  int day;
  std::string_view name;
};
constexpr Fixed kFixed[] = {{1, 1, "nyårsdagen"},     {1, 6, "trettondedag jul"},
                            {5, 1, "första maj"},     {6, 6, "nationaldagen"},
                            {12, 24, "julafton"},     {12, 25, "juldagen"},
                            {12, 26, "annandag jul"}, {12, 31, "nyårsafton"}};

struct AfterEaster {
  int days;
  std::string_view name;
};
constexpr AfterEaster kAfterEaster[] = {{-2, "långfredagen"},
                                        {0, "påskdagen"},
                                        {1, "annandag påsk"},
                                        {39, "Kristi himmelsfärdsdag"},
                                        {49, "pingstdagen"}};

constexpr int kFriday = 4;
constexpr int kSaturday = 5;
constexpr int kSunday = 6;

int64_t FloorDay(int64_t ms) { return ms >= 0 ? ms / kDayMs : -((-ms + kDayMs - 1) / kDayMs); }

// 01:00Z on the last Sunday of March or October.
Millis ChangeIn(int year, int month) {
  int64_t day = DayNumber({year, month, 31});
  while (WeekdayOf(day) != kSunday) --day;
  return Millis(day * kDayMs + kHourMs);
}

}  // namespace

// The Gregorian rule as published anonymously in 1876 (Meeus, Jones and Butcher).
int64_t EasterSunday(int year) {
  const int a = year % 19, b = year / 100, c = year % 100;
  const int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  const int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int month = (h + l - 7 * m + 114) / 31;
  const int day = (h + l - 7 * m + 114) % 31 + 1;
  return DayNumber({year, month, day});
}

std::optional<std::string_view> SwedishHoliday(int64_t number) {
  const CalendarDay day = DayOf(number);
  for (const Fixed& one : kFixed)
    if (day.month == one.month && day.day == one.day) return one.name;
  const int64_t easter = EasterSunday(day.year);
  for (const AfterEaster& one : kAfterEaster)
    if (number == easter + one.days) return one.name;
  const int weekday = WeekdayOf(number);
  if (weekday == kFriday && day.month == 6 && day.day >= 19 && day.day <= 25)
    return "midsommarafton";
  if (weekday == kSaturday && day.month == 6 && day.day >= 20 && day.day <= 26)
    return "midsommardagen";
  if (weekday == kSaturday &&
      ((day.month == 10 && day.day == 31) || (day.month == 11 && day.day <= 6)))
    return "alla helgons dag";
  return std::nullopt;
}

bool IsSwedishWorkingDay(int64_t number) {
  return WeekdayOf(number) < kSaturday && !SwedishHoliday(number);
}

int64_t SwedishOffsetMs(Millis time) {
  const int year = DayOf(FloorDay(time.value)).year;
  const bool summer = time >= ChangeIn(year, 3) && time < ChangeIn(year, 10);
  return (summer ? 2 : 1) * kHourMs;
}

int64_t SwedishDay(Millis time) { return FloorDay(time.value + SwedishOffsetMs(time)); }

Millis EndOfSwedishDay(int64_t number) {
  // Clocks change in the small hours, never at midnight.
  const int64_t midnight = (number + 1) * kDayMs;
  const bool summer = SwedishOffsetMs(Millis(midnight - 2 * kHourMs)) == 2 * kHourMs;
  return Millis(midnight - (summer ? 2 : 1) * kHourMs - 1);
}

}  // namespace sam
