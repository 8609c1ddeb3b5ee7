#include "adapters/kit/written.h"

#include <algorithm>

#include "adapters/kit/time_value.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

Error BadTime() {
  return Invalid(
      "expected a time such as 2026-03-02 09:30, 20260302, or 2026-03-02T09:30:00+01:00");
}

// The clock's part, "9:30", "09.30", "093000" or with seconds, to the digits of an HL7 time.
Result<std::string> ClockDigits(std::string_view text) {
  const bool parted = text.find_first_of(":.") != std::string_view::npos;
  if (!parted) {
    if (!AllDigits(text) || (text.size() != 4 && text.size() != 6)) return BadTime();
    return std::string(text);
  }
  std::string out;
  while (!text.empty()) {
    const size_t end = text.find_first_of(":.");
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (out.size() == 6) {  // parts of a second are cut
      if (!AllDigits(part) || !text.empty()) return BadTime();
      return out;
    }
    if (!AllDigits(part) || part.size() > 2) return BadTime();
    out.append(part.size() == 1 && out.empty() ? "0" : "").append(part);
  }
  if (out.size() != 4 && out.size() != 6) return BadTime();
  return out;
}

// To the HL7 form, whose rules for zones and doubled hours hold here as well.
Result<std::string> ToHl7Time(std::string_view text) {
  text = Trim(text);
  std::string out;
  size_t at = 0;
  if (text.size() >= 10 && text[4] == '-' && text[7] == '-') {
    out.append(text.substr(0, 4)).append(text.substr(5, 2)).append(text.substr(8, 2));
    at = 10;
  } else {
    out.append(text.substr(0, 8));
    at = std::min<size_t>(8, text.size());
  }
  if (out.size() != 8 || !AllDigits(out)) return BadTime();
  std::string_view rest = text.substr(at);
  if (!rest.empty() && (rest[0] == 'T' || rest[0] == ' ')) rest.remove_prefix(1);
  rest = Trim(rest);
  if (rest.empty()) return out;
  std::string offset;
  if (rest.back() == 'Z') {
    offset = "+0000";
    rest.remove_suffix(1);
  } else if (const size_t sign = rest.find_first_of("+-"); sign != std::string_view::npos) {
    for (const char c : rest.substr(sign))
      if (c != ':') offset += c;
    rest = rest.substr(0, sign);
  }
  if (Trim(rest).empty()) return out;  // xs:date may have an offset, and is a day all the same
  SAM_ASSIGN(const std::string clock, ClockDigits(rest));
  return out + clock + offset;
}

}  // namespace

std::string WholeNumber(const std::string& text) {
  const size_t mark = text.find_first_of(",.");
  if (mark == std::string::npos || mark == 0) return text;
  const bool zeros =
      mark + 1 < text.size() && text.find_first_not_of('0', mark + 1) == std::string::npos;
  return zeros && AllDigits(std::string_view(text).substr(0, mark)) ? text.substr(0, mark) : text;
}

std::string WithCase(std::string text) {
  if (!text.empty()) text.append(text[0] >= 'a' && text[0] <= 'z' ? "/small" : "/capital");
  return text;
}

Result<TimeValue> WrittenTime(std::string_view text, const hl7::ZonePolicy& zones) {
  SAM_ASSIGN(std::string digits, ToHl7Time(text));
  const bool day = digits.size() == 8;
  if (day) digits += "0000";  // its beginning in the source's zone stands for it
  SAM_ASSIGN(const hl7::Timestamp stamp, hl7::ParseTimestamp(digits, zones));
  if (!stamp.instant) return BadTime();
  return ToTimeValue(stamp, day);
}

Result<std::string> WrittenDate(std::string_view text, const hl7::ZonePolicy& zones) {
  SAM_ASSIGN(const std::string digits, ToHl7Time(text));
  SAM_ASSIGN(const hl7::Timestamp stamp, hl7::ParseTimestamp(digits, zones));
  return stamp.IsoDate();
}

std::string DoubtOf(const hl7::PersonNumber& number) {
  if (!number.check_digit_ok) return "check-digit";
  return number.century_assumed ? "century-assumed" : "";
}

std::optional<IdentifierValue> WrittenPerson(std::string_view text,
                                             const hl7::PersonNumberOptions& options) {
  const Result<hl7::PersonNumber> number = hl7::ReadPersonNumber(text, options);
  if (!number.ok()) return std::nullopt;
  return IdentifierValue{number->id, DoubtOf(*number)};
}

IdentifierValue WrittenLocal(const std::string& system, std::string_view text) {
  return {PersonId(system, std::string(text)), system.empty() ? "unknown-system" : ""};
}

}  // namespace sam::kit
