#include "adapters/csv/csv_record.h"

#include <algorithm>
#include <utility>

#include "adapters/csv/options.h"
#include "adapters/hl7/personnummer.h"
#include "adapters/kit/time_value.h"
#include "broker/base/text.h"

namespace sam::csv {
namespace {

using kit::Presence;
using kit::Selected;

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "2,0" and "2.00" are 2; "2,5" stays, and is no whole number to whoever asks for one.
std::string WholeNumber(const std::string& text) {
  const size_t mark = text.find_first_of(",.");
  if (mark == std::string::npos || mark == 0) return text;
  const bool zeros =
      mark + 1 < text.size() && text.find_first_not_of('0', mark + 1) == std::string::npos;
  return zeros && AllDigits(std::string_view(text).substr(0, mark)) ? text.substr(0, mark) : text;
}

Selected Value(std::string text) {
  Selected out;
  if (text.empty()) return out;  // an empty cell says nothing
  out.presence = Presence::kValue;
  out.text = std::move(text);
  return out;
}

// What stands between the marks, without blanks around; empty ones are no entries.
std::vector<std::string_view> Entries(std::string_view text, char mark) {
  std::vector<std::string_view> out;
  for (const std::string_view part : Split(text, mark))
    if (!Trim(part).empty()) out.push_back(Trim(part));
  return out;
}

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
  SAM_ASSIGN(const std::string clock, ClockDigits(rest));
  return out + clock + offset;
}

}  // namespace

Result<kit::Selector> CsvFormat::Compile(std::string_view text) {
  CsvPlace place;
  std::string_view columns = text;
  const size_t open = text.find('(');
  if (open != std::string_view::npos && text.back() == ')') {
    const std::string_view word = text.substr(0, open);
    if (word == "number") place.how = CsvPlace::How::kNumber;
    if (word == "cased") place.how = CsvPlace::How::kCased;
    if (word == "list") place.how = CsvPlace::How::kList;
    if (word == "adult") place.how = CsvPlace::How::kAdult;
    if (word == "local") place.how = CsvPlace::How::kLocal;
    if (place.how == CsvPlace::How::kPlain)
      return Invalid("'" + std::string(text) +
                     "': expected number, cased, list, adult or local before (");
    columns = text.substr(open + 1, text.size() - open - 2);
  } else if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    const std::string_view part = text.substr(colon + 1);
    if (part.size() != 1 || part[0] < '1' || part[0] > '9')
      return Invalid("'" + std::string(text) + "': expected a part from 1 to 9 after the colon");
    place.how = CsvPlace::How::kPart;
    place.part = static_cast<size_t>(part[0] - '0');
    columns = text.substr(0, colon);
  }
  for (const std::string_view column : Split(columns, '+')) {
    const std::string name = LowerAscii(Trim(column));
    if (name.empty() || name.find_first_of("()|:") != std::string::npos)
      return Invalid("'" + std::string(text) +
                     "': expected a column name, or several joined by +, such as datum+tid");
    place.columns.push_back(name);
  }
  compiled_.push_back(std::move(place));
  return kit::Selector{std::string(text), compiled_.size() - 1};
}

Status CsvFormat::CheckUnit(std::string_view unit) const {
  if (!unit.empty() && unit.find_first_of("+()|:") == std::string_view::npos) return Ok();
  return Invalid("'" + std::string(unit) + "': expected a column whose cell is a list");
}

Status CsvFormat::CheckTrigger(std::string_view trigger) const {
  // Rows are compared with ASCII letters in upper case.
  const bool upper =
      std::none_of(trigger.begin(), trigger.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (upper && !trigger.empty() && Trim(trigger) == trigger) return Ok();
  return Invalid("'" + std::string(trigger) +
                 "': expected a value of the trigger column in upper case, such as UB");
}

std::vector<std::string> CsvFormat::Columns() const {
  std::vector<std::string> out;
  for (const CsvPlace& place : compiled_)
    out.insert(out.end(), place.columns.begin(), place.columns.end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

CsvRecord::CsvRecord(const CsvFormat& format, CsvRow row, const hl7::Zone& zone, Millis today)
    : format_(format), row_(std::move(row)), zones_{zone, std::nullopt, false}, today_(today) {}

std::string_view CsvRecord::Cell(std::string_view column) const {
  const auto found = row_.values.find(column);
  return found == row_.values.end() ? std::string_view() : Trim(found->second);
}

Selected CsvRecord::Get(const kit::Selector& selector, const kit::Scope& scope) const {
  const CsvPlace& place = format_.at(selector);
  if (place.how == CsvPlace::How::kPart) {
    const std::string& column = place.columns.front();
    const bool scoped = scope.occurrence > 0 && LowerAscii(scope.unit) == column;
    const std::vector<std::string_view> entries = Entries(Cell(column), ',');
    const size_t at = scoped ? scope.occurrence - 1 : 0;
    if (at >= entries.size()) return {};
    const std::vector<std::string_view> parts = Split(entries[at], '/');
    return place.part > parts.size() ? Selected() : Value(std::string(Trim(parts[place.part - 1])));
  }
  std::string text;
  for (const std::string& column : place.columns) {
    const std::string_view value = Cell(column);
    if (value.empty()) continue;
    if (!text.empty()) text += ' ';
    text.append(value);
  }
  if (place.how == CsvPlace::How::kNumber) text = WholeNumber(text);
  if (place.how == CsvPlace::How::kCased && !text.empty())
    text.append(text[0] >= 'a' && text[0] <= 'z' ? "/small" : "/capital");
  return Value(std::move(text));
}

std::vector<Selected> CsvRecord::All(const kit::Selector& selector, const kit::Scope& scope) const {
  Selected whole = Get(selector, scope);
  if (!whole.has_value()) return {};
  if (format_.at(selector).how != CsvPlace::How::kList) return {std::move(whole)};
  std::vector<Selected> out;
  for (const std::string_view entry : Entries(whole.text, ','))
    out.push_back(Value(std::string(entry)));
  return out;
}

unsigned CsvRecord::Count(std::string_view unit) const {
  return static_cast<unsigned>(Entries(Cell(LowerAscii(unit)), ',').size());
}

Result<kit::TimeValue> CsvRecord::Time(std::string_view text) const {
  SAM_ASSIGN(std::string digits, ToHl7Time(text));
  const bool day = digits.size() == 8;
  if (day) digits += "0000";  // its beginning in the source's zone stands for it
  SAM_ASSIGN(const hl7::Timestamp stamp, hl7::ParseTimestamp(digits, zones_));
  if (!stamp.instant) return BadTime();
  return kit::ToTimeValue(stamp, day);
}

Result<std::string> CsvRecord::Date(std::string_view text) const {
  SAM_ASSIGN(const std::string digits, ToHl7Time(text));
  SAM_ASSIGN(const hl7::Timestamp stamp, hl7::ParseTimestamp(digits, zones_));
  return stamp.IsoDate();
}

std::vector<kit::IdentifierValue> CsvRecord::Identifiers(const kit::Selector& selector,
                                                         const kit::Scope& scope) const {
  const CsvPlace& place = format_.at(selector);
  std::vector<kit::IdentifierValue> out;
  for (const std::string& column : place.columns) {
    const bool part = place.how == CsvPlace::How::kPart;
    const std::string value = part ? Get(selector, scope).text : std::string(Cell(column));
    if (value.empty()) continue;
    if (place.how == CsvPlace::How::kLocal) {
      out.push_back({PersonId(row_.patient_system, value),
                     row_.patient_system.empty() ? "unknown-system" : ""});
      continue;
    }
    hl7::PersonNumberOptions options;
    options.today = today_;
    // In a list stand adults and children: without a mark the century would be a guess.
    options.lenient = row_.lenient_numbers && !part;
    options.role =
        place.how == CsvPlace::How::kAdult ? hl7::PersonRole::kAdult : hl7::PersonRole::kChild;
    const Result<hl7::PersonNumber> number = hl7::ReadPersonNumber(value, options);
    // What is no number of the known forms names nobody: without another one the row is put aside.
    if (!number.ok()) continue;
    out.push_back({number->id, !number->check_digit_ok   ? "check-digit"
                               : number->century_assumed ? "century-assumed"
                                                         : ""});
  }
  return out;
}

std::string CsvRecord::PersonName(const kit::Selector& selector, const kit::Scope& scope) const {
  return Get(selector, scope).text;
}

std::vector<std::string> CsvRecord::Doubts() const {
  if (row_.charset_guessed) return {"charset-guessed"};
  return {};
}

std::vector<std::string> CsvRecord::Places() const {
  std::vector<std::string> out;
  for (const auto& [column, value] : row_.values)
    if (!Trim(value).empty() &&
        std::find(row_.own.begin(), row_.own.end(), column) == row_.own.end())
      out.push_back(column);
  return out;
}

std::vector<std::string> CsvRecord::Touched(const kit::Selector& selector,
                                            const kit::Scope&) const {
  return format_.at(selector).columns;
}

}  // namespace sam::csv
