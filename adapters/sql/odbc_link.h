// OdbcLink, OdbcStatement: a connection of ODBC and a statement on it. ODBC itself, not SOCI's back
// end for it: that one gives a column's text as many bytes as the column has characters and drops
// the rest in silence, which cuts every name with an å in a full column. odbc_link.cc is the only
// file that knows ODBC's headers. What a driver says of a failure quotes connection strings and
// rows: only its SQLSTATE and number are taken. Threads: one at a time (the reader's). Owned by the
// database; a statement ends before its link.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sql/odbc_statements.h"

namespace sam::sql {

struct OdbcFailure {
  std::string state;  // SQLSTATE; empty: none was told
  int native = 0;     // the server's own number
};

class OdbcLink {
 public:
  // `text`: UTF-8. Nothing: `why` says why not. `answer_s`: for any answer of the server, where the
  // driver has such a limit.
  static std::unique_ptr<OdbcLink> Open(const std::string& text, int connect_s, int answer_s,
                                        OdbcFailure& why);
  ~OdbcLink();
  OdbcLink(const OdbcLink&) = delete;
  OdbcLink& operator=(const OdbcLink&) = delete;

  bool alive() const;
  void* handle() const { return link_; }

 private:
  OdbcLink() = default;
  void* environment_ = nullptr;
  void* link_ = nullptr;
  bool open_ = false;
};

class OdbcStatement {
 public:
  OdbcStatement(const OdbcLink& link, int limit_ms);
  ~OdbcStatement();
  OdbcStatement(const OdbcStatement&) = delete;
  OdbcStatement& operator=(const OdbcStatement&) = delete;

  // False: the driver has no time limit for statements.
  bool limited() const { return limited_; }

  bool Run(const OdbcQuery& query);  // false: failure()
  bool Columns(std::vector<OdbcColumn>& out);
  enum class Step { kRow, kEnd, kFailed };
  Step Next();
  // Columns of a row rising from 1. `out`: empty optional for NULL. `utc` as WriteOdbcTime has it.
  // A value that cannot be had as it is fails nothing: damage() says what came of it.
  bool Value(size_t column, OdbcType type, bool utc, std::optional<std::string>& out);

  std::string_view damage() const { return damage_; }  // of the last value; empty: none
  const OdbcFailure& failure() const { return failure_; }

 private:
  bool Failed();
  bool FailedValue(std::optional<std::string>& out);
  bool Bind(size_t number, const OdbcQuery::Bound& value);
  bool Words(size_t column, std::optional<std::string>& out);
  bool Stamp(size_t column, bool utc, std::optional<std::string>& out);

  struct Bindings;  // what the driver reads while a statement runs
  void* statement_ = nullptr;
  bool limited_ = false;
  std::unique_ptr<Bindings> bindings_;
  OdbcFailure failure_;
  std::string_view damage_;
};

}  // namespace sam::sql
