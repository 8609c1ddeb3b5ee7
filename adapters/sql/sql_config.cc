#include "adapters/sql/sql_config.h"

#include <algorithm>
#include <utility>

namespace sam::sql {
namespace {

constexpr size_t kMaxColumns = 100;
constexpr const char* kColumnName = "letters, digits and _, not longer than 63 bytes; no SQL";

void ReadColumns(config::Table& table, TableConfig& out) {
  out.id = table.Text("id");
  out.type = table.TextOr("type", "");
  out.columns = table.TextList("columns");
  if (out.columns.empty()) table.Fail("columns", "the names of the columns to read");
  if (out.columns.size() > kMaxColumns) table.Fail("columns", "at most 100 columns");
  if (!IsName(out.id)) table.Fail("id", kColumnName);
  if (!out.type.empty() && !IsName(out.type)) table.Fail("type", kColumnName);
  for (size_t i = 0; i < out.columns.size(); ++i) {
    const auto begin = out.columns.begin();
    const auto here = begin + static_cast<std::ptrdiff_t>(i);
    if (!IsName(*here)) table.Fail("columns", kColumnName);
    if (std::find(begin, here, *here) != here) table.Fail("columns", "each column once");
  }
  for (const std::string& needed : {out.id, out.type})
    if (!needed.empty() &&
        std::find(out.columns.begin(), out.columns.end(), needed) == out.columns.end())
      out.columns.push_back(needed);
}

// "generic": nothing is known of the server but SQL, and what is known of no cursor is not offered.
enum class Cursors { kPostgreSql, kGeneric, kSqlServer };

CursorKind ReadCursorKind(config::Table& table, Cursors offered) {
  const int kind = table.OneOf("cursor", {"snapshot", "overlap", "rowversion"});
  if (kind == 0 && offered != Cursors::kPostgreSql)
    table.Fail("cursor", "\"overlap\": over ODBC no server's snapshot is known");
  if (kind == 2 && offered != Cursors::kSqlServer)
    table.Fail("cursor", "another one: rowversion is SQL Server's, over ODBC with "
                         "dialect = \"sqlserver\"");
  return kind == 1   ? CursorKind::kOverlap
         : kind == 2 ? CursorKind::kRowVersion
                     : CursorKind::kSnapshot;
}

void ReadCursor(config::Table& table, Cursors offered, TableConfig& out) {
  out.cursor = ReadCursorKind(table, offered);
  out.cursor_column = table.Text("cursor_column");
  if (!IsName(out.cursor_column)) table.Fail("cursor_column", kColumnName);
  if (out.cursor != CursorKind::kOverlap && table.Has("overlap_s"))
    table.Fail("overlap_s", "nothing: this cursor is exact and has no overlap");
  // Never none: a transaction may end long after it took its time, and after a younger one.
  out.overlap_ms = table.IntOr("overlap_s", 300, 60, 86'400) * kSecondMs;
}

TableConfig ReadTable(config::Table& table, Cursors offered, int64_t every_ms) {
  TableConfig out;
  out.name = table.Text("name");
  if (!IsName(out.name) || out.name.size() > 40)
    table.Fail("name", "letters, digits and _: the name stands in metrics and logs");
  Result<TableName> name = ReadTableName(table.Text("table"));
  if (name.ok())
    out.table = std::move(name).value();
  else
    table.Fail("table", name.error().message);
  ReadColumns(table, out);
  ReadCursor(table, offered, out);
  out.every_ms = table.IntOr("every_s", every_ms / kSecondMs, 1, 86'400) * kSecondMs;
  return out;
}

FirstLoad ReadFirstLoad(config::Table& table) {
  switch (table.OneOf("first_load", {"skip", "baseline", "live"}, 0)) {
    case 1: return FirstLoad::kBaseline;
    case 2: return FirstLoad::kLive;
    default: return FirstLoad::kSkip;
  }
}

Cursors ReadBackend(config::Table& table, SqlConfig& out) {
  if (table.OneOf("backend", {"postgresql", "odbc"}, 0) == 0) {
    for (const char* name : {"dialect", "transport", "times"})
      if (table.Has(name)) table.Fail(name, "nothing: it belongs to backend = \"odbc\"");
    return Cursors::kPostgreSql;
  }
  out.backend = Backend::kOdbc;
  const bool sql_server = table.OneOf("dialect", {"generic", "sqlserver"}, 0) == 1;
  out.times_utc = table.OneOf("times", {"local", "utc"}, 0) == 1;
  if (table.OneOf("transport", {"checked", "outside"}, 0) == 1)
    out.transport = Transport::kOutside;
  return sql_server ? Cursors::kSqlServer : Cursors::kGeneric;
}

void ReadAttachments(config::Table& table, const std::string& folder, SqlConfig& out) {
  const auto plain = [](std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
  };
  out.attachments = plain(kit::Under(folder, table.TextOr("attachments", "")));
  const bool kept = table.Has("attachments_done");
  out.done = plain(kit::Under(out.attachments + "/", table.TextOr("attachments_done", "done")));
  out.failed = out.done;
  if (out.attachments.empty() && kept)
    table.Fail("attachments_done", "nothing without attachments: no files are named");
  if (!out.attachments.empty() && out.done == out.attachments)
    table.Fail("attachments_done", "another folder than attachments");
}

}  // namespace

rest::RowFieldsByEndpoint SqlConfig::fields() const {
  rest::RowFieldsByEndpoint out;
  for (const TableConfig& table : tables) out[table.name] = rest::RowFields{table.id, table.type};
  return out;
}

std::unique_ptr<SqlConfig> ReadSqlConfig(config::Table table, const std::string& folder) {
  auto result = std::make_unique<SqlConfig>();
  SqlConfig& out = *result;
  const Cursors offered = ReadBackend(table, out);
  out.connection_file = kit::Under(folder, table.Text("connection_file"));
  ReadAttachments(table, folder, out);
  out.first_load = ReadFirstLoad(table);
  out.read_again = table.IntOr("read_again", 0, 0, 1'000'000);
  out.page = static_cast<size_t>(table.IntOr("page", 500, 10, 5'000));
  out.statement_ms = static_cast<int>(table.IntOr("statement_ms", 15'000, 100, 600'000));
  out.connect_s = static_cast<int>(table.IntOr("connect_s", 5, 2, 60));
  out.held_back_ms = table.IntOr("held_back_s", 300, 1, 86'400) * kSecondMs;
  out.sweep_every_ms = table.IntOr("sweep_every_h", 24, 1, 8'760) * kHourMs;
  // The adapter knows rows again for seen_days, at least seven: an older one would be told twice.
  out.sweep_back_ms = table.IntOr("sweep_back_h", 72, 0, 144) * kHourMs;
  out.backoff_min_ms = table.IntOr("backoff_min_ms", 5'000, 10, 600'000);
  out.backoff_max_ms =
      std::max(out.backoff_min_ms, table.IntOr("backoff_max_s", 900, 1, 86'400) * kSecondMs);
  const int64_t every_ms = table.IntOr("every_s", 60, 1, 86'400) * kSecondMs;
  for (config::Table& one : table.List("table")) {
    out.tables.push_back(ReadTable(one, offered, every_ms));
    const auto same = [&](const TableConfig& other) {
      return other.name == out.tables.back().name;
    };
    if (std::count_if(out.tables.begin(), out.tables.end(), same) > 1)
      one.Fail("name", "a name that no other table has");
  }
  if (out.tables.empty()) table.Fail("table", "at least one [[sql.table]]");
  return result;
}

}  // namespace sam::sql
