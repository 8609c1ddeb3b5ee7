// OfficeHours: when a source is expected to send, in Swedish local time: weekday ranges, public
// holidays, days closed besides. Counts how much open time lies between two moments, so that the
// night and Midsummer are no silence. Pure, any thread; a plain value.
// Limit: looks back kMaxDays; more open time than that is silence under any rule.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/zone.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/base/week_hours.h"

namespace sam::kit {

class OfficeHours {
 public:
  static constexpr int64_t kMaxDays = 400;
  enum class Holidays { kClosed, kAsSunday, kOpen };

  // Around the clock, every day.
  static Result<OfficeHours> Always();
  // hours: "mon-fri 07:30-17:00", "sat,sun 09:00-12:00"; none: around the clock on all days that
  // are not closed. closed: "2026-05-15". kInvalid names the text.
  static Result<OfficeHours> Make(const std::vector<std::string>& hours, Holidays holidays,
                                  const std::vector<std::string>& closed);

  bool IsOpen(Millis at) const;
  // Open milliseconds within [from, to). Stops counting at `enough`.
  int64_t OpenMs(Millis from, Millis to, int64_t enough = INT64_MAX) const;

 private:
  using Window = WeekHours::Window;
  explicit OfficeHours(hl7::Zone zone) : zone_(zone) {}
  const std::vector<Window>* WindowsOn(int64_t day) const;  // null: closed
  int64_t LocalDay(Millis at) const;
  int64_t Instant(int64_t day, int minute, bool end) const;

  hl7::Zone zone_;
  WeekHours week_;
  Holidays holidays_ = Holidays::kOpen;
  std::set<int64_t> closed_;
};

// "90s", "15m", "2h", "30d" to milliseconds; empty optional: not such a text, or not above zero.
std::optional<int64_t> ParseDuration(std::string_view text);

}  // namespace sam::kit
