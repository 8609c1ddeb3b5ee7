#include "adapters/sql/statements.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sam::sql {
namespace {

std::string AsText(const std::string& quoted) { return "CAST(" + quoted + " AS text)"; }

bool IsNumber(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  return !text.empty() && text.size() <= 19 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// As the server itself writes one, years before Christ, beyond 9999 and no day at all included: a
// page may end with such a row.
bool IsTime(std::string_view text) {
  if (text == "infinity" || text == "-infinity") return true;
  return text.size() >= 10 && text.size() <= 40 && text.find('-', 1) != std::string_view::npos &&
         text.find_first_not_of("0123456789-:.TZ +BC") == std::string_view::npos;
}

// The column as it is ordered, and a value to compare it with.
struct Order {
  std::string expression;
  std::string text;  // as it comes back
  ColumnKind kind = ColumnKind::kTime;
  std::string type;

  Result<std::string> Literal(const std::string& value) const {
    const bool number = kind == ColumnKind::kNumber32 || kind == ColumnKind::kNumber64;
    if (number ? !IsNumber(value) : !IsTime(value)) return Invalid("the place is no place here");
    if (kind == ColumnKind::kNumber32) return "CAST('" + value + "' AS bigint)";
    return "CAST('" + value + "' AS pg_catalog." + type + ")";
  }
};

Order OrderOf(const TableConfig& table, const TableTypes& types, int64_t oldest) {
  Order out;
  out.kind = types.at;
  out.type = types.at_type;
  out.expression = Quoted(table.cursor_column);
  if (types.at == ColumnKind::kNumber32) out.expression = WholeNumber(out.expression, oldest);
  out.text = AsText(out.expression);
  return out;
}

Error BadCursor(const TableConfig& table, const std::string& type) {
  const std::string what = "cursor_column " + table.cursor_column + " is of type " + type + ": ";
  if (table.cursor == CursorKind::kSnapshot)
    return Invalid(what + "the snapshot cursor needs the number of the transaction that wrote the "
                          "row: xmin (xid), or a column of type xid8");
  return Invalid(what + "the overlap cursor needs timestamp or timestamptz. A number from a sequence "
                        "is given out before its row is visible, so a later one may be seen first "
                        "and the row would be passed over");
}

// What is put out is named by numbers, as no column can be: one that is put out as text under its own
// name is what ORDER BY means by that name, and 10 stands before 9 then.
std::string Output(size_t number) { return Quoted(std::to_string(number)); }

// Cut outside, of the page's rows alone: within, every row would be unpacked to be sorted.
std::string OuterSelect(size_t columns) {
  const std::string most = std::to_string(kMaxValueChars + 1);  // so that a cut is seen
  std::string out = "SELECT " + Output(0);
  out.append(", ").append(Output(1));
  for (size_t i = 0; i < columns; ++i)
    out.append(", left(").append(Output(i + 2)).append(", ").append(most).append(")");
  return out.append(" FROM (");
}

}  // namespace

std::string WholeNumber(const std::string& quoted_column, int64_t oldest) {
  const std::string from = "CAST('" + std::to_string(oldest) + "' AS bigint)";
  std::string out = "(";
  out.append(from).append(" + (CAST(CAST(").append(quoted_column);
  out.append(" AS text) AS bigint) - ").append(from);
  // + 2^32 so that the remainder is not negative, + and - 2^31 so that the nearest is meant.
  return out.append(" % 4294967296 + 6442450944) % 4294967296 - 2147483648)");
}

Result<TableTypes> CheckTypes(const TableConfig& table,
                              const std::map<std::string, std::string>& types) {
  static constexpr std::array<std::string_view, 7> kIds = {"int2", "int4",    "int8",   "uuid",
                                                           "text", "varchar", "numeric"};
  if (types.empty())
    return Invalid("there is no " + table.table.schema + "." + table.table.table +
                   ", or the login may not see it");
  TableTypes out;
  const auto at = types.find(table.cursor_column);
  const auto id = types.find(table.id);
  if (at == types.end()) return Invalid("there is no column " + table.cursor_column);
  out.at_type = at->second;
  out.at = KindOf(at->second);
  const bool number = out.at == ColumnKind::kNumber32 || out.at == ColumnKind::kNumber64;
  const bool time = out.at == ColumnKind::kTime || out.at == ColumnKind::kTimeUtc;
  if (table.cursor == CursorKind::kSnapshot ? !number : !time) return BadCursor(table, at->second);
  if (id == types.end()) return Invalid("there is no column " + table.id);
  out.id_type = id->second;
  if (std::find(kIds.begin(), kIds.end(), id->second) == kIds.end())
    return Invalid("id " + table.id + " is of type " + id->second +
                   ": expected a whole number, uuid, text, varchar or numeric");
  for (const std::string& column : table.columns) {
    const auto found = types.find(column);
    if (found == types.end()) return Invalid("there is no column " + column);
    out.kinds.push_back(KindOf(found->second));
    if (out.kinds.back() == ColumnKind::kBytes)
      return Invalid("column " + column + " is bytea, which is no text for a message");
  }
  return out;
}

std::string KeylessQuery(const TableConfig& table) {
  std::string out = "SELECT '1' FROM ";
  out.append(table.table.quoted()).append(" WHERE ").append(Quoted(table.cursor_column));
  return out.append(" IS NULL OR ").append(Quoted(table.id)).append(" IS NULL LIMIT 1");
}

Result<std::string> PageQuery(const TableConfig& table, const TableTypes& types,
                              const Question& question, const Page& page, size_t limit) {
  const Order order = OrderOf(table, types, page.oldest);
  const std::string id = Quoted(table.id);
  std::string out = OuterSelect(table.columns.size());
  out.append("SELECT ").append(order.text).append(" AS \"0\", ").append(AsText(id));
  out.append(" AS \"1\"");
  for (size_t i = 0; i < table.columns.size(); ++i)
    out.append(", ").append(AsText(Quoted(table.columns[i]))).append(" AS ").append(Output(i + 2));
  out.append(" FROM ").append(table.table.quoted()).append(" WHERE true");
  if (question.from) {
    SAM_ASSIGN(const std::string at, order.Literal(question.from->at));
    out.append(" AND ").append(order.expression).append(" >= ").append(at);
    if (!question.from->id.empty()) {
      out.append(" AND (").append(order.expression).append(" > ").append(at);
      out.append(" OR ").append(id).append(" >= CAST(:id AS pg_catalog.").append(types.id_type);
      out.append("))");
    }
  } else if (!question.since_utc.empty()) {
    const bool utc = types.at == ColumnKind::kTimeUtc;
    SAM_ASSIGN(const std::string at,
               order.Literal(utc ? question.since_utc : question.since_local));
    out.append(" AND ").append(order.expression).append(" >= ").append(at);
  }
  if (table.cursor == CursorKind::kSnapshot) {
    SAM_ASSIGN(const std::string below, order.Literal(std::to_string(page.next)));
    out.append(" AND ").append(order.expression).append(" < ").append(below);
  }
  out.append(" ORDER BY ").append(order.expression).append(", ").append(id);
  return out.append(" LIMIT ").append(std::to_string(limit)).append(") p");
}

}  // namespace sam::sql
