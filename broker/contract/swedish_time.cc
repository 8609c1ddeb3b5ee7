// Swedish clock time for people, by the European summer time rule. Not for deadlines or keys.
#include <cstdio>

#include "broker/base/text.h"
#include "broker/contract/printer.h"

namespace sam::contract {
namespace {

// 01:00Z on the last Sunday of a month of 31 days.
Millis LastSunday(int year, int month) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-31T01:00Z", year, month);
  const Millis last = FromIso(text).value_or(Millis(0));
  const int64_t weekday = (last.value / kDayMs + 4) % 7;  // 1970-01-01 was a Thursday; 0 = Sunday
  return Millis(last.value - weekday * kDayMs);
}

}  // namespace

std::string SwedishTime(Millis time) {
  std::string utc = ToIso(time);
  if (utc.size() < 16 || time.value < 0) return utc;
  int year = 0;
  for (const char digit : utc.substr(0, 4)) year = year * 10 + (digit - '0');
  const bool summer = time >= LastSunday(year, 3) && time < LastSunday(year, 10);
  std::string local = ToIso(Millis(time.value + (summer ? 2 : 1) * kHourMs)).substr(0, 16);
  local[10] = ' ';
  return local;
}

std::optional<Millis> FromSwedishTime(std::string_view text) {
  if (text.size() != 16 || (text[10] != ' ' && text[10] != 'T')) return std::nullopt;
  std::string local(text);
  local[10] = ' ';
  std::string iso = local;
  iso[10] = 'T';
  const auto as_utc = FromIso(iso + "Z");
  if (!as_utc) return std::nullopt;
  for (const int64_t hours : {2, 1}) {
    const Millis time(as_utc->value - hours * kHourMs);
    if (SwedishTime(time) == local) return time;
  }
  return std::nullopt;
}

}  // namespace sam::contract
