#include "broker/rules/days.h"

#include "broker/base/text.h"

namespace sam::rules {

std::optional<Millis> DateToMillis(std::string_view date) {
  if (date.size() != 10 || date < "1800") return std::nullopt;
  return FromIso(date);
}

int64_t AgeInDays(Millis date, Millis at) {
  const int64_t delta = at.value - date.value;
  return delta >= 0 ? delta / kDayMs : -((-delta + kDayMs - 1) / kDayMs);
}

}  // namespace sam::rules
