#include "adapters/csv/options.h"
#include "broker/base/text.h"

#include <algorithm>
#include <optional>

namespace sam::csv {
namespace {

const std::vector<std::string>& SeparatorNames() {
  static const std::vector<std::string> kNames = {"semicolon", "comma", "tab"};
  return kNames;
}
constexpr char kSeparators[] = {';', ',', '\t'};

hl7::Charset ReadCharset(config::Table& table, const std::string& key, hl7::Charset fallback) {
  if (!table.Has(key)) return fallback;
  const std::optional<hl7::Charset> found = hl7::CharsetByName(table.Text(key));
  if (!found) table.Fail(key, "a character set such as UTF-8 or WINDOWS-1252");
  return found.value_or(fallback);
}

bool Lists(const std::vector<std::string>& columns, const std::string& wanted) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const std::string& one) { return LowerAscii(one) == LowerAscii(wanted); });
}

}  // namespace

const char* SeparatorName(char separator) {
  if (separator == ',') return "comma";
  return separator == '\t' ? "tab" : "semicolon";
}

char SeparatorByName(std::string_view name) {
  for (size_t i = 0; i < SeparatorNames().size(); ++i)
    if (SeparatorNames()[i] == name) return kSeparators[i];
  return 0;
}

CsvOptions ReadCsvOptions(config::Table& table) {
  CsvOptions out;
  out.rows.separator = kSeparators[std::max(0, table.OneOf("separator", SeparatorNames(), 0))];
  out.rows.max_row_bytes = static_cast<size_t>(table.IntOr("max_row_kb", 64, 1, 1024)) * 1024;
  out.rows.max_row_lines = static_cast<size_t>(table.IntOr("max_row_lines", 64, 1, 1000));
  out.rows.trailer = table.TextOr("trailer", "");
  out.columns = table.TextList("columns");
  out.required = table.TextList("required_columns");
  out.trigger_column = table.TextOr("trigger_column", "");
  out.id_columns = table.TextList("id_columns");
  out.person_columns = table.TextList("person_columns");
  out.patient_system = table.TextOr("patient_system", "");
  out.lenient_numbers = table.BoolOr("lenient_numbers", false);
  out.max_rows = static_cast<uint64_t>(table.IntOr("max_rows", 2'000'000, 1, 100'000'000));
  if (table.Has("charset_force"))
    out.charset.force = ReadCharset(table, "charset_force", hl7::Charset::kUtf8);
  out.charset.fallback = ReadCharset(table, "charset_fallback", out.charset.fallback);
  if (out.columns.size() > out.rows.max_columns || out.required.size() > out.rows.max_columns)
    table.Fail("columns", "at most " + std::to_string(out.rows.max_columns) + " columns");
  if (out.columns.empty() == out.required.empty())
    table.Fail("columns", "columns (the header exactly) or required_columns (at least these)");
  // A column the file needs in every row must be in the header that is checked.
  const std::vector<std::string>& known = out.columns.empty() ? out.required : out.columns;
  if (!out.trigger_column.empty() && !Lists(known, out.trigger_column))
    table.Fail("trigger_column", "one of the columns named in columns or required_columns");
  for (const std::string& id : out.id_columns)
    if (!Lists(known, id)) table.Fail("id_columns", "columns named in columns or required_columns");
  for (const std::string& person : out.person_columns) {
    if (!Lists(known, person))
      table.Fail("person_columns", "columns named in columns or required_columns");
    // A message's id travels in the open, in logs and answers.
    if (Lists(out.id_columns, person))
      table.Fail("id_columns", "columns that hold no person's number");
  }
  return out;
}

}  // namespace sam::csv
