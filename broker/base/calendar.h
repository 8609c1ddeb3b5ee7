// Days of the Gregorian calendar, over the standard library's. Any thread, pure. A day is a number of
// days since 1970-01-01; which place's midnight it begins at is the caller's matter.
// Limit: the years -32767 to 32767.
#pragma once

#include <chrono>
#include <cstdint>

namespace sam {

struct CalendarDay {
  int year = 1970;
  int month = 1;
  int day = 1;
};

inline std::chrono::year_month_day AsYearMonthDay(CalendarDay day) {
  return {std::chrono::year(day.year), std::chrono::month(static_cast<unsigned>(day.month)),
          std::chrono::day(static_cast<unsigned>(day.day))};
}

// False for 30 February and for month 0; negative parts must not be handed in.
inline bool DayExists(CalendarDay day) { return AsYearMonthDay(day).ok(); }

inline int64_t DayNumber(CalendarDay day) {
  return std::chrono::sys_days(AsYearMonthDay(day)).time_since_epoch().count();
}

inline CalendarDay DayOf(int64_t number) {
  const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::days(number))};
  return {static_cast<int>(day.year()), static_cast<int>(static_cast<unsigned>(day.month())),
          static_cast<int>(static_cast<unsigned>(day.day()))};
}

// 0 Monday .. 6 Sunday
inline int WeekdayOf(int64_t number) {
  const std::chrono::weekday day{std::chrono::sys_days(std::chrono::days(number))};
  return static_cast<int>(day.iso_encoding()) - 1;
}

}  // namespace sam
