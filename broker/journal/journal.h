// The journal stage: the only writer of the hub's store and of the vault. It drains the ports of
// the other stages, writes what they hand in as one batch with one sync (natural group commit:
// while one sync runs the next round gathers, and no timer adds latency), and answers.
// Thread: its own; Open before it starts. Owned by main or the simulator.
// Limits: a round ends at kMaxRoundDrafts or kMaxRoundBytes, one submission may overshoot them.
// Disk: below the low-water mark input ports get kRefusedFull and the others go on; what is known
// already is answered as the first time when nothing of the producer's own would have to be written
// with it (ingress always has its sources' numbers to write, so they wait). Below the reserve, or when
// the store has no space, nothing is written: what is not input waits, and goes on by itself when
// there is room.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/result.h"
#include "broker/base/thread_role.h"
#include "broker/crypto/secret.h"
#include "broker/crypto/sign.h"
#include "broker/journal/checkpoints.h"
#include "broker/journal/committer.h"
#include "broker/journal/inbox.h"
#include "broker/journal/reader.h"
#include "broker/stage/doorbell.h"
#include "broker/stage/stage.h"
#include "broker/store/disk_guard.h"
#include "broker/store/high_water.h"
#include "broker/store/store.h"
#include "broker/store/vault.h"

namespace sam::journal {

inline constexpr size_t kMaxRoundDrafts = 1024;
inline constexpr size_t kMaxRoundBytes = size_t{1} << 20;  // RocksDB merges no more into one write

struct JournalParts {  // all outlive the journal
  Store& store;
  Vault& vault;
  HighWater& high_water;
  DiskGuard& disk;
  const Clock& clock;
  const SecretKey& hub_key;         // wraps the keys of records that concern no person
  const SigningKey& signing_key;    // signs checkpoints
  DurableMark& mark;
  stage::Doorbell& bell;            // rung by the ports' producers
  std::vector<Port*> ports;
  std::vector<stage::Doorbell*> downstream;  // rung after each sync: dispatch, delivery
  // After keys were forgotten: takes them out of the vault's files too. May be empty; asked again after kExhausted.
  std::function<Status()> forget = {};
};

struct JournalOptions {
  std::string checkpoints_path;  // a file beside the store, not in it
  Checkpoints::Options checkpoints;
};

class Journal final : public stage::Stage {
 public:
  // Recovers (recovery.h) and raises the mark. kCorrupt: exit 70; other errors: see Recover.
  static Result<std::unique_ptr<Journal>> Open(const JournalParts& parts,
                                               const JournalOptions& options);

  std::string_view name() const override { return "journal"; }
  // Errors are final: kCorrupt is exit 70, all others 75.
  Result<int> Work() override;
  std::vector<wire::Pollable> Pollables() override { return {parts_.bell.pollable()}; }
  int64_t IdleMicros() const override;
  void Stop() override { stopping_ = true; }
  // All that was handed in is on disk and the last checkpoint is written.
  bool Drained() const override { return drained_; }

  const HubId& hub() const { return hub_; }  // constant after Open: any thread
  uint32_t epoch() const { return epoch_; }

 private:
  Journal(const JournalParts& parts, Recovered recovered, Checkpoints checkpoints);

  void CheckDisk() SAM_ON(role_);
  bool Writable() const SAM_ON(role_);  // the reserve is there and the store has space
  Result<int> Gather() SAM_ON(role_);
  Status Refuse(size_t port, const Submission& submission) SAM_ON(role_);
  Result<int> CommitRound() SAM_ON(role_);
  int PushOutcomes() SAM_ON(role_);
  Status WriteCheckpoint() SAM_ON(role_);
  bool PortsEmpty() const SAM_ON(role_);

  ThreadRole role_;
  JournalParts parts_;
  HubId hub_;
  uint32_t epoch_;
  Committer committer_;
  Checkpoints checkpoints_;
  std::vector<std::deque<Outcome>> outcomes_;  // by port: written, but the way up was full
  size_t first_port_ = 0;                      // takes turns, so that no port starves another
  int64_t next_disk_check_us_ = 0;
  int64_t next_try_us_ = 0;
  bool store_full_ = false;
  bool stopping_ = false;
  bool drained_ = false;

  metrics::Gauge disk_level_;
  metrics::Gauge disk_free_;
};

}  // namespace sam::journal
