// Swedish clock time for people, by the European summer time rule.
#include "broker/base/swedish_days.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"

namespace sam::contract {
std::string SwedishTime(Millis time) {
  std::string utc = ToIso(time);
  if (utc.size() < 16 || time.value < 0) return utc;
  std::string local = ToIso(Millis(time.value + SwedishOffsetMs(time))).substr(0, 16);
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
