#include "adapters/kit/office_hours.h"

#include <algorithm>
#include <array>

#include "adapters/kit/swedish_days.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr int kMinutesOfDay = 24 * 60;
constexpr int kSunday = 6;
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

Result<OfficeHours> OfficeHours::Always() { return Make({}, Holidays::kOpen, {}); }

Result<OfficeHours> OfficeHours::Make(const std::vector<std::string>& hours, Holidays holidays,
                                      const std::vector<std::string>& closed) {
  SAM_ASSIGN(const hl7::Zone zone, hl7::Zone::Find("Europe/Stockholm"));
  OfficeHours out(zone);
  out.holidays_ = holidays;
  if (hours.empty())
    for (std::vector<Window>& day : out.days_) day.push_back({0, kMinutesOfDay});
  for (const std::string& text : hours) SAM_TRY(out.AddHours(text));
  for (const std::string& text : closed) {
    const std::optional<Millis> day = text.size() == 10 ? FromIso(text) : std::nullopt;
    if (!day) return Invalid("'" + text + "' is no day: expected one such as 2026-05-15");
    out.closed_.insert(day->value / kDayMs);
  }
  return out;
}

Status OfficeHours::AddHours(std::string_view text) {
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

const std::vector<OfficeHours::Window>* OfficeHours::WindowsOn(int64_t day) const {
  if (closed_.contains(day)) return nullptr;
  int weekday = WeekdayOf(day);
  if (holidays_ != Holidays::kOpen && SwedishHoliday(day)) {
    if (holidays_ == Holidays::kClosed) return nullptr;
    weekday = kSunday;
  }
  return &days_[static_cast<size_t>(weekday)];
}

int64_t OfficeHours::LocalDay(Millis at) const {
  const int64_t local = at.value + int64_t{zone_.OffsetMinutes(at)} * 60'000;
  return local >= 0 ? local / kDayMs : -((-local + kDayMs - 1) / kDayMs);
}

// In the doubled hour of autumn a window begins the first time and ends the second.
int64_t OfficeHours::Instant(int64_t day, int minute, bool end) const {
  const int64_t local_seconds = day * 86'400 + int64_t{minute} * 60;
  const hl7::Zone::Local local = zone_.At(local_seconds);
  const bool second = end && local.kind == hl7::Zone::Local::Kind::kAmbiguous;
  const int offset = second ? local.second_offset_minutes : local.first_offset_minutes;
  return (local_seconds - int64_t{offset} * 60) * 1000;
}

bool OfficeHours::IsOpen(Millis at) const { return OpenMs(at, Millis(at.value + 1)) > 0; }

int64_t OfficeHours::OpenMs(Millis from, Millis to, int64_t enough) const {
  if (to <= from) return 0;
  const int64_t last = LocalDay(to);
  int64_t sum = 0;
  for (int64_t day = std::max(LocalDay(from), last - kMaxDays); day <= last && sum < enough;
       ++day) {
    const std::vector<Window>* windows = WindowsOn(day);
    if (windows == nullptr) continue;
    for (const Window& window : *windows) {
      const int64_t begin = std::max(from.value, Instant(day, window.begin_minute, false));
      const int64_t end = std::min(to.value, Instant(day, window.end_minute, true));
      sum += std::max<int64_t>(0, end - begin);
    }
  }
  return sum;
}

std::optional<int64_t> ParseDuration(std::string_view text) {
  if (text.size() < 2 || text.size() > 8) return std::nullopt;
  int64_t number = 0;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (!IsDigit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  if (number == 0) return std::nullopt;
  switch (text.back()) {
    case 's': return number * 1000;
    case 'm': return number * 60'000;
    case 'h': return number * kHourMs;
    case 'd': return number * kDayMs;
    default: return std::nullopt;
  }
}

}  // namespace sam::kit
