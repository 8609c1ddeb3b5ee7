#include "broker/statistics/period.h"

#include <cstdio>
#include <optional>

#include "broker/base/calendar.h"
#include "broker/base/number.h"
#include "broker/contract/printer.h"
#include "broker/statistics/fact.h"

namespace sam::statistics {
namespace {

std::string DateText(int64_t day) {
  const CalendarDay date = DayOf(day);
  char text[24];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
  return text;
}

// No month begins in the night of a change of clocks.
Millis LocalMidnight(int64_t day) {
  const Millis winter(day * kDayMs - kHourMs);
  const bool is_midnight = contract::SwedishTime(winter).substr(11) == "00:00";
  return is_midnight ? winter : Millis(winter.value - kHourMs);
}

struct Written {
  Length length;
  int year, month;
};

std::optional<Written> Read(std::string_view text) {
  if (text.size() < 4 || !AllDigits(text.substr(0, 4))) return std::nullopt;
  const int year = DigitsValue(text.substr(0, 4));
  if (year < 1970) return std::nullopt;
  if (text.size() == 4) return Written{Length::kYear, year, 1};
  if (text.size() != 7 || text[4] != '-') return std::nullopt;
  if (text[5] == 'Q' && text[6] >= '1' && text[6] <= '4')
    return Written{Length::kQuarter, year, (text[6] - '1') * 3 + 1};
  if (!AllDigits(text.substr(5))) return std::nullopt;
  const int month = DigitsValue(text.substr(5));
  if (month < 1 || month > 12) return std::nullopt;
  return Written{Length::kMonth, year, month};
}

}  // namespace

Result<Period> ParsePeriod(std::string_view text, Length published) {
  const auto written = Read(text);
  if (!written)
    return Invalid("--period: expected a whole month, quarter or year such as 2026-03, 2026-Q1 or 2026");
  if (written->length != published)
    return Invalid(std::string("--period: this hub publishes statistics per ") +
                   kLengthNames[static_cast<int>(published)] +
                   " only (`statistics` in hub.toml): tables over times that overlap could be taken "
                   "from each other, and what each of them hides would be left");
  constexpr int kMonths[] = {1, 3, 12};
  const int months = written->month - 1 + kMonths[static_cast<int>(written->length)];
  const int64_t first = DayNumber({written->year, written->month, 1});
  const int64_t next = DayNumber({written->year + months / 12, months % 12 + 1, 1});
  Period out;
  out.name = std::string(text);
  out.length = written->length;
  out.from = LocalMidnight(first);
  out.until = LocalMidnight(next);
  out.first = DateText(first);
  out.last = DateText(next - 1);
  return out;
}

std::string AgeBand(std::string_view birth_date, std::string_view on_date) {
  if (birth_date.size() != 10 || on_date.size() < 10 || birth_date > on_date.substr(0, 10))
    return "unknown";
  const int years = DigitsValue(on_date.substr(0, 4)) - DigitsValue(birth_date.substr(0, 4)) -
                    (on_date.substr(5, 5) < birth_date.substr(5) ? 1 : 0);
  if (years < 1) return "0";
  if (years < 3) return "1-2";
  if (years < 6) return "3-5";
  return years < 18 ? "6-17" : "18";
}

}  // namespace sam::statistics
