#include "adapters/rest/iso_time.h"

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "broker/base/text.h"

namespace sam::rest {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits of `text`, with `separator` after every pair (after four for a date); false when the
// form is another one.
bool TakeDate(std::string_view text, std::string& out) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  out.append(text.substr(0, 4)).append(text.substr(5, 2)).append(text.substr(8, 2));
  return true;
}

bool TakeClock(std::string_view text, std::string& out) {
  if (text.size() < 5 || text[2] != ':') return false;
  out.append(text.substr(0, 2)).append(text.substr(3, 2));
  if (text.size() == 5) return true;
  if (text.size() < 8 || text[5] != ':') return false;
  out.append(text.substr(6, 2));
  std::string_view fraction = text.substr(8);
  if (fraction.empty()) return true;
  if (fraction[0] != '.' || fraction.size() < 2) return false;
  // More digits than nine say nothing more to us; .NET writes seven.
  out.append(fraction.substr(0, 10));
  return true;
}

bool TakeZone(std::string_view text, std::string& out) {
  if (text.empty()) return true;
  if (text == "Z" || text == "z") {
    out += "+0000";
    return true;
  }
  const bool colon = text.size() == 6 && text[3] == ':';
  if (!colon && text.size() != 5) return false;
  out.append(text.substr(0, 3)).append(text.substr(colon ? 4 : 3, 2));
  return true;
}

int64_t WallSeconds(Millis time, const hl7::Zone& zone) {
  const int64_t seconds = time.value / kSecondMs - (time.value % kSecondMs < 0 ? 1 : 0);
  return seconds + int64_t{zone.OffsetMinutes(time)} * 60;
}

}  // namespace

Result<hl7::Timestamp> ReadIsoTime(std::string_view text, const hl7::Zone& zone) {
  const Error wrong = Invalid("expected YYYY-MM-DD or YYYY-MM-DDThh:mm:ss");
  std::string_view rest = Trim(text);
  for (size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (!IsDigit(c) && std::string_view("-:.+ TtZz").find(c) == std::string_view::npos)
      return wrong;
  }
  std::string compact;
  if (rest.size() < 10 || !TakeDate(rest.substr(0, 10), compact)) return wrong;
  rest = rest.substr(10);
  if (!rest.empty()) {
    if (rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ') return wrong;
    rest = rest.substr(1);
    const size_t end = rest.find_first_of("+-Zz");
    const std::string_view clock = rest.substr(0, end);
    const std::string_view offset =
        end == std::string_view::npos ? std::string_view() : rest.substr(end);
    if (!TakeClock(clock, compact) || !TakeZone(offset, compact)) return wrong;
  }
  Result<hl7::Timestamp> out = hl7::ParseTimestamp(compact, hl7::ZonePolicy{zone, {}, false});
  if (!out.ok()) return wrong;
  return out;
}

std::string WriteSince(Millis time, TimeStyle style, const hl7::Zone& zone) {
  if (style == TimeStyle::kUtc) return ToIso(time).substr(0, 19) + "Z";
  if (style == TimeStyle::kLocal &&
      zone.At(WallSeconds(time, zone)).kind == hl7::Zone::Local::Kind::kAmbiguous) {
    const Millis before(time.value - kHourMs);
    // In the second pass of the hour this lands in the first, which is still doubtful.
    const bool still =
        zone.At(WallSeconds(before, zone)).kind == hl7::Zone::Local::Kind::kAmbiguous;
    time = still ? Millis(before.value - kHourMs) : before;
  }
  const int offset = zone.OffsetMinutes(time);
  std::string out = ToIso(Millis(time.value + int64_t{offset} * kMinuteMs)).substr(0, 19);
  if (style == TimeStyle::kLocal) return out;
  char suffix[16];
  std::snprintf(suffix, sizeof suffix, "%c%02d:%02d", offset < 0 ? '-' : '+', std::abs(offset) / 60,
                std::abs(offset) % 60);
  return out.append(suffix);
}

}  // namespace sam::rest
