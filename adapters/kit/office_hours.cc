#include "adapters/kit/office_hours.h"

#include <algorithm>

#include "broker/base/swedish_days.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr int kSunday = 6;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<OfficeHours> OfficeHours::Always() { return Make({}, Holidays::kOpen, {}); }

Result<OfficeHours> OfficeHours::Make(const std::vector<std::string>& hours, Holidays holidays,
                                      const std::vector<std::string>& closed) {
  SAM_ASSIGN(const hl7::Zone zone, hl7::Zone::Find("Europe/Stockholm"));
  OfficeHours out(zone);
  out.holidays_ = holidays;
  if (hours.empty()) out.week_.AddAlways();
  for (const std::string& text : hours) SAM_TRY(out.week_.Add(text));
  for (const std::string& text : closed) {
    const std::optional<Millis> day = text.size() == 10 ? FromIso(text) : std::nullopt;
    if (!day) return Invalid("'" + text + "' is no day: expected one such as 2026-05-15");
    out.closed_.insert(day->value / kDayMs);
  }
  return out;
}

const std::vector<OfficeHours::Window>* OfficeHours::WindowsOn(int64_t day) const {
  if (closed_.contains(day)) return nullptr;
  int weekday = WeekdayOf(day);
  if (holidays_ != Holidays::kOpen && SwedishHoliday(day)) {
    if (holidays_ == Holidays::kClosed) return nullptr;
    weekday = kSunday;
  }
  return &week_.on(weekday);
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
