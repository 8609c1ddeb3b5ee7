// Swedish calendar days: which are public holidays, and when a day begins and ends. Pure, any thread. A
// day is the number of days since 1970-01-01 in the local calendar. Nothing is looked up in the machine's
// zone data: the log must give the same times for ever, whatever tables are installed.
// Limit: the rules in force since 2005 (6 June in, Whit Monday out) and the summer time of the European
// Union since 1996; they are not for older years.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/base/calendar.h"
#include "broker/base/ids.h"

namespace sam {

int64_t EasterSunday(int year);

// The name of the holiday ("långfredagen"), or empty. Midsummer Eve, Christmas Eve and New Year's
// Eve are among them: the law on annual leave (1977:480, section 3a) sets them equal to Sundays,
// and no office is open. Easter Eve and bridge days are not; a feed that rests then names them
// itself.
std::optional<std::string_view> SwedishHoliday(int64_t number);

// Monday to Friday but for holidays: what the law on computing statutory time (1930:173) lets a deadline
// end on.
bool IsSwedishWorkingDay(int64_t number);

// How far Swedish clocks are ahead of UTC then: one hour, or two in summer.
int64_t SwedishOffsetMs(Millis time);
int64_t SwedishDay(Millis time);
// The last millisecond of the day; a night of the change makes it an hour shorter or longer.
Millis EndOfSwedishDay(int64_t number);

}  // namespace sam
