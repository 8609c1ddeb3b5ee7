// Database over ODBC: any server that has a driver. Each question is one statement that reads what
// is committed; nothing is asked of a snapshot, because no two servers have the same.
#include <cstdlib>
#include <map>
#include <utility>

#include "adapters/sql/database.h"
#include "adapters/sql/odbc_connection.h"
#include "adapters/sql/odbc_link.h"
#include "adapters/sql/odbc_statements.h"
#include "adapters/sql/page_room.h"
#include "broker/base/log.h"

namespace sam::sql {
namespace {

class OdbcDatabase final : public Database {
 public:
  explicit OdbcDatabase(const SqlConfig& config) : config_(config) {}
  Reply Ask(const Question& question) override;

 private:
  Trouble Connect();
  Trouble Read(const Question& question, Page& page);
  Trouble Describe(size_t table, const OdbcTypes*& out);
  Trouble ReadVersions(Page& page);
  Trouble ReadRows(const TableConfig& table, const OdbcTypes& types, const Question& question,
                   Page& page);
  Trouble TakeRow(OdbcStatement& statement, const TableConfig& table, const OdbcTypes& types,
                  Page& page);
  Trouble Why(const OdbcStatement& statement) const;

  const SqlConfig& config_;
  std::unique_ptr<OdbcLink> link_;
  std::map<size_t, OdbcTypes> types_;  // of this connection
};

Trouble OdbcDatabase::Connect() {
  const Result<std::string> text = ReadOdbcConnection(config_.connection_file, config_.transport);
  if (!text.ok()) return {"connection-file", true, false, text.error().message};
  OdbcFailure why;
  types_.clear();
  const int answer_s = config_.connect_s + 2 * config_.statement_ms / 1000;
  link_ = OdbcLink::Open(*text, config_.connect_s, answer_s, why);
  if (link_ == nullptr) return JudgeOdbcConnect(why.state);
  if (!OdbcStatement(*link_, config_.statement_ms).limited())
    log::Warn("sql", "sql-no-time-limit", {});
  return {};
}

Trouble OdbcDatabase::Why(const OdbcStatement& statement) const {
  const OdbcFailure& failure = statement.failure();
  if (!link_->alive()) return {"unreachable", true, true, "the connection broke"};
  return JudgeOdbc(failure.state, failure.native);
}

Trouble OdbcDatabase::Describe(size_t table, const OdbcTypes*& out) {
  const auto known = types_.find(table);
  if (known == types_.end()) {
    const TableConfig& config = config_.tables[table];
    OdbcStatement statement(*link_, config_.statement_ms);
    std::vector<OdbcColumn> columns;
    if (!statement.Run({OdbcDescribeQuery(config), {}}) || !statement.Columns(columns))
      return Why(statement);
    Result<OdbcTypes> types = CheckOdbcTypes(config, config_, columns);
    if (!types.ok()) return {"unexpected", false, false, types.error().message};
    out = &(types_[table] = std::move(types).value());
    return {};
  }
  out = &known->second;
  return {};
}

Trouble OdbcDatabase::ReadVersions(Page& page) {
  OdbcStatement statement(*link_, config_.statement_ms);
  std::optional<std::string> oldest, next;
  if (!statement.Run({kRowVersionsQuery, {}}) || statement.Next() != OdbcStatement::Step::kRow ||
      !statement.Value(1, OdbcType::kText, false, oldest) ||
      !statement.Value(2, OdbcType::kText, false, next))
    return Why(statement);
  page.oldest = std::strtoll(oldest.value_or("0").c_str(), nullptr, 10);
  page.next = std::strtoll(next.value_or("0").c_str(), nullptr, 10);
  if (page.oldest > 0) return {};
  return {"unexpected", false, false, "the server has no row versions"};
}

Trouble OdbcDatabase::TakeRow(OdbcStatement& statement, const TableConfig& table,
                              const OdbcTypes& types, Page& page) {
  RowJson row;
  std::optional<std::string> at, id, value;
  if (!statement.Value(1, types.at.type, config_.times_utc, at)) return Why(statement);
  bool placed = statement.damage().empty();
  if (!statement.Value(2, types.id.type, false, id)) return Why(statement);
  placed = placed && statement.damage().empty();
  // Without them nobody knows where the reading stands, or whose row this is.
  if (!placed)
    return {"unexpected", false, false,
            "a row has a value in " + table.cursor_column + " or " + table.id +
                " that the driver cannot give whole; give it another in the view"};
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (!statement.Value(i + 3, types.columns[i].type, config_.times_utc, value))
      return Why(statement);
    row.Add(table.columns[i], types.kinds[i], value, statement.damage());
  }
  page.rows.push_back(row.Take(Key{at.value_or(""), id.value_or("")}));
  return {};
}

Trouble OdbcDatabase::ReadRows(const TableConfig& table, const OdbcTypes& types,
                               const Question& question, Page& page) {
  {
    OdbcStatement keyless(*link_, config_.statement_ms);
    if (!keyless.Run({OdbcKeylessQuery(table), {}})) return Why(keyless);
    const OdbcStatement::Step step = keyless.Next();
    if (step == OdbcStatement::Step::kFailed) return Why(keyless);
    if (step == OdbcStatement::Step::kRow)
      return {"no-key", false, false,
              "rows with NULL in " + table.cursor_column + " or " + table.id +
                  " would never be read; give them a value in the view"};
  }
  const Result<OdbcQuery> query = OdbcPageQuery(table, config_, types, question, page);
  if (!query.ok()) return {"unexpected", false, false, query.error().message};
  OdbcStatement statement(*link_, config_.statement_ms);
  if (!statement.Run(*query)) return Why(statement);
  PageRoom room(config_.page);
  while (room.Portion(page) > 0) {
    switch (statement.Next()) {
      case OdbcStatement::Step::kEnd: return {};
      case OdbcStatement::Step::kFailed: return Why(statement);
      case OdbcStatement::Step::kRow: break;
    }
    Trouble trouble = TakeRow(statement, table, types, page);
    if (trouble.what[0] != '\0') return trouble;
  }
  page.cut = page.rows.size() < config_.page;
  return {};
}

Trouble OdbcDatabase::Read(const Question& question, Page& page) {
  const TableConfig& table = config_.tables[question.table];
  const OdbcTypes* types = nullptr;
  Trouble trouble = Describe(question.table, types);
  if (trouble.what[0] != '\0') return trouble;
  // Before the rows: what is below the bound then has been committed when they are read.
  if (table.cursor == CursorKind::kRowVersion) trouble = ReadVersions(page);
  // A server's clock cannot be asked in one way for all: the adapter's alone counts.
  page.now = Millis(INT64_MAX);
  if (trouble.what[0] != '\0' || question.look_only) return trouble;
  return ReadRows(table, *types, question, page);
}

Reply OdbcDatabase::Ask(const Question& question) {
  Reply reply;
  if (link_ == nullptr) reply.trouble = Connect();
  if (reply.ok()) reply.trouble = Read(question, reply.page);
  if (reply.ok()) return reply;
  // After any failure anew: types may have changed, a statement may hang in the air.
  reply.page = Page();
  link_.reset();
  return reply;
}

}  // namespace

Trouble JudgeOdbcConnect(const std::string& state) {
  const std::string group = state.substr(0, 2);
  if (group == "28") return {"denied", true, false, "the login is not accepted"};
  // The driver manager's own: no such data source, or a library that cannot be loaded.
  if (group == "IM" || state == "01000" || state.empty())
    return {"driver", true, false,
            "the ODBC driver could not be loaded; is Driver right? (SQLSTATE " + state + ")"};
  return {"unreachable", true, true,
          "no connection, or the server does not let us in: many drivers tell no difference "
          "(SQLSTATE " +
              state + ")"};
}

Trouble JudgeOdbc(const std::string& state, int native) {
  constexpr int kNoRight = 229, kNoRightToColumn = 230;  // SQL Server tells them as 42000
  const std::string group = state.substr(0, 2);
  if (state == "HYT00" || state == "HY008" || state == "57014" || state == "55P03")
    return {"slow", false, true, "stopped by statement_ms; is there an index on cursor_column?"};
  if (state == "42501" || (state == "42000" && (native == kNoRight || native == kNoRightToColumn)))
    return {"denied", false, false, "the login may not read the table"};
  if (group == "28") return {"denied", true, false, "the login is not accepted"};
  if (state == "HYT01" || group == "08" || group == "57" || group == "53" || group == "25" ||
      group == "40")
    return {"unreachable", true, true, "SQLSTATE " + state};
  return {"unexpected", false, false, "SQLSTATE " + state};
}

std::unique_ptr<Database> MakeOdbc(const SqlConfig& config) {
  return std::make_unique<OdbcDatabase>(config);
}

}  // namespace sam::sql
