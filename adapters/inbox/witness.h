// Witness: keeps the hub's newest signed checkpoint, and asks of each new one whether the log only grew: same
// key, same log, never smaller, and a proof (RFC 6962) that it goes on from the one kept. So a log that was
// rewritten, cut or rolled back is found here, by somebody else than who runs it. What does not fit is told
// and never kept; the one that does fit later ends the alarm.
// The hub's key is trusted the first time, since the line proves the hub, and compared ever after; people
// compare its fingerprint by phone. A restore begins a new epoch: that is told, and its first is kept anew.
// Owned by the Inbox; its thread only.
#pragma once

#include <optional>
#include <string>

#include "adapters/inbox/box.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/client/subscriber_client.h"
#include "broker/crypto/checkpoint.h"
#include "broker/crypto/sign.h"

namespace sam::inbox {

enum class Verdict {
  kFirst,     // nothing was kept yet
  kSame,      // the one that is kept
  kGrown,     // proved
  kNewEpoch,  // the hub was restored: what came after its backup is another log
  kUnread,    // not a checkpoint, or not signed by the key that was told with it
  kOtherKey,
  kOtherLog,
  kShorter,
  kRewritten,  // as many records, another root
  kNotGrown    // no proof that it goes on from the one kept
};
const char* VerdictName(Verdict verdict);  // stable words: logs and --json
bool Fits(Verdict verdict);

struct KeptCheckpoint {
  PublicKey key;
  std::string note;
};
Verdict Judge(const std::optional<KeptCheckpoint>& kept, const wire::CheckpointWord& told);

class Witness final : public client::CheckpointKeeper {
 public:
  static Result<Witness> Open(const Box& box, const Clock& clock);

  uint64_t KeptRecords() const override;
  Status TakeCheckpoint(const wire::CheckpointWord& told) override;

  const std::optional<KeptCheckpoint>& kept() const { return kept_; }
  const std::string& before() const { return before_; }  // the last one of the epoch before; may be empty
  // Why the newest one told does not fit, and since when; empty: it does.
  const std::string& alarm() const { return alarm_; }
  Millis alarm_since() const { return alarm_since_; }
  // The next one is kept as the first: a person has found out why. What is kept goes into the batch.
  void Forget(Batch& batch);
  // The batch was applied.
  void Forgotten();

 private:
  Witness(const Box& box, const Clock& clock);
  Status Load();
  void Show();

  const Box* box_;
  const Clock* clock_;
  std::optional<KeptCheckpoint> kept_;
  std::string before_, alarm_;
  Millis alarm_since_;
  metrics::Gauge inconsistent_, records_;
};

}  // namespace sam::inbox
