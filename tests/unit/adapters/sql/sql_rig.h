// SqlRig: the connector over a store whose power can be cut, and a database that answers from a
// script. Time is moved by hand. Mapping and kinds as in the rig of ../rest.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sql/kind.h"
#include "adapters/sql/sql_connector.h"
#include "tests/unit/adapters/rest/poll_rig.h"

namespace sam::sql::test {

// Answers in the order given; without one it is silent. Keeps what was asked.
class ScriptedSource final : public Source {
 public:
  bool busy() const override { return busy_; }
  void Start(Question question) override {
    busy_ = true;
    asked.push_back(std::move(question));
  }
  std::optional<Reply> Step(int) override {
    if (!busy_ || replies.empty()) return std::nullopt;
    Reply out = std::move(replies.front());
    replies.pop_front();
    busy_ = false;
    return out;
  }

  std::deque<Reply> replies;
  std::vector<Question> asked;

 private:
  bool busy_ = false;
};

inline constexpr int64_t kNow = 1'772'445'600'000;  // 2026-03-02T10:00:00Z

inline SqlRow Row(const std::string& at, int id) {
  return {Key{at, std::to_string(id)}, rest::test::Row(id, "2026-03-02T11:00:00")};
}

inline Reply PageOf(int64_t oldest, std::vector<SqlRow> rows, int64_t next = 0) {
  Reply out;
  out.page.rows = std::move(rows);
  out.page.oldest = oldest;
  out.page.next = next == 0 ? oldest : next;
  out.page.now = Millis(kNow + 365 * kDayMs);  // ours is the earlier one, unless a test says more
  return out;
}

inline Reply Failed(const Trouble& trouble) {
  Reply out;
  out.trouble = trouble;
  return out;
}

struct SqlRig : sam::test::PipelineRig {
  sam::test::TempDir folder;
  std::unique_ptr<SqlConnector> connector;
  ScriptedSource* source = nullptr;
  kit::FeedObserver* observer = nullptr;

  explicit SqlRig(CursorKind cursor, FirstLoad first_load = FirstLoad::kLive) {
    config.source.system_id = "ifo.test";
    config.source.org_nr = "2120002288";
    config.production = false;
    config.connector = "sql";
    auto settings = std::make_unique<SqlConfig>();
    settings->connection_file = folder / "connection";
    settings->page = 3;
    settings->first_load = first_load;
    TableConfig table;
    table.name = "Always";
    table.table = {"samsignal", "rows"};
    table.id = "Id";
    table.cursor = cursor;
    table.cursor_column = "changed";
    settings->tables.push_back(table);
    config.connector_settings = std::move(settings);
    Login("");
    kinds = Kinds();
    ParseMapping(rest::test::kMapping);
    Open();
  }

  void Login(const std::string& more) {
    std::ofstream(folder / "connection") << "host = \"127.0.0.1\"\ndbname = \"x\"\nuser = \"x\"\n" << more;
    EXPECT_EQ(::chmod((folder / "connection").c_str(), 0600), 0);
  }

  static kit::SourceKinds Kinds() {
    kit::SourceKinds kinds = rest::test::Kinds();
    kinds.connectors.push_back(SqlKind());
    return kinds;
  }

  SqlConfig& sql() { return dynamic_cast<SqlConfig&>(*config.connector_settings); }

  Result<std::unique_ptr<SqlConnector>> TryOpen() {
    connector.reset();
    OpenPipeline();
    auto scripted = std::make_unique<ScriptedSource>();
    source = scripted.get();
    kit::ConnectorParts parts = Parts();
    parts.observer = observer;
    return SqlConnector::Open(sql(), parts, std::move(scripted), Random(3));
  }

  void Open() {
    auto started = TryOpen();
    ASSERT_TRUE(started.ok()) << started.error().message;
    connector = std::move(started).value();
  }

  // Power cut and restart.
  void Crash() {
    faults.Crash();
    Open();
  }

  // Turns until nothing is left to do at this time; then the time of the next round.
  void Run() {
    for (int i = 0; i < 50; ++i) {
      const Result<int> step = connector->Step(0);
      ASSERT_TRUE(step.ok()) << step.error().message;
    }
    EXPECT_TRUE(source->replies.empty());
    clock.Advance(61'000);
  }

  void Reply(sql::Reply reply) { source->replies.push_back(std::move(reply)); }
};

}  // namespace sam::sql::test
