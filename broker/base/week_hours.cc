#include "broker/base/week_hours.h"

#include <algorithm>
#include <array>

#include "broker/base/swedish_days.h"
#include "broker/base/text.h"

namespace sam {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"mon", "tue", "wed", "thu",
                                                    "fri", "sat", "sun"};

int WeekdayNamed(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<int>(i);
  return -1;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "07:30" to minutes of the day, up to 24:00; -1: no time.
int MinuteOf(std::string_view text) {
  if (text.size() != 5 || text[2] != ':' || !IsDigit(text[0]) || !IsDigit(text[1]) ||
      !IsDigit(text[3]) || !IsDigit(text[4]))
    return -1;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  const int out = hour * 60 + minute;
  return minute > 59 || out > kMinutesOfDay ? -1 : out;
}

}  // namespace

void WeekHours::AddAlways() {
  for (std::vector<Window>& day : days_) day.push_back({0, kMinutesOfDay});
}

Status WeekHours::Add(std::string_view text) {
  const Error wrong =
      Invalid("'" + std::string(text) + "' are no hours: expected such as mon-fri 07:30-17:00");
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return wrong;
  const std::string_view times = Trim(text.substr(space));
  const size_t dash = times.find('-');
  if (dash == std::string_view::npos) return wrong;
  const Window window{MinuteOf(times.substr(0, dash)), MinuteOf(times.substr(dash + 1))};
  if (window.begin_minute < 0 || window.end_minute <= window.begin_minute) return wrong;
  for (const std::string_view part : Split(text.substr(0, space), ',')) {
    const size_t to = part.find('-');
    const int first = WeekdayNamed(part.substr(0, to));
    const int last = to == std::string_view::npos ? first : WeekdayNamed(part.substr(to + 1));
    if (first < 0 || last < first) return wrong;
    for (int day = first; day <= last; ++day) {
      std::vector<Window>& windows = days_[static_cast<size_t>(day)];
      for (const Window& other : windows)
        if (window.begin_minute < other.end_minute && other.begin_minute < window.end_minute)
          return Invalid("'" + std::string(text) + "' overlaps other hours of the same day");
      windows.push_back(window);
    }
  }
  return Ok();
}

bool WeekHours::empty() const {
  return std::all_of(days_.begin(), days_.end(), [](const auto& day) { return day.empty(); });
}

bool WeekHours::OpenAt(Millis at) const {
  const int64_t day = SwedishDay(at);
  if (SwedishHoliday(day)) return false;
  const int64_t minute = (at.value + SwedishOffsetMs(at) - day * kDayMs) / kMinuteMs;
  const std::vector<Window>& windows = on(WeekdayOf(day));
  return std::any_of(windows.begin(), windows.end(), [minute](const Window& window) {
    return minute >= window.begin_minute && minute < window.end_minute;
  });
}

}  // namespace sam
