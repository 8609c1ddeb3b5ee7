// The check behind `samsignal log verify`: reads the whole log once and compares all that can be
// compared. It needs no secret for the chain itself; with the vault it also opens every payload.
// Any thread, on a store that is not being written (a snapshot, or the hub is down).
// Memory: 1,024 headers, whatever the size of the log.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/crypto/secret.h"
#include "broker/crypto/sign.h"
#include "broker/store/high_water.h"
#include "broker/store/store.h"
#include "broker/store/vault.h"

namespace sam::journal {

struct VerifyInput {
  const Store& store;
  std::string checkpoints_path;           // empty: no checkpoints are checked
  PublicKey public_key;                   // that signed them
  std::optional<HighWater::Mark> mark;    // of the high-water file
  const Vault* vault = nullptr;           // both given: every payload is opened as well
  const SecretKey* hub_key = nullptr;
  std::vector<std::string> kept = {};     // checkpoints that others have kept, as notes
};

struct VerifyReport {
  static constexpr size_t kMaxFindings = 100;  // texts kept; all are counted

  uint64_t records = 0;
  uint64_t headers_ok = 0;        // decode, and stand where they say
  uint64_t payloads_ok = 0;       // digest matches the header's
  uint64_t payloads_opened = 0;   // with the vault only
  uint64_t places_opened = 0;     // the parts sealed apart; with the vault only
  uint64_t payloads_disposed = 0; // the row is gone, as it may
  uint64_t payloads_erased = 0;   // the row is there, its key is not; with the vault only
  uint64_t nodes_ok = 0;          // stored tree nodes
  uint64_t checkpoints_ok = 0;    // signature, and root over the records of today
  uint64_t mailbox_rows_ok = 0;   // point to a decision
  uint64_t gaps = 0;              // offsets missing
  Digest root;                    // over all records, recomputed
  uint64_t problems = 0;
  std::vector<std::string> findings;  // what, where; no personal data

  bool sound() const { return problems == 0; }
};

// Now and then: records done, records in all.
using VerifyProgress = std::function<void(uint64_t done, uint64_t total)>;

// Problems of the log are in the report; an error means that the check could not be carried out.
Result<VerifyReport> VerifyLog(const VerifyInput& input, const VerifyProgress& progress = {});

}  // namespace sam::journal
