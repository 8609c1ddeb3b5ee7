#include "broker/rules/days.h"

namespace sam::rules {

std::optional<Millis> DateToMillis(std::string_view date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
  auto number = [&](size_t from, size_t count) {
    int value = 0;
    for (size_t i = from; i < from + count; ++i) {
      if (date[i] < '0' || date[i] > '9') return -1;
      value = value * 10 + (date[i] - '0');
    }
    return value;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 1800 || month < 1 || month > 12 || day < 1) return std::nullopt;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  static constexpr int kLength[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (day > kLength[month - 1] + (leap && month == 2 ? 1 : 0)) return std::nullopt;
  // Days since 1970 by the civil-from-days rule: years begin in March so that the leap day is last.
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = y / 400, of_era = y - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
  return Millis(days * kDayMs);
}

int64_t AgeInDays(Millis date, Millis at) {
  const int64_t delta = at.value - date.value;
  return delta >= 0 ? delta / kDayMs : -((-delta + kDayMs - 1) / kDayMs);
}

}  // namespace sam::rules
