// How old somebody is, in whole years, by the birth date alone. Pure, any thread. Whoever is born on 29 February has
// birthdays on 1 March in other years. What cannot be read as a date tells no age.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "broker/base/ids.h"
#include "broker/routing/dates.h"

namespace sam::routing {

inline constexpr uint64_t kAdultYears = 18;

// A child that has come of age is no child of this hub's; unknown is not grown up. `days`: when a day begins.
bool IsAdult(const std::string& birth_date, Millis now, Days days);
// Empty: not known, or not born yet.
std::optional<int64_t> YearsOld(const std::string& birth_date, Millis now, Days days);
// The next birthday, by Swedish days, up to that of coming of age; empty: there is none, or no date is known.
std::optional<Millis> NextBirthday(const std::string& birth_date, Millis now);

}  // namespace sam::routing
