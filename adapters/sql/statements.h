// The queries of this folder as text: made of checked names, checked numbers and times, and one bound
// value (:id). Any thread, pure.
//
// Transaction numbers of rows (xmin) have 32 bits and begin again; those of a snapshot have 64. A
// row's whole number is the one nearest to the snapshot's that ends in the row's 32 bits. Rows that
// were written 2^31 transactions ago and are frozen look for that reason like ones from the future,
// which a snapshot cannot hold: a first load leaves them out, and their next change is seen.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/sql/page.h"
#include "adapters/sql/row_text.h"
#include "adapters/sql/sql_config.h"
#include "broker/base/result.h"

namespace sam::sql {

// What the catalogue says of a table's columns.
struct TableTypes {
  ColumnKind at = ColumnKind::kNumber32;
  std::string at_type;
  std::string id_type;
  std::vector<ColumnKind> kinds;  // of TableConfig::columns, in their order
};

inline constexpr const char* kTypesQuery =
    "SELECT CAST(a.attname AS text), CAST(COALESCE(b.typname, t.typname) AS text) "
    "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
    "LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype "
    "WHERE a.attrelid = to_regclass(:name) AND (a.attnum > 0 OR a.attname = 'xmin') "
    "AND NOT a.attisdropped";

// Oldest transaction under way, next number, clock: of the snapshot that the page is read in too.
inline constexpr const char* kSnapshotQuery =
    "SELECT CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text), "
    "CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text), "
    "CAST(CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint) AS text)";

// kInvalid: a column is missing, or of a type that the cursor is not safe with; says why.
Result<TableTypes> CheckTypes(const TableConfig& table,
                              const std::map<std::string, std::string>& types);

// Rows that no cursor would ever find.
std::string KeylessQuery(const TableConfig& table);

// Columns: the key's `at` and `id`, then TableConfig::columns, all as text. `page`: with the numbers
// of the snapshot. Uses :id when the question has a key with an id. kInvalid: a key that is none.
Result<std::string> PageQuery(const TableConfig& table, const TableTypes& types,
                              const Question& question, const Page& page, size_t limit);

// A row's whole transaction number, seen from `oldest`.
std::string WholeNumber(const std::string& quoted_column, int64_t oldest);

}  // namespace sam::sql
