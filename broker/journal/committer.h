// One round of group commit: from submissions to records on disk. The order is the promise:
//   1. vault      new keys are durable before a record uses them
//   2. store      records, payloads, tree, indexes and the producers' state: one batch, one sync
//   3. high-water how far it got, outside of the store
//   4. erasures   after their record; then out of the vault's files
// and only then may an outcome leave. A crash between any two steps is a restart that finds either
// the whole round or nothing of it.
// One owner: the journal thread.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/quiet_log.h"
#include "broker/base/result.h"
#include "broker/journal/dedupe.h"
#include "broker/journal/inbox.h"
#include "broker/journal/persons.h"
#include "broker/journal/record_codec.h"
#include "broker/journal/recovery.h"
#include "broker/journal/tree.h"
#include "broker/store/high_water.h"
#include "broker/store/store.h"
#include "broker/store/vault.h"

namespace sam::journal {

class Committer {
 public:
  struct Parts {
    Store& store;
    Vault& vault;
    HighWater& high_water;
    const SecretKey& hub_key;
    const Clock& clock;
    std::function<Status()> forget = {};  // JournalParts
  };
  struct Entry {
    size_t port = 0;  // whose outcome it is
    Submission submission;
    Outcome outcome;
  };

  Committer(const Parts& parts, Recovered recovered);

  // Numbers, seals and hashes a round; writes nothing. Not while one is pending.
  Status Begin(std::vector<Entry> entries);
  // Writes the round. kExhausted: no space; the round stays pending and Commit is called again when
  // there is room, going on where it stopped. Any other error: what is on disk is unknown, exit.
  Status Commit();
  bool pending() const { return phase_ != Phase::kIdle; }
  // The entries of the round that Commit finished, with their outcomes.
  std::vector<Entry> TakeDone() { return std::move(entries_); }

  // What is already known of a draft that shall not be written now (disk low). Not while a round is
  // pending: its records are not on disk yet. Empty: it would be new.
  Result<std::optional<Outcome::Each>> Known(const Draft& draft);

  uint64_t size() const { return tree_.size(); }  // synced records
  Digest Root() const { return tree_.Root(); }
  const Identity& identity() const { return identity_; }

 private:
  enum class Phase { kIdle, kPrepared, kWritten, kErasing };

  Status Take(Entry& entry);
  Result<Offset> WriteRecord(const Draft& draft, Kind kind);
  Result<Persons::About> AboutOf(const Draft& draft, Kind kind,
                                 std::optional<Offset> report);
  // Whom the event that this one replaces was about; empty: nobody, another authority's, or unknown.
  Result<SubjectId> ReplacedSubject(const Draft& draft) const;
  Result<const SecretKey*> WrappingKey(const SubjectId& subject);
  void AddState(Entry& entry);
  Status WriteBatch();
  Status Erase();
  void Count();

  Parts parts_;
  Identity identity_;
  Tree tree_;       // what is on disk
  Tree next_tree_;  // with the round
  Millis last_time_;
  Deduper deduper_;
  Persons persons_;
  KeyCache keys_;
  Sealer sealer_;

  Phase phase_ = Phase::kIdle;
  bool forget_ = false;  // keys were forgotten, and stand in the vault's files still
  Millis now_;
  std::vector<Entry> entries_;
  Batch batch_;
  std::unordered_map<uint64_t, SubjectId> unnumbered_;  // of this round: children without a number
  std::map<uint64_t, Header> fresh_;  // events of this round, which the store does not have yet
  // Of this round, by kind.
  std::array<uint32_t, static_cast<size_t>(Kind::DISPOSED) + 1> written_{};

  metrics::Histogram fsync_seconds_;
  metrics::Counter commits_;
  metrics::Gauge batch_records_;
  std::vector<metrics::Counter> records_;     // by kind
  std::vector<metrics::Counter> taken_;       // by Taken
  metrics::Counter clock_back_;
  QuietLog quiet_;  // a clock that stays behind is seen in every round
};

}  // namespace sam::journal
