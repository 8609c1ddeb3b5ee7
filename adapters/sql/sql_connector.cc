#include "adapters/sql/sql_connector.h"

#include <algorithm>
#include <utility>

#include "adapters/hl7/zone.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/kit/certificate_file.h"
#include "adapters/kit/pipeline.h"
#include "adapters/rest/json_row.h"
#include "adapters/sql/connection.h"
#include "broker/base/log.h"

namespace sam::sql {

Result<std::unique_ptr<SqlConnector>> SqlConnector::Open(const SqlConfig& config,
                                                         const kit::ConnectorParts& parts,
                                                         std::unique_ptr<Source> source,
                                                         Random random) {
  SAM_ASSIGN(const hl7::Zone zone,
             hl7::Zone::Find(parts.config.zone.empty() ? parts.pipeline.mapping().zone()
                                                       : parts.config.zone));
  // A wrong file is told at start, not by the first question.
  SAM_TRY(CheckConnectionFile(config));
  std::unique_ptr<SqlConnector> out(new SqlConnector(config, parts, std::move(source), random));
  if (!config.attachments.empty()) {
    out->keep_.emplace(config, parts);
    SAM_TRY(out->keep_->Load());
  }
  SAM_TRY(parts.pipeline.Begin());
  for (size_t i = 0; i < config.tables.size(); ++i) {
    SAM_ASSIGN(std::unique_ptr<TableReading> table,
               TableReading::Open(i, config, zone, parts.store, parts.clock.Now()));
    out->tables_.push_back(std::move(table));
  }
  SAM_TRY(parts.pipeline.Commit());
  return out;
}

SqlConnector::SqlConnector(const SqlConfig& config, const kit::ConnectorParts& parts,
                           std::unique_ptr<Source> source, Random random)
    : config_(config),
      pipeline_(parts.pipeline),
      clock_(parts.clock),
      observer_(parts.observer),
      group_(parts),
      source_(std::move(source)),
      random_(random),
      failing_("samsignal_sql_failing", "1 while the database, or a table of it, cannot be read"),
      held_back_("samsignal_sql_held_back_seconds",
                 "For how long the oldest open transaction of the database has been the same") {
  failing_.Set(0);
  held_back_.Set(0);
}

std::string SqlConnector::where() const {
  return "sql, " + std::to_string(tables_.size()) + " tables";
}

std::string SqlConnector::status() const {
  std::string out;
  for (const std::unique_ptr<TableReading>& table : tables_) {
    out.append(out.empty() ? "" : "\n").append("table ").append(table->config().name);
    const Place& place = table->place();
    if (table->trouble.told || trouble_.told)
      out.append(": failing");
    else
      out.append(place.state == Place::State::kRead ? ": read" : ": first load");
  }
  if (keep_ && keep_->unsealed() > 0)
    out.append("\nfiles of taken rows that are not sealed yet: ")
        .append(std::to_string(keep_->unsealed()));
  return out;
}

void SqlConnector::SetRefusing(bool refusing) {
  refusing_ = refusing;
  if (!refusing || asked_ == nullptr) return;
  // What is half read is read again from its place.
  drop_reply_ = source_->busy();
  asked_->Abandon();
  taken_.reset();
  if (!drop_reply_) asked_ = nullptr;
}

TableReading* SqlConnector::Due() {
  const int64_t now = clock_.SteadyMicros();
  TableReading* out = nullptr;
  for (const std::unique_ptr<TableReading>& table : tables_)
    if (table->due_us <= now && (out == nullptr || table->asked_us < out->asked_us))
      out = table.get();
  return out;
}

// The own certificate: libpq shows what stands in the file at each connection, and the login may name another one.
void SqlConnector::NoteCertificate() {
  if (observer_ == nullptr || clock_.SteadyMicros() < look_again_us_) return;
  look_again_us_ = clock_.SteadyMicros() + kCertificateUs;
  const std::string file = CertificateOf(config_);
  if (!file.empty()) kit::NoteCertificateIn(file, "sql", *observer_);
}

Result<int> SqlConnector::Step(int wait_ms) {
  NoteCertificate();
  const bool busy = keep_ && !refusing_ && keep_->busy();
  SAM_ASSIGN(const int taken, Ask(busy ? 0 : wait_ms));
  if (keep_) SAM_TRY(keep_->Step(refusing_));
  return taken;
}

Result<int> SqlConnector::Ask(int wait_ms) {
  if (taken_) return StoreGroup();
  if (!refusing_ && !source_->busy()) {
    asked_ = Due();
    if (asked_ != nullptr) {
      asked_->asked_us = clock_.SteadyMicros();
      source_->Start(asked_->Next(clock_.Now()));
    }
  }
  std::optional<Reply> reply = source_->Step(wait_ms);
  if (reply && asked_ != nullptr) TakeReply(std::move(*reply));
  WatchQuestion();
  return 0;
}

void SqlConnector::WatchQuestion() {
  if (!source_->busy() || asked_ == nullptr || trouble_.told) return;
  const int64_t limit_ms = config_.connect_s * kSecondMs + int64_t{4} * config_.statement_ms;
  const int64_t out_ms = (clock_.SteadyMicros() - asked_->asked_us) / 1000;
  if (out_ms <= limit_ms) return;
  trouble_.told = true;  // until a page comes
  failing_.Set(1);
  Count(*asked_, "unanswered");
  log::Error("sql", "sql-failing",
             {{"table", asked_->config().name},
              {"what", "unreachable"},
              {"detail", "a question is out for longer than its limits; the driver waits for a line "
                         "that may be dead, and no table is read"},
              {"wait_ms", out_ms}});
}

void SqlConnector::TakeReply(Reply reply) {
  if (std::exchange(drop_reply_, false)) {
    asked_ = nullptr;
    return;
  }
  if (!reply.ok()) return Fail(*asked_, reply.trouble);
  WatchOldest(reply.page);
  const Trouble found = asked_->Check(reply.page, std::min(reply.page.now, clock_.Now()));
  if (found.what[0] != '\0') return Fail(*asked_, found);
  Count(*asked_, "ok");
  Recovered(*asked_, false);
  taken_ = Taken{std::move(reply.page), 0};
}

Result<int> SqlConnector::StoreGroup() {
  const std::vector<SqlRow>& rows = taken_->page.rows;
  const std::string peer = asked_->baseline() ? rest::kBaselinePeer : rest::kPollPeer;
  SAM_TRY(group_.Begin());
  while (taken_->next < rows.size() && group_.HasRoom()) {
    const SqlRow& row = rows[taken_->next];
    const Result<bool> fresh =
        group_.Take(rest::Envelope(asked_->config().name, row.json, row.key.at, row.damaged), peer);
    if (!fresh.ok()) return LoseGroup(fresh.error());
    if (*fresh) asked_->NoteFresh(row);
    ++taken_->next;
  }
  const bool last = taken_->next == rows.size();
  if (last) asked_->PutPlace();
  const Status committed = group_.Commit();
  if (!committed.ok()) return LoseGroup(committed.error());
  full_told_ = false;
  if (last) {
    if (asked_->Finish(clock_.SteadyMicros(), clock_.Now())) Recovered(*asked_, true);
    taken_.reset();
    asked_ = nullptr;
  }
  return group_.taken();
}

// Nothing of the group counts: the table is read again from its place, and `seen` knows what was
// stored before.
Result<int> SqlConnector::LoseGroup(const Error& error) {
  if (error.code != Code::kExhausted) return error;
  if (!full_told_) log::Error("sql", "store-full", {{"table", asked_->config().name}});
  full_told_ = true;
  SAM_TRY(pipeline_.Begin());
  asked_->Abandon();
  asked_->due_us = clock_.SteadyMicros() + config_.backoff_min_ms * 1000;
  asked_ = nullptr;
  taken_.reset();
  return 0;
}

void SqlConnector::Fail(TableReading& table, const Trouble& trouble) {
  rest::BackOff& back_off = trouble.whole ? trouble_ : table.trouble;
  const int64_t wait_ms =
      back_off.NextMs(config_.backoff_min_ms, config_.backoff_max_ms, random_);
  const int64_t until = clock_.SteadyMicros() + wait_ms * 1000;
  for (const std::unique_ptr<TableReading>& one : tables_)
    if (trouble.whole || one.get() == &table) one->due_us = std::max(one->due_us, until);
  Count(table, trouble.what);
  // What passes goes on with the page that failed.
  if (!trouble.passing) table.Abandon();
  asked_ = nullptr;
  if (back_off.told) return;
  if (trouble.passing && back_off.failures < kTellAfter) {
    log::Warn("sql", "sql-again",
              {{"table", table.config().name}, {"what", trouble.what}, {"wait_ms", wait_ms}});
    return;
  }
  back_off.told = true;
  failing_.Set(1);
  log::Error("sql", "sql-failing",
             {{"table", table.config().name},
              {"what", trouble.what},
              {"detail", trouble.detail},
              {"wait_ms", wait_ms}});
}

// Any page ends the database's trouble; a table's own ends with its last page.
void SqlConnector::Recovered(TableReading& table, bool read_to_end) {
  const bool told = trouble_.told || (read_to_end && table.trouble.told);
  trouble_ = rest::BackOff();
  if (read_to_end) table.trouble = rest::BackOff();
  if (told) log::Info("sql", "sql-recovered", {{"table", table.config().name}});
  const bool any = std::any_of(tables_.begin(), tables_.end(),
                               [](const auto& one) { return one->trouble.told; });
  failing_.Set(any ? 1 : 0);
}

int64_t SqlConnector::HeldBackMs() const {
  int64_t out = config_.held_back_ms;
  for (const TableConfig& table : config_.tables)
    if (table.cursor == CursorKind::kOverlap) out = std::min(out, table.overlap_ms);
  return out;
}

void SqlConnector::WatchOldest(const Page& page) {
  const int64_t now = clock_.SteadyMicros();
  // Nothing under way, or another one than before.
  if (page.oldest == page.next || page.oldest != oldest_) {
    oldest_ = page.oldest;
    oldest_us_ = now;
    if (std::exchange(held_told_, false)) log::Info("sql", "sql-moves-again", {});
  }
  const int64_t held_ms = (now - oldest_us_) / 1000;
  held_back_.Set(static_cast<double>(held_ms) * 1e-3);
  if (held_told_ || held_ms < HeldBackMs()) return;
  held_told_ = true;
  log::Error("sql", "sql-held-back", {{"seconds", held_ms / kSecondMs}});
}

void SqlConnector::Count(const TableReading& table, const char* outcome) const {
  metrics::Counter("samsignal_sql_questions_total",
                   "Questions to the database by what came of them",
                   {{"table", table.config().name}, {"outcome", outcome}})
      .Add();
}

}  // namespace sam::sql
