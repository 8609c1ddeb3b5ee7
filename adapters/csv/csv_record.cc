#include "adapters/csv/csv_record.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/csv/options.h"
#include "adapters/kit/written.h"
#include "broker/base/text.h"

namespace sam::csv {
namespace {

using kit::Selected;

// What stands between the marks, without blanks around; empty ones are no entries.
std::vector<std::string_view> Entries(std::string_view text, char mark) {
  std::vector<std::string_view> out;
  for (const std::string_view part : Split(text, mark))
    if (!Trim(part).empty()) out.push_back(Trim(part));
  return out;
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
    return place.part > parts.size() ? Selected() : kit::ValueUnlessEmpty(std::string(Trim(parts[place.part - 1])));
  }
  std::string text;
  for (const std::string& column : place.columns) {
    const std::string_view value = Cell(column);
    if (value.empty()) continue;
    if (!text.empty()) text += ' ';
    text.append(value);
  }
  if (place.how == CsvPlace::How::kNumber) text = kit::WholeNumber(text);
  if (place.how == CsvPlace::How::kCased) text = kit::WithCase(std::move(text));
  return kit::ValueUnlessEmpty(std::move(text));
}

std::vector<Selected> CsvRecord::All(const kit::Selector& selector, const kit::Scope& scope) const {
  Selected whole = Get(selector, scope);
  if (!whole.has_value()) return {};
  if (format_.at(selector).how != CsvPlace::How::kList) return {std::move(whole)};
  std::vector<Selected> out;
  for (const std::string_view entry : Entries(whole.text, ','))
    out.push_back(kit::ValueUnlessEmpty(std::string(entry)));
  return out;
}

unsigned CsvRecord::Count(std::string_view unit) const {
  return static_cast<unsigned>(Entries(Cell(LowerAscii(unit)), ',').size());
}

Result<kit::TimeValue> CsvRecord::Time(std::string_view text) const {
  return kit::WrittenTime(text, zones_);
}

Result<std::string> CsvRecord::Date(std::string_view text) const {
  return kit::WrittenDate(text, zones_);
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
      out.push_back(kit::WrittenLocal(row_.patient_system, value));
      continue;
    }
    hl7::PersonNumberOptions options;
    options.today = today_;
    // In a list stand adults and children: without a mark the century would be a guess.
    options.lenient = row_.lenient_numbers && !part;
    options.role =
        place.how == CsvPlace::How::kAdult ? hl7::PersonRole::kAdult : hl7::PersonRole::kChild;
    // Without any number the row is put aside, unless it is a report.
    if (std::optional<kit::IdentifierValue> person = kit::WrittenPerson(value, options))
      out.push_back(*std::move(person));
    else
      out.push_back(kit::NoPerson(PersonId("", value)));
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
        (row_.own == nullptr ||
         std::find(row_.own->begin(), row_.own->end(), column) == row_.own->end()))
      out.push_back(column);
  return out;
}

std::vector<std::string> CsvRecord::Touched(const kit::Selector& selector,
                                            const kit::Scope&) const {
  return format_.at(selector).columns;
}

}  // namespace sam::csv
