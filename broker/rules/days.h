// Days: calendar dates as text to UTC milliseconds, and the ages that programmes count in. Pure, any
// thread. A day here is 24 hours from UTC midnight: an age in days does not change with summer time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/base/ids.h"

namespace sam::rules {

// Midnight UTC of "YYYY-MM-DD". Empty optional: not such a date (29 February only in leap years).
std::optional<Millis> DateToMillis(std::string_view date);

// `day` counted from a date: day 0 is the date itself.
inline Millis AddDays(Millis date, int64_t days) { return Millis(date.value + days * kDayMs); }
// The first moment after `day` has passed. A step that is overdue "after day 305" is in time all
// through that day, so its timer falls due when day 306 begins.
inline Millis EndOfDay(Millis date, int64_t day) { return AddDays(date, day + 1); }
// Whole days from `date` to `at`; negative before it.
int64_t AgeInDays(Millis date, Millis at);

}  // namespace sam::rules
