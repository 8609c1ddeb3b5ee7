// What the journal does before it serves: reads the hub's identity, rebuilds the edge of the tree
// and compares the log with three witnesses: the high-water file, the last signed checkpoint and
// the vault. A log that is smaller than or different from what was promised is never served from.
// Journal thread (or main before the threads start).
#pragma once

#include <optional>
#include <string>

#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/crypto/sign.h"
#include "broker/journal/record_codec.h"
#include "broker/journal/tree.h"
#include "broker/store/high_water.h"
#include "broker/store/store.h"
#include "broker/store/vault.h"

namespace sam::journal {

// Of the store; an older hub refuses a newer one. 2: places are sealed apart from the rest, which a
// hub of format 1 would leave out of a report. A store of format 1 becomes one of 2 when it is opened.
inline constexpr uint32_t kFormat = 2;

// Empty: this store never held a log.
Result<std::optional<Identity>> ReadIdentity(const Store& store);
void PutIdentity(const Identity& identity, Batch& batch);

// One past the last record in the store, from its keys; the PositionOf for RocksStore.
Result<uint64_t> NextOffset(const Store& store);

// The origin line of this hub's checkpoints: "samsignal/<hub id in hex>".
std::string CheckpointOrigin(const HubId& hub);

struct Recovered {
  Identity identity;
  Tree tree;
  Millis last_time;  // of the last record
};

struct Witnesses {
  const Vault& vault;
  const HighWater& high_water;
  std::string checkpoints_path;
  PublicKey public_key;  // what the checkpoints are signed with
};

// Makes the identity at the first start (that is written durably). kCorrupt: the log is damaged, or
// it is older than a witness says; the text names what the operator can do. kInvalid: a newer
// format than this program knows.
Result<Recovered> Recover(Store& store, const Witnesses& witnesses, const Clock& clock);

// After a restore that lost records on purpose (`samsignal recover --accept-loss`): a new epoch, so
// that receivers never take a new signal for one they have seen; the high-water file is set to what
// there is, and the checkpoints are moved aside to "<path>.epoch-<old>". The hub must be down.
// An epoch's number is the time in seconds: the same backup put back once more, on a disk that knows
// nothing of the first time, gets another one. The caller then submits an audit record.
Result<Identity> StartEpoch(Store& store, HighWater& high_water,
                            const std::string& checkpoints_path, Millis now);

}  // namespace sam::journal
