// Pull: brings files of a server into the watched folder, where adapters/files works them through,
// and settles them on the server when the hub has all that they told. In rounds: one look, then
// what is due, one request at a time. A file is put under its name only whole and synced, so a stop
// at any moment leaves nothing half; what was fetched and is not noted is fetched again, and known
// by its content.
// Threads: one, the store's writer; the talking is done behind Link. Owned by the connector.
// Limits: Listing's, Ledger's, max_file_mb for one file, max_waiting_mb for all that wait here.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "adapters/files/files_connector.h"
#include "adapters/kit/source_kind.h"
#include "adapters/sftp/ledger.h"
#include "adapters/sftp/link.h"
#include "adapters/sftp/looks.h"
#include "adapters/sftp/troubles.h"
#include "broker/base/metrics.h"
#include "broker/base/random.h"
#include "broker/base/result.h"

namespace sam::sftp {

class Pull final : public files::FileObserver {
 public:
  static constexpr int kTellAfter = 3;  // failures in a row that may pass by themselves

  // All must outlive it. kCorrupt: the marks are none of ours.
  static Result<std::unique_ptr<Pull>> Open(const PulledFilesConfig& config,
                                            const kit::ConnectorParts& parts,
                                            std::unique_ptr<Link> link, Random random);

  // One turn, without waiting. An error is the store's and final.
  Status Step();
  void SetRefusing(bool refusing) { refusing_ = refusing; }
  bool busy() const { return link_->busy(); }
  std::string status() const;

  void FileOver(const std::string& name, const files::Receipt& receipt,
                const std::string& moved) override;

 private:
  Pull(const PulledFilesConfig& config, const kit::ConnectorParts& parts,
       std::unique_ptr<Link> link, Random random);
  Status Save();
  Status DropLost();
  void StartRound();
  Status PlanRound(const Listing& listing, int64_t now_us);
  void PlanFetches(const Listing& listing, int64_t now_us);
  void Next();
  void EndRound(int64_t due_us);
  bool Leaves(const OpenFile& file) const;
  void Settle(const RemoteFile& file);
  bool Settleable(const OpenFile& file) const;
  bool HasRoom(const RemoteFile& file) const;
  Request SettleRequest(const OpenFile& file) const;
  Request PutRequest(const OpenFile& file) const;

  Status Took(Reply reply);
  Status Fetched(const Reply& reply);
  void FetchedInVain(bool gone);
  Status Put();
  Status Settled(const Reply& reply);
  void FileTrouble(const Trouble& trouble);
  void Fail(const Trouble& trouble);
  void Recovered();

  const PulledFilesConfig& config_;
  const SftpConfig& sftp_;
  kit::ConnectorParts parts_;
  std::unique_ptr<Link> link_;
  Random random_;
  Looks looks_;
  Ledger ledger_;
  std::string draft_;            // where a file grows until it is whole
  std::deque<Request> jobs_;     // of this round
  Request at_hand_;              // what the link works on
  bool in_round_ = false;
  bool refusing_ = false;
  bool held_back_ = false;       // a file waits for room here
  int64_t due_us_ = 0;
  int failures_ = 0;
  std::string told_;             // the trouble that was told; another one is told anew
  bool crowded_told_ = false;
  Troubles troubles_;
  size_t odd_ = 0;
  size_t on_server_ = 0;
  metrics::Gauge failing_, last_look_, odd_gauge_, open_gauge_;
};

}  // namespace sam::sftp
