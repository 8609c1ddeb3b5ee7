// [sql] of adapter.toml: which tables or views of a database are asked, how often, and by which of
// the safe cursors. There is no other: a row is seen when its transaction ends, not when it was
// written, and a mark that moves with a number or time of the row alone passes over rows for ever.
// Read once, then const; the connection file is read again before each connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/files/keep_config.h"
#include "adapters/rest/row_settings.h"
#include "adapters/sql/names.h"
#include "broker/base/result.h"
#include "broker/config/toml.h"

namespace sam::sql {

enum class Backend { kPostgreSql, kOdbc };

enum class CursorKind {
  kSnapshot,    // by the number of the transaction that wrote the row: exact
  kOverlap,     // by a time of the row, asked for again from `overlap` before; known rows are known
  kRowVersion,  // SQL Server's number of each change, below that of the oldest open one: exact
};

// Of ODBC: who sees to it that nobody on the way to another machine is the database.
enum class Transport { kChecked, kOutside };

enum class FirstLoad {
  kSkip,      // from the first look on
  kBaseline,  // what lies there is told and raises no prompts
  kLive,
};

struct TableConfig {
  std::string name;  // in messages ("endpoint"), triggers, metrics and logs
  TableName table;
  std::string id;
  CursorKind cursor = CursorKind::kSnapshot;
  std::string cursor_column;
  std::vector<std::string> columns;  // with id, and type if there is one
  std::string type;                  // column whose value is put into the trigger
  int64_t every_ms = 60'000;
  int64_t overlap_ms = 300'000;
};

// `attachments`: empty where rows name no files. `done` and `failed` are one folder.
struct SqlConfig final : rest::RowSettings, files::KeepConfig {
  Backend backend = Backend::kPostgreSql;
  Transport transport = Transport::kChecked;
  bool times_utc = false;  // of ODBC, whose times have no zone: they are UTC, not the source's clock
  std::string connection_file;
  std::vector<TableConfig> tables;
  FirstLoad first_load = FirstLoad::kSkip;
  int64_t read_again = 0;  // another number than before: all tables are read as at a first start
  size_t page = 500;
  int statement_ms = 15'000;
  int connect_s = 5;
  int64_t held_back_ms = 5 * kMinuteMs;
  int64_t sweep_every_ms = kDayMs;  // kOverlap: now and then the last `sweep_back` is read once more
  int64_t sweep_back_ms = 3 * kDayMs;
  int64_t backoff_min_ms = 5'000;
  int64_t backoff_max_ms = 15 * kMinuteMs;

  rest::RowFieldsByEndpoint fields() const override;
};

// Mistakes are noted at their place in the table, for the document's Done().
std::unique_ptr<SqlConfig> ReadSqlConfig(config::Table table, const std::string& folder);

}  // namespace sam::sql
