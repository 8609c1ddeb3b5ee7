// RowGroup: rows of a source that is asked, given to the pipeline as messages in groups of one sync,
// with the crash guard around each. A row comes with every question that its place is part of, so
// one that brought the process down is put aside once for each start.
// Threads: one, the store's writer. Owned by a connector. Limits: kMaxRows, kMaxBytes.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/crash_guard.h"
#include "adapters/kit/pipeline.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/result.h"
#include "broker/crypto/digest.h"

namespace sam::rest {

class RowGroup {
 public:
  static constexpr size_t kMaxRows = 1024;
  static constexpr size_t kMaxBytes = size_t{4} << 20;

  explicit RowGroup(const kit::ConnectorParts& parts)
      : pipeline_(parts.pipeline), store_(parts.store), guard_(parts.guard) {}

  // Drops what was not committed.
  Status Begin();
  bool HasRoom() const { return taken_ < kMaxRows && store_.batch_bytes() < kMaxBytes; }
  // `message` is a whole one (Envelope). True: it was not known before.
  Result<bool> Take(std::string message, const std::string& peer);
  Status Commit();
  int taken() const { return static_cast<int>(taken_); }

 private:
  kit::Pipeline& pipeline_;
  kit::AdapterStore& store_;
  kit::CrashGuard* guard_;
  size_t taken_ = 0;
  std::vector<Mac16> entered_;  // keys of the open group, to be forgotten as suspects after it
  std::set<Mac16> aside_;       // poisonous rows that lie in quarantine since the start
};

}  // namespace sam::rest
