// SqlConnector: asks the tables of [sql] in turn, page by page, and gives each row to the pipeline as
// a message of its own. A page is stored in groups; the place of a table moves in the group that
// stores the page's last rows, never before. What comes twice is known by the pipeline: the same row
// with the same content makes no second event. A database that is slow, refuses or says something
// unexpected moves no place: it is asked again, later and later, and a person is called.
// No value of a row and nothing of the connection is ever in an error, a log line or a metric.
// Threads: one, the store's writer; the database has the reader's. Owned by main. Limits: those of
// RowGroup and SqlConfig.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/files/file_keep.h"
#include "adapters/kit/connector.h"
#include "adapters/kit/source_kind.h"
#include "adapters/rest/back_off.h"
#include "adapters/rest/row_group.h"
#include "adapters/sql/page.h"
#include "adapters/sql/reader.h"
#include "adapters/sql/sql_config.h"
#include "adapters/sql/table_reading.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/random.h"
#include "broker/base/result.h"

namespace sam::sql {

class SqlConnector final : public kit::Connector {
 public:
  static constexpr int kTellAfter = 3;  // failures in a row that may pass by themselves
  static constexpr int64_t kCertificateUs = 600'000'000;  // how often the own one is looked at

  // All must outlive the connector. kInvalid: the zone is not known, or the connection file is no
  // such file.
  static Result<std::unique_ptr<SqlConnector>> Open(const SqlConfig& config,
                                                    const kit::ConnectorParts& parts,
                                                    std::unique_ptr<Source> source, Random random);

  Result<int> Step(int wait_ms) override;
  void SetRefusing(bool refusing) override;
  std::string where() const override;
  std::string status() const override;

 private:
  struct Taken {  // a page whose rows are being stored
    Page page;
    size_t next = 0;
  };
  SqlConnector(const SqlConfig& config, const kit::ConnectorParts& parts,
               std::unique_ptr<Source> source, Random random);

  Result<int> Ask(int wait_ms);
  TableReading* Due();
  void TakeReply(Reply reply);
  Result<int> StoreGroup();
  Result<int> LoseGroup(const Error& error);
  void Fail(TableReading& table, const Trouble& trouble);
  void Recovered(TableReading& table, bool read_to_end);
  // A driver may never come back from a line that is dead: nobody else would say so.
  void WatchQuestion();
  void NoteCertificate();
  // A transaction that stays open holds the snapshot's place, and may outlast an overlap.
  void WatchOldest(const Page& page);
  int64_t HeldBackMs() const;
  void Count(const TableReading& table, const char* outcome) const;

  const SqlConfig& config_;
  kit::Pipeline& pipeline_;
  const Clock& clock_;
  kit::FeedObserver* observer_;
  int64_t look_again_us_ = 0;  // at the certificate
  rest::RowGroup group_;
  std::optional<files::FileKeep> keep_;  // of the files that rows name
  std::unique_ptr<Source> source_;
  Random random_;
  std::vector<std::unique_ptr<TableReading>> tables_;
  TableReading* asked_ = nullptr;  // whose question or page is at hand
  std::optional<Taken> taken_;
  rest::BackOff trouble_;
  bool drop_reply_ = false;  // asked before refusing began
  bool refusing_ = false;
  bool full_told_ = false;

  int64_t oldest_ = 0;       // the oldest transaction under way, and since when it is
  int64_t oldest_us_ = 0;
  bool held_told_ = false;
  metrics::Gauge failing_, held_back_;
};

}  // namespace sam::sql
