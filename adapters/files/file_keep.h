// FileKeep: what becomes of a file once it has been worked through: sealed, kept for as long as raw
// messages are (raw_days), then removed with its receipts. The same for files that a row named, once
// the row was taken. Bounded work each turn, between groups; a crash at any point leaves the plain
// file or the sealed one, and the next start goes on.
// Threads: one, the store's writer. Owned by the connector.
//
//   done/a.csv --chunk by chunk--> done/.sealing-... --synced, renamed--> done/a.csv.sealed
//                                                          then done/a.csv is removed
//
// No room, no rights: the plain file stays (0600), is told once (`file-unsealed`, and a gauge), and is tried
// again each minute; it expires as a sealed one does.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/files/files_config.h"
#include "adapters/files/kept_names.h"
#include "adapters/files/sealed_file.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/metrics.h"
#include "broker/base/result.h"
#include "broker/crypto/secret.h"

namespace sam::files {

class FileKeep {
 public:
  static constexpr size_t kMaxNamed = 10'000;  // files of rows that wait to be sealed

  // Both outlive it.
  FileKeep(const FilesConfig& config, const kit::ConnectorParts& parts);

  // Once, at start: half copies go, what a crash left in the clear is noted.
  Status Load();
  // This file lies in done/ or failed/ now.
  void Add(const std::string& folder, const std::string& name);

  // For Pipeline::SetFiles: a file that a row names, or its sealed copy when an earlier row took it.
  Result<std::string> ReadNamed(const std::string& name);
  // The row that may have asked for files is over; in its group. A file of a row that was not taken
  // stays as it is: it is needed again.
  void RowOver(bool taken);

  // One bounded piece of work. Errors are the store's. `refusing`: no room, nothing is begun.
  Status Step(bool refusing);
  bool busy() const { return writer_.has_value() || HasDue(); }
  size_t unsealed() const { return waiting_.size(); }

 private:
  struct Item {
    std::string path;
    std::string folder;  // where its sealed copy goes ...
    std::string name;    // ... under this name
    bool attachment = false;
    int64_t not_before_us = 0;
    bool failed = false;
  };
  Status SettleNamed();
  void PutNamed();
  void AddNamed(const std::string& name);
  bool HasDue() const;
  Status Seal();
  bool BeginFront();
  void Place();
  Status Done();
  void Postpone(const Error& error);
  void Expire();
  void Look(const KeptName& kept, Millis oldest);

  const FilesConfig& config_;
  kit::ConnectorParts parts_;
  SecretKey key_;
  std::deque<Item> waiting_;  // the front one is at hand while writer_ is
  std::optional<SealWriter> writer_;
  std::set<std::string> named_;     // by rows that were taken; durable as a mark
  std::vector<std::string> asked_;  // by the row at hand
  uint64_t events_ = 0;             // in the outbox at the end of the last turn
  std::vector<KeptName> to_look_;   // of this round of expiry, last first
  int64_t next_round_us_ = 0;
  bool told_ = false;
  metrics::Gauge unsealed_;
};

}  // namespace sam::files
