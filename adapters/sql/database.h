// Database: one connection to a PostgreSQL, or over ODBC to another server, made when it is needed
// and again after any failure. The only file that knows SOCI and libpq, and the folder's one with
// `catch`, is database.cc; ODBC's is odbc_link.cc. What they say of a failure holds the connection
// string, names and values: it is judged and dropped.
// PostgreSQL: each question is one read-only transaction over one snapshot, with a time limit in the
// server.
// Threads: one at a time (the reader's). Owned by the reader. Blocks up to connect_s + statement_ms
// for each of its statements: three, and one for each portion of a page. Limits: page.h's; a driver
// of ODBC may hold more than it is asked for.
#pragma once

#include <memory>
#include <string>

#include "adapters/sql/page.h"
#include "adapters/sql/sql_config.h"

namespace sam::sql {

class Database {
 public:
  virtual ~Database() = default;
  virtual Reply Ask(const Question& question) = 0;

  // The configuration must outlive it.
  static std::unique_ptr<Database> Make(const SqlConfig& config);
};

std::unique_ptr<Database> MakeOdbc(const SqlConfig& config);  // odbc_database.cc

// What a driver's SQLSTATE, and SQL Server's own number, mean.
Trouble JudgeOdbcConnect(const std::string& state);
Trouble JudgeOdbc(const std::string& state, int native);

}  // namespace sam::sql
