#include "adapters/sql/odbc_statements.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace sam::sql {
namespace {

std::string From(const TableConfig& table) { return " FROM " + table.table.quoted() + " WHERE "; }

bool IsPositive(std::string_view text) {
  return !text.empty() && text.size() <= 19 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// A number as rowversion, so that an index on the column serves.
Result<std::string> Version(const std::string& number) {
  if (!IsPositive(number)) return Invalid("the place is no place here");
  return "CAST(CAST('" + number + "' AS bigint) AS binary(8))";
}

Result<ColumnKind> OdbcKind(const std::string& name, const OdbcColumn& column, bool utc) {
  switch (column.type) {
    case OdbcType::kText:
    case OdbcType::kLongText:
    case OdbcType::kTime:
    case OdbcType::kGuid:
    case OdbcType::kStampOffset: return ColumnKind::kText;
    case OdbcType::kInt: return ColumnKind::kInt;
    case OdbcType::kDecimal:
      return column.digits == 0 && column.size <= 18 ? ColumnKind::kInt : ColumnKind::kNumber;
    case OdbcType::kFloat: return ColumnKind::kNumber;
    case OdbcType::kBit: return ColumnKind::kBool;
    case OdbcType::kDate: return ColumnKind::kDate;
    case OdbcType::kStamp: return utc ? ColumnKind::kTimeUtc : ColumnKind::kTime;
    case OdbcType::kBinary:
      return Invalid("column " + name + " is binary, which is no text for a message");
    case OdbcType::kOther: break;
  }
  return Invalid("column " + name + " is of a type that is not known here (ODBC number " +
                 std::to_string(column.code) + "); CAST it to text in the view");
}

Status CheckCursor(const TableConfig& table, const OdbcColumn& at) {
  const std::string what = "cursor_column " + table.cursor_column;
  if (table.cursor == CursorKind::kRowVersion) {
    if (at.type == OdbcType::kBinary && at.size == 8) return Ok();
    return Invalid(what + " is no rowversion (eight bytes that the server sets with each change)");
  }
  if (at.type == OdbcType::kStamp) return Ok();
  return Invalid(what +
                 ": the overlap cursor needs a date with time, without an offset. A number "
                 "from a sequence is given out before its row is visible, so a later one "
                 "may be seen first and the row would be passed over");
}

bool MayBeId(const OdbcColumn& id) {
  return id.type == OdbcType::kInt || id.type == OdbcType::kText || id.type == OdbcType::kGuid ||
         (id.type == OdbcType::kDecimal && id.digits == 0);
}

}  // namespace

std::string WriteOdbcTime(const OdbcTime& time, bool utc) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%09u", time.year,
                time.month, time.day, time.hour, time.minute, time.second, time.nanos);
  std::string out = text.data();
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return utc ? out.append("Z") : out;
}

std::optional<OdbcTime> ReadOdbcTime(std::string_view text) {
  if (text.ends_with("Z")) text.remove_suffix(1);
  static constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kShape.size() || text.size() > kShape.size() + 10) return std::nullopt;
  for (size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return std::nullopt;
  }
  const auto number = [&](size_t at, size_t size) {
    return std::atoi(std::string(text.substr(at, size)).c_str());
  };
  OdbcTime out{
      number(0, 4), number(5, 2), number(8, 2), number(11, 2), number(14, 2), number(17, 2), 0};
  std::string fraction(text.substr(kShape.size()));
  if (fraction.empty()) return out;
  if (fraction.size() < 2 || fraction[0] != '.' || !IsPositive(fraction.substr(1)))
    return std::nullopt;
  fraction.resize(10, '0');
  out.nanos = static_cast<uint32_t>(std::atoi(fraction.c_str() + 1));
  return out;
}

std::string OdbcDescribeQuery(const TableConfig& table) {
  std::string out = "SELECT " + Quoted(table.cursor_column);
  out.append(", ").append(Quoted(table.id));
  for (const std::string& column : table.columns) out.append(", ").append(Quoted(column));
  return out.append(From(table)).append("1 = 0");
}

Result<OdbcTypes> CheckOdbcTypes(const TableConfig& table, const SqlConfig& sql,
                                 const std::vector<OdbcColumn>& columns) {
  if (columns.size() != table.columns.size() + 2)
    return Invalid("the driver describes another number of columns than was asked for");
  OdbcTypes out;
  out.at = columns[0];
  out.id = columns[1];
  out.columns.assign(columns.begin() + 2, columns.end());
  SAM_TRY(CheckCursor(table, out.at));
  if (!MayBeId(out.id))
    return Invalid(
        "id " + table.id +
        ": expected a whole number, a uuid or a text of limited length; CAST it in the view");
  for (size_t i = 0; i < out.columns.size(); ++i) {
    SAM_ASSIGN(const ColumnKind kind, OdbcKind(table.columns[i], out.columns[i], sql.times_utc));
    out.kinds.push_back(kind);
  }
  return out;
}

std::string OdbcKeylessQuery(const TableConfig& table) {
  std::string out = "SELECT 1" + From(table);
  out.append(Quoted(table.cursor_column)).append(" IS NULL OR ");
  return out.append(Quoted(table.id)).append(" IS NULL");
}

Result<OdbcQuery> OdbcPageQuery(const TableConfig& table, const SqlConfig& sql,
                                const OdbcTypes& types, const Question& question,
                                const Page& page) {
  const bool versions = table.cursor == CursorKind::kRowVersion;
  const std::string at = Quoted(table.cursor_column), id = Quoted(table.id);
  OdbcQuery out;
  const auto bound = [&](const std::string& value) -> Result<std::string> {
    if (versions) return Version(value);
    if (!ReadOdbcTime(value)) return Invalid("the place is no place here");
    out.values.push_back({types.at, value});
    return std::string("?");
  };
  std::string& text = out.text;
  text = versions ? "SELECT CAST(" + at + " AS bigint)" : "SELECT " + at;
  text.append(", ").append(id);
  for (const std::string& column : table.columns) text.append(", ").append(Quoted(column));
  text.append(From(table)).append("1 = 1");
  const std::string& since = sql.times_utc ? question.since_utc : question.since_local;
  if (question.from || !since.empty()) {
    SAM_ASSIGN(const std::string from, bound(question.from ? question.from->at : since));
    text.append(" AND ").append(at).append(" >= ").append(from);
  }
  if (question.from && !question.from->id.empty()) {
    SAM_ASSIGN(const std::string from, bound(question.from->at));
    text.append(" AND (").append(at).append(" > ").append(from);
    text.append(" OR ").append(id).append(" >= ?)");
    out.values.push_back({types.id, question.from->id});
  }
  if (versions) {
    SAM_ASSIGN(const std::string below, Version(std::to_string(page.oldest)));
    text.append(" AND ").append(at).append(" < ").append(below);
  }
  text.append(" ORDER BY ").append(at).append(", ").append(id);
  text.append(" OFFSET 0 ROWS FETCH NEXT ").append(std::to_string(sql.page));
  text.append(" ROWS ONLY");
  return out;
}

std::string OdbcText(OdbcType type, std::string text) {
  if (type == OdbcType::kBit) return text == "1" ? "true" : text == "0" ? "false" : text;
  if (type != OdbcType::kStampOffset) return text;
  // 2026-03-02 08:15:00.0000000 +01:00
  const size_t last = text.rfind(' ');
  if (last != std::string::npos && last > 10) text.erase(last, 1);
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  return text;
}

}  // namespace sam::sql
