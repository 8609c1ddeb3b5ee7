#include "broker/routing/age.h"

#include "broker/base/number.h"

namespace sam::routing {
namespace {

// When that many birthdays have been. Empty: no date.
std::optional<Millis> BirthdayOf(const std::string& birth_date, uint64_t years, Days days) {
  if (birth_date.size() != 10) return std::nullopt;
  const auto year = ReadNumber(std::string_view(birth_date).substr(0, 4));
  if (!year) return std::nullopt;
  std::string day = std::to_string(*year + years).append(birth_date.substr(4));
  if (day.substr(4) == "-02-29" && !StartOfDay(day)) day.replace(4, 6, "-03-01");
  return DayBegins(day, days);
}

bool IsOfYears(const std::string& birth_date, uint64_t years, Millis now, Days days) {
  const auto then = BirthdayOf(birth_date, years, days);
  return then && now >= *then;
}

}  // namespace

bool IsAdult(const std::string& birth_date, Millis now, Days days) {
  return IsOfYears(birth_date, kAdultYears, now, days);
}

std::optional<int64_t> YearsOld(const std::string& birth_date, Millis now, Days days) {
  if (!IsOfYears(birth_date, 0, now, days)) return std::nullopt;
  int64_t years = 0;
  while (years < 200 && IsOfYears(birth_date, static_cast<uint64_t>(years) + 1, now, days)) ++years;
  return years;
}

std::optional<Millis> NextBirthday(const std::string& birth_date, Millis now) {
  for (uint64_t years = 1; years <= kAdultYears; ++years) {
    const auto day = BirthdayOf(birth_date, years, Days::kSwedish);
    if (day && now < *day) return day;
  }
  return std::nullopt;
}

}  // namespace sam::routing
