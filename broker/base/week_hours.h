// WeekHours: weekday ranges as people write them, "mon-fri 08:00-16:30" and "sat,sun 09:00-12:00", and
// whether one holds at a moment of Swedish time. Pure, any thread; a plain value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam {

inline constexpr int kMinutesOfDay = 24 * 60;

class WeekHours {
 public:
  struct Window {
    int begin_minute;
    int end_minute;  // the first that is outside
  };
  WeekHours() : days_(7) {}
  // kInvalid names the text; hours of one day may not overlap.
  Status Add(std::string_view text);
  void AddAlways();  // around the clock, every day

  bool empty() const;
  const std::vector<Window>& on(int weekday) const {  // 0 Monday .. 6 Sunday
    return days_[static_cast<size_t>(weekday)];
  }
  // Closed on public holidays. In the doubled hour of autumn both count.
  bool OpenAt(Millis at) const;

 private:
  std::vector<std::vector<Window>> days_;
};

}  // namespace sam
