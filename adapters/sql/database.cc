#include "adapters/sql/database.h"

#include <libpq-fe.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <cstdlib>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sql/connection.h"
#include "adapters/sql/page_room.h"
#include "adapters/sql/statements.h"

namespace sam::sql {
namespace {

// A view may raise notices that quote its rows; libpq would print them.
void Ignore(void*, const PGresult*) {}

// What a refusal means, by its five characters (SQLSTATE). The text is not looked at: it is in the
// server's language and quotes names and values.
Trouble Judge(const std::string& state) {
  const std::string group = state.substr(0, 2);
  if (state == "57014" || state == "55P03")
    return {"slow", false, true, "stopped by statement_ms; is there an index on cursor_column?"};
  if (state == "42501") return {"denied", false, false, "the login may not read the table"};
  if (group == "28") return {"denied", true, false, "the login is not accepted"};
  if (group == "08" || group == "57" || group == "53" || group == "25" || group == "40")
    return {"unreachable", true, true, "SQLSTATE " + state};
  return {"unexpected", false, false, "SQLSTATE " + state};
}

class PostgreSql final : public Database {
 public:
  explicit PostgreSql(const SqlConfig& config) : config_(config) {}
  Reply Ask(const Question& question) override;

 private:
  Trouble Connect();
  Trouble WhyNot(const Connection& connection) const;
  Result<TableTypes> Types(size_t table);
  Reply Read(const Question& question);
  void ReadRows(const TableConfig& table, const TableTypes& types, const Question& question,
                Reply& reply);
  void FetchRows(const TableConfig& table, const TableTypes& types, size_t count, Page& page);
  bool Alive() const;

  const SqlConfig& config_;
  std::unique_ptr<soci::session> session_;
  std::map<size_t, TableTypes> types_;  // of this connection
};

// A page is fetched in portions from a cursor, or libpq would hold all of it, however large.
constexpr const char* kDeclare = "DECLARE samsignal_page NO SCROLL CURSOR FOR ";

std::string Text(soci::session& session, const std::string& query) {
  std::string out;
  session << query, soci::into(out);
  return out;
}

bool PostgreSql::Alive() const {
  const auto* backend = static_cast<soci::postgresql_session_backend*>(session_->get_backend());
  return PQstatus(backend->conn_) == CONNECTION_OK;
}

// Nobody answers, or somebody does and does not want us: libpq tells only in words, so that the
// server is asked once more, without a login.
Trouble PostgreSql::WhyNot(const Connection& connection) const {
  std::vector<const char*> names, values;
  for (const auto& [name, value] : connection.settings) {
    if (name == "password") continue;
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  if (PQpingParams(names.data(), values.data(), 0) == PQPING_OK)
    return {"denied", true, false,
            "the server answers and does not let us in: login, database, certificate or pg_hba"};
  return {"unreachable", true, true, "no connection"};
}

Trouble PostgreSql::Connect() {
  const Result<Connection> connection =
      ReadConnection(config_.connection_file, config_.connect_s);
  if (!connection.ok()) return {"connection-file", true, false, connection.error().message};
  try {
    session_ = std::make_unique<soci::session>(soci::postgresql, connection->Text());
  } catch (const std::exception&) {
    session_.reset();
    return WhyNot(*connection);
  }
  auto* backend = static_cast<soci::postgresql_session_backend*>(session_->get_backend());
  PQsetNoticeReceiver(backend->conn_, Ignore, nullptr);
  const std::string limit = std::to_string(config_.statement_ms);
  for (const std::string& setting :
       {"statement_timeout = " + limit, "lock_timeout = " + limit,
        "idle_in_transaction_session_timeout = " + limit, std::string("timezone = 'UTC'"),
        std::string("datestyle = 'ISO'"), std::string("client_min_messages = 'error'"),
        std::string("default_transaction_read_only = on")})
    *session_ << "SET " + setting;
  types_.clear();
  return {};
}

Result<TableTypes> PostgreSql::Types(size_t table) {
  const auto known = types_.find(table);
  if (known != types_.end()) return known->second;
  const TableConfig& config = config_.tables[table];
  const std::string name = config.table.quoted();
  std::map<std::string, std::string> found;
  const soci::rowset<soci::row> rows =
      (session_->prepare << kTypesQuery, soci::use(name, "name"));
  for (const soci::row& row : rows) found[row.get<std::string>(0)] = row.get<std::string>(1);
  SAM_ASSIGN(TableTypes types, CheckTypes(config, found));
  return types_[table] = std::move(types);
}

void PostgreSql::ReadRows(const TableConfig& table, const TableTypes& types,
                          const Question& question, Reply& reply) {
  if (!Text(*session_, KeylessQuery(table)).empty()) {
    reply.trouble = {"no-key", false, false,
                     "rows with NULL in " + table.cursor_column + " or " + table.id +
                         " would never be read; give them a value in the view"};
    return;
  }
  const Result<std::string> query =
      PageQuery(table, types, question, reply.page, config_.page);
  if (!query.ok()) {
    reply.trouble = {"unexpected", false, false, query.error().message};
    return;
  }
  const std::string id = question.from ? question.from->id : "";
  auto declared = (session_->prepare << std::string(kDeclare) + *query);
  soci::statement cursor =
      id.empty() ? soci::statement(declared) : soci::statement((declared, soci::use(id, "id")));
  cursor.execute(true);
  PageRoom room(config_.page);
  while (const size_t portion = room.Portion(reply.page)) {
    const size_t before = reply.page.rows.size();
    FetchRows(table, types, portion, reply.page);
    if (reply.page.rows.size() - before < portion) return;  // the last ones
  }
  reply.page.cut = reply.page.rows.size() < config_.page;
}

// libpq holds what was fetched whole.
void PostgreSql::FetchRows(const TableConfig& table, const TableTypes& types, size_t count,
                           Page& page) {
  const soci::rowset<soci::row> rows =
      (session_->prepare << "FETCH " + std::to_string(count) + " FROM samsignal_page");
  RowJson json;
  for (const soci::row& row : rows) {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      std::optional<std::string> value;
      if (row.get_indicator(i + 2) == soci::i_ok) value = row.get<std::string>(i + 2);
      const bool cut = value && CutText(*value, kMaxValueChars);
      json.Add(table.columns[i], types.kinds[i], value, cut ? kCut : "");
    }
    Key key{ValueText(types.at, row.get<std::string>(0)), row.get<std::string>(1)};
    page.rows.push_back(json.Take(std::move(key)));
  }
}

Reply PostgreSql::Read(const Question& question) {
  const TableConfig& table = config_.tables[question.table];
  Reply reply;
  *session_ << "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  const Result<TableTypes> types = Types(question.table);
  if (!types.ok()) {
    reply.trouble = {"unexpected", false, false, types.error().message};
  } else {
    std::string oldest, next, now;
    *session_ << kSnapshotQuery, soci::into(oldest), soci::into(next), soci::into(now);
    reply.page.oldest = std::strtoll(oldest.c_str(), nullptr, 10);
    reply.page.next = std::strtoll(next.c_str(), nullptr, 10);
    reply.page.now = Millis(std::strtoll(now.c_str(), nullptr, 10));
    if (!question.look_only) ReadRows(table, *types, question, reply);
  }
  *session_ << "ROLLBACK";
  return reply;
}

Reply PostgreSql::Ask(const Question& question) {
  Reply reply;
  try {
    if (session_ == nullptr) reply.trouble = Connect();
    if (session_ != nullptr && reply.ok()) reply = Read(question);
  } catch (const soci::postgresql_soci_error& error) {
    reply = Reply();
    reply.trouble = Judge(error.sqlstate());
    if (!Alive()) reply.trouble = {"unreachable", true, true, "the connection broke"};
  } catch (const std::exception&) {
    reply = Reply();
    reply.trouble = {"unexpected", false, false, "a value could not be read"};
    if (session_ != nullptr && !Alive())
      reply.trouble = {"unreachable", true, true, "the connection broke"};
  }
  // After any failure anew: types may have changed, a transaction may hang in the air.
  if (!reply.ok()) session_.reset();
  return reply;
}

}  // namespace

std::unique_ptr<Database> Database::Make(const SqlConfig& config) {
  if (config.backend == Backend::kOdbc) return MakeOdbc(config);
  return std::make_unique<PostgreSql>(config);
}

}  // namespace sam::sql
