// Time limits of signals, and when their receivers are reminded of them, as rules.toml states them. Plain
// values, pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/config/toml.h"

namespace sam::rules {

// A time limit that starts when the signal is decided. Its length is dated configuration: exactly one of
// hours, days, months, working_days, same_day and next_day.
struct RuleClock {
  std::string kind;  // text id, "clock.assess"
  int64_t hours = 0;         // to the minute, nights and holidays included
  int64_t days = 0;          // calendar days, the day it starts not counted
  int64_t working_days = 0;  // the same, of working days
  int64_t acute_hours = 0;   // for acute signals, in place of the above; 0: they have no other limit
  bool same_day = false;     // the day it starts; from 16:00 on, or when that is none, the next working day
  int64_t months = 0;        // to the day of the same number, or the last of a month that has none
  bool next_day = false;     // the day after it starts, Saturdays and holidays too
};

// A limit in days or months ends with a Swedish day: the last millisecond of it. When the last of `days` or
// `months` is a Saturday, Sunday or holiday, the limit ends with the next working day (law 1930:173, section 2);
// next_day is for what is done on every day.
Millis DueOf(const RuleClock& clock, Millis start, bool acute);
RuleClock ReadClock(config::Table& table);  // one [[rule.clock]]

// [reminders] of rules.toml: how much of a limit has gone, in percent, when its receiver is reminded, and
// after how many minutes without a person's receipt an acute report, or without its system's any report, is told
// to those in charge. Without the table nothing watches the clocks.
struct Reminders {
  bool on = false;
  std::vector<int64_t> marks;  // rising, 1 to 100
  int64_t acute_minutes = 30;
  int64_t delivery_minutes = 0;  // until the receiver's system has taken a report; 0: not watched
  bool exams = false;  // not from the file: the day of an ordered examination is watched as well
  bool inquiries = false;  // nor this: the time of a board's inquiry is
  bool operator==(const Reminders&) const = default;
};
inline constexpr size_t kMarksMax = 8;
inline constexpr size_t kClocksMax = 8;  // of one rule
Reminders ReadReminders(config::Table& table);

}  // namespace sam::rules
