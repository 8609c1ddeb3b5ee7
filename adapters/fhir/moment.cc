#include "adapters/fhir/moment.h"

#include <algorithm>
#include <optional>

#include "adapters/hl7/timestamp.h"
#include "adapters/kit/time_value.h"
#include "broker/base/text.h"

namespace sam::fhir {
namespace {

// Follows `form`: d a digit, any other character itself.
bool Follows(std::string_view text, std::string_view form) {
  if (text.size() < form.size()) return false;
  for (size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == 'd' ? !digit : text[i] != form[i]) return false;
  }
  return true;
}

void AppendDigits(std::string_view text, std::string& out) {
  for (const char c : text)
    if (c >= '0' && c <= '9') out += c;
}

// The same moment in HL7 v2's notation, whose reader knows zones and doubled hours.
std::optional<std::string> ToHl7(std::string_view text) {
  std::string out;
  if (!Follows(text, "dddd-dd-dd")) {
    // A year, or a month: the reader says that at least a day is needed.
    if (!(Follows(text, "dddd") && text.size() == 4) &&
        !(Follows(text, "dddd-dd") && text.size() == 7))
      return std::nullopt;
    AppendDigits(text, out);
    return out;
  }
  AppendDigits(text.substr(0, 10), out);
  text.remove_prefix(10);
  if (text.empty()) return out;
  if (!Follows(text, "Tdd:dd")) return std::nullopt;
  AppendDigits(text.substr(0, 6), out);
  text.remove_prefix(6);
  if (Follows(text, ":dd")) {
    AppendDigits(text.substr(0, 3), out);
    text.remove_prefix(3);
    if (Follows(text, ".d")) {
      size_t digits = 1;
      while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
      out += std::string(text.substr(0, std::min<size_t>(digits, 4)));
      text.remove_prefix(digits);
    }
  }
  if (text.empty()) return out;
  if (text == "Z") return out + "+0000";
  if (text.size() != 6 || !(Follows(text, "+dd:dd") || Follows(text, "-dd:dd")))
    return std::nullopt;
  out += text[0];
  AppendDigits(text.substr(1), out);
  return out;
}

Result<hl7::Timestamp> Read(std::string_view text, const hl7::Zone& zone) {
  const std::optional<std::string> form = ToHl7(Trim(text));
  if (!form) return Invalid("expected a FHIR date or dateTime");
  SAM_ASSIGN(const hl7::Timestamp stamp, hl7::ParseTimestamp(*form, {zone, std::nullopt, false}));
  if (stamp.precision < hl7::Precision::kDay)
    return Invalid("expected at least a day, got a month or year");
  return stamp;
}

}  // namespace

Result<kit::TimeValue> ReadMoment(std::string_view text, const hl7::Zone& zone) {
  SAM_ASSIGN(hl7::Timestamp stamp, Read(text, zone));
  const bool day = stamp.precision == hl7::Precision::kDay;
  if (day) {
    // A day has no instant of its own: its beginning in the source's zone stands for it.
    std::string midnight;
    AppendDigits(Trim(text).substr(0, 10), midnight);
    midnight += "0000";
    SAM_ASSIGN(stamp, hl7::ParseTimestamp(midnight, {zone, std::nullopt, false}));
  }
  return kit::ToTimeValue(stamp, day);
}

Result<std::string> ReadDate(std::string_view text, const hl7::Zone& zone) {
  SAM_ASSIGN(const hl7::Timestamp stamp, Read(text, zone));
  if (!stamp.instant || stamp.zone_assumed) return stamp.IsoDate();
  const int64_t minutes = zone.OffsetMinutes(*stamp.instant);
  return ToIso(Millis{stamp.instant->value + minutes * 60'000}).substr(0, 10);
}

}  // namespace sam::fhir
