// FileKeep: what becomes of a file once it has been worked through: sealed, kept for as long as raw
// messages are (raw_days), then removed with its receipts. The same for files that a row named, once
// the row was taken. Bounded work each turn, between groups; a crash at any point leaves the plain
// file or the sealed one, and the next start goes on.
// Threads: one, the store's writer. Owned by the connector; the pipeline asks it for files meanwhile.
//
//   done/a.csv --chunk by chunk--> done/.sealing-... --synced, renamed--> done/a.csv.sealed
//                                                          then done/a.csv is removed
//
// No room, no rights: the plain file stays (0600), is told once (`file-unsealed`, and a gauge), and is tried
// again each minute. In done/ it is removed after raw_days all the same; a file that a row named is given up
// then (`file-given-up`), and left to its sender where it cannot be removed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/files/keep_config.h"
#include "adapters/files/kept_names.h"
#include "adapters/files/named_files.h"
#include "adapters/files/sealed_file.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/metrics.h"
#include "broker/base/result.h"
#include "broker/crypto/secret.h"

namespace sam::files {

class FileKeep {
 public:
  // Both outlive it.
  FileKeep(const KeepConfig& config, const kit::ConnectorParts& parts);
  ~FileKeep();
  FileKeep(const FileKeep&) = delete;
  FileKeep& operator=(const FileKeep&) = delete;

  // Once, at start: half copies go, what a crash left in the clear is noted, and the pipeline is told
  // where files that rows name are. kDenied: done/ or failed/ is another source's.
  Status Load();
  // Makes one of them if need be, and says that it is ours; before anything is put there. As
  // ClaimFolder.
  Status Claim(const std::string& folder);
  // This file lies in done/ or failed/ now.
  void Add(const std::string& folder, const std::string& name);

  // One bounded piece of work. Errors are the store's. `refusing`: no room, nothing is begun.
  Status Step(bool refusing);
  bool busy() const { return at_hand_.has_value() || HasDue(); }
  size_t unsealed() const { return paths_.size(); }

 private:
  struct Item {
    std::string path;
    std::string folder;  // where its sealed copy goes ...
    std::string name;    // ... under this name
    std::string link;    // of a file that rows named
  };
  void Queue(Item item, int64_t not_before_us);
  Status QueueNamed();
  bool HasDue() const;
  Status Seal();
  bool BeginSealing();
  std::string TargetOf(const Item& item, const Stamp& stamp) const;
  void Place();
  Status Done();
  void Postpone(const Error& error);
  Status Expire();
  Result<bool> Look(const KeptName& kept, Millis oldest);
  Result<bool> LookPlain(const KeptName& kept, Millis oldest);
  Result<bool> LookSealed(const KeptName& kept, Millis oldest);

  const KeepConfig& config_;
  kit::ConnectorParts parts_;
  SecretKey key_;
  NamedFiles named_;
  std::set<std::string> claimed_;
  std::multimap<int64_t, Item> waiting_;  // by when it is tried next
  std::set<std::string> paths_;           // of those, and of the one at hand
  std::optional<Item> at_hand_;
  std::optional<SealWriter> writer_;
  std::string target_;              // of the one at hand
  Millis since_;                    // files are sealed in this store: older receipts tell no age
  std::vector<KeptName> to_look_;   // of this round of expiry, last first
  std::vector<std::string> to_sweep_;
  int64_t next_round_us_ = 0;
  bool told_ = false;
  metrics::Gauge unsealed_;
};

}  // namespace sam::files
