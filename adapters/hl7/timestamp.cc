#include "adapters/hl7/timestamp.h"

#include <cstdio>
#include <cstdlib>

#include "broker/base/calendar.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;

Error Wrong(const std::string& what) {
  return Invalid("HL7 time: " + what + " (HL7 error code 102)");
}

int64_t LocalSeconds(const Timestamp& t) {
  return DayNumber({t.year, t.month, t.day}) * kSecondsPerDay + int64_t{t.hour} * 3600 +
         int64_t{t.minute} * 60 + t.second;
}

// Splits "+0100" off the end. A zone that is there but wrong is an error.
Result<std::optional<int>> TakeOffset(std::string_view& text) {
  const size_t sign = text.find_first_of("+-");
  if (sign == std::string_view::npos) return std::optional<int>();
  const std::string_view zone = text.substr(sign + 1);
  if (zone.size() != 4 || !AllDigits(zone)) return Wrong("the zone is not +ZZZZ or -ZZZZ");
  const int hours = DigitsValue(zone.substr(0, 2));
  const int minutes = DigitsValue(zone.substr(2));
  if (hours > 14 || minutes > 59) return Wrong("the zone is more than 14 hours or 59 minutes");
  const int offset = hours * 60 + minutes;
  const bool west = text[sign] == '-';
  text = text.substr(0, sign);
  return std::optional<int>(west ? -offset : offset);
}

Status TakeFraction(std::string_view& text, Timestamp& out) {
  std::string_view fraction;
  const size_t point = text.find('.');
  if (point != std::string_view::npos) {
    if (point != 14) return Wrong("a fraction without seconds");
    fraction = text.substr(point + 1);
    if (fraction.empty() || fraction.size() > 9) return Wrong("a fraction has 1 to 9 digits");
    text = text.substr(0, point);
  } else if (text.size() == 17) {
    fraction = text.substr(14);
    text = text.substr(0, 14);
    out.irregular = true;
  }
  if (fraction.empty()) return Ok();
  if (!AllDigits(fraction)) return Wrong("a fraction that is not digits");
  std::string three(fraction.substr(0, 3));
  three.resize(3, '0');
  out.millisecond = DigitsValue(three);
  out.precision = Precision::kFraction;
  return Ok();
}

Status TakeDigits(std::string_view text, Timestamp& out) {
  if (!AllDigits(text)) return Wrong("a character that is not a digit");
  if (text.size() < 4 || text.size() > 14 || text.size() % 2 != 0) {
    return Wrong("4, 6, 8, 10, 12 or 14 digits expected, found " + std::to_string(text.size()));
  }
  out.year = DigitsValue(text.substr(0, 4));
  if (out.precision != Precision::kFraction) {
    out.precision = static_cast<Precision>((text.size() - 4) / 2);
  }
  const auto two = [&](size_t at) { return at < text.size() ? DigitsValue(text.substr(at, 2)) : 0; };
  out.month = two(4);
  out.day = two(6);
  out.hour = two(8);
  out.minute = two(10);
  out.second = two(12);
  if (out.year == 0) return Wrong("year 0");
  if (text.size() >= 6 && (out.month < 1 || out.month > 12)) return Wrong("no such month");
  if (text.size() >= 8 && !DayExists({out.year, out.month, out.day})) {
    return Wrong("no such day in that month");
  }
  if (out.hour > 23) return Wrong("hour above 23; midnight is 00 of the next day");
  if (out.minute > 59) return Wrong("minute above 59");
  if (out.second > 59) return Wrong("second above 59; leap seconds cannot be stored");
  return Ok();
}

Status LowerPrecision(std::string_view degree, Timestamp& out) {
  if (degree.empty()) return Ok();
  const std::string_view kDegrees = "YLDHMS";
  const size_t index = kDegrees.find(degree[0]);
  if (degree.size() != 1 || index == std::string_view::npos) {
    return Wrong("degree of precision is none of Y L D H M S");
  }
  const auto wanted = static_cast<Precision>(index);
  if (wanted >= out.precision) return Ok();
  out.precision = wanted;
  if (wanted < Precision::kMonth) out.month = 0;
  if (wanted < Precision::kDay) out.day = 0;
  if (wanted < Precision::kHour) out.hour = 0;
  if (wanted < Precision::kMinute) out.minute = 0;
  if (wanted < Precision::kSecond) out.second = 0;
  out.millisecond = 0;
  return Ok();
}

// Offset for a time that has none of its own.
void AssumeZone(const ZonePolicy& zones, Timestamp& t) {
  t.zone_assumed = true;
  t.zone_from_msh7 = zones.msh7_offset_minutes.has_value();
  if (zones.msh7_offset_minutes && !zones.msh7_is_zone_time) {
    t.offset_minutes = *zones.msh7_offset_minutes;
    return;
  }
  const Zone::Local local = zones.zone.At(LocalSeconds(t));
  t.offset_minutes = local.first_offset_minutes;
  t.nonexistent = local.kind == Zone::Local::Kind::kNonexistent;
  t.ambiguous = local.kind == Zone::Local::Kind::kAmbiguous;
}

}  // namespace

std::string Timestamp::IsoDate() const {
  char out[48];
  if (precision == Precision::kYear) {
    std::snprintf(out, sizeof out, "%04d", year);
  } else if (precision == Precision::kMonth) {
    std::snprintf(out, sizeof out, "%04d-%02d", year, month);
  } else {
    std::snprintf(out, sizeof out, "%04d-%02d-%02d", year, month, day);
  }
  return out;
}

Result<Timestamp> ParseTimestamp(std::string_view text, const ZonePolicy& zones,
                                 std::string_view degree) {
  Timestamp out;
  std::string_view rest = Trim(text);
  if (rest.empty()) return Wrong("empty");
  SAM_ASSIGN(out.offset_minutes, TakeOffset(rest));
  SAM_TRY(TakeFraction(rest, out));
  SAM_TRY(TakeDigits(rest, out));
  SAM_TRY(LowerPrecision(Trim(degree), out));
  if (out.precision < Precision::kHour) return out;
  if (!out.offset_minutes) AssumeZone(zones, out);
  out.instant =
      Millis((LocalSeconds(out) - int64_t{*out.offset_minutes} * 60) * kSecondMs + out.millisecond);
  return out;
}

ZonePolicy ZonesFor(std::string_view msh7, const Zone& zone) {
  ZonePolicy zones{zone, std::nullopt, false};
  auto sent = ParseTimestamp(msh7, zones);
  if (!sent.ok() || !sent->offset_minutes || sent->zone_assumed) return zones;
  zones.msh7_offset_minutes = sent->offset_minutes;
  if (sent->instant) {
    zones.msh7_is_zone_time = zone.OffsetMinutes(*sent->instant) == *sent->offset_minutes;
  }
  return zones;
}

std::string FormatTimestamp(Millis time, const Zone& zone) {
  const int offset = zone.OffsetMinutes(time);
  const std::string iso = ToIso(Millis(time.value + int64_t{offset} * kMinuteMs));
  std::string out;
  for (char c : std::string_view(iso).substr(0, 19)) {
    if (c >= '0' && c <= '9') out += c;
  }
  char suffix[16];
  std::snprintf(suffix, sizeof suffix, "%c%02d%02d", offset < 0 ? '-' : '+', std::abs(offset) / 60,
                std::abs(offset) % 60);
  return out + suffix;
}

}  // namespace sam::hl7
