// What is asked over ODBC, as text: made of checked names and numbers, with bound values, in the
// SQL that PostgreSQL, SQL Server (2012), Oracle (12c), Db2 (11.1) and MariaDB (10.6, ANSI_QUOTES)
// share; and what their columns are. Any thread, pure; knows no header of ODBC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sql/page.h"
#include "adapters/sql/row_text.h"
#include "adapters/sql/sql_config.h"
#include "broker/base/result.h"

namespace sam::sql {

enum class OdbcType {
  kText,
  kLongText,  // too long to be compared with
  kInt,
  kDecimal,
  kFloat,
  kBit,
  kDate,
  kTime,
  kStamp,        // date and time, no offset
  kStampOffset,  // SQL Server's datetimeoffset
  kGuid,
  kBinary,
  kOther,
};

struct OdbcColumn {
  OdbcType type = OdbcType::kOther;
  int code = 0;     // the driver's own, to bind a value as what it is compared with
  size_t size = 0;  // digits or characters
  int digits = 0;   // after the point, or of a second
};

// In the order of DescribeQuery: the cursor column, the id, then TableConfig::columns.
struct OdbcTypes {
  OdbcColumn at;
  OdbcColumn id;
  std::vector<OdbcColumn> columns;
  std::vector<ColumnKind> kinds;
};

struct OdbcQuery {
  struct Bound {
    OdbcColumn column;
    std::string text;
  };
  std::string text;
  std::vector<Bound> values;
};

struct OdbcTime {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  uint32_t nanos = 0;
};
// 2026-03-02T08:15:00.25, with Z when `utc`.
std::string WriteOdbcTime(const OdbcTime& time, bool utc);
std::optional<OdbcTime> ReadOdbcTime(std::string_view text);

// No rows: what it is asked for is how the driver describes them.
std::string OdbcDescribeQuery(const TableConfig& table);

// kInvalid: a column is of a type that the cursor is not safe with, or no text for a message; why.
Result<OdbcTypes> CheckOdbcTypes(const TableConfig& table, const SqlConfig& sql,
                                 const std::vector<OdbcColumn>& columns);

// A row: the cursor or the id is NULL somewhere.
std::string OdbcKeylessQuery(const TableConfig& table);

// SQL Server. All rowversions below the first number belong to transactions that have ended.
inline constexpr const char* kRowVersionsQuery =
    "SELECT CAST(CAST(MIN_ACTIVE_ROWVERSION() AS bigint) AS varchar(20)), "
    "CAST(CAST(@@DBTS AS bigint) + 1 AS varchar(20))";

// kInvalid: a key that is none.
Result<OdbcQuery> OdbcPageQuery(const TableConfig& table, const SqlConfig& sql,
                                const OdbcTypes& types, const Question& question, const Page& page);

// A value as a driver writes it, as row_text.h takes it: bits as true and false, offsets as ISO
// 8601.
std::string OdbcText(OdbcType type, std::string text);

}  // namespace sam::sql
