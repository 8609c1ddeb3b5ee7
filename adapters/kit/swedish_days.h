// Swedish calendar days: which are public holidays, computed for any year. Pure, any thread. A day is
// the number of days since 1970-01-01 in the local calendar.
// Limit: the rules in force since 2005 (6 June in, Whit Monday out); they are not for older years.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/base/calendar.h"

namespace sam::kit {

int64_t EasterSunday(int year);

// The name of the holiday ("långfredagen"), or empty. Midsummer Eve, Christmas Eve and New Year's
// Eve are among them: the law on annual leave (1977:480, section 3a) sets them equal to Sundays,
// and no office is open. Easter Eve and bridge days are not; a feed that rests then names them
// itself.
std::optional<std::string_view> SwedishHoliday(int64_t number);

}  // namespace sam::kit
