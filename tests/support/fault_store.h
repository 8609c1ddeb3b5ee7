// FaultStore: a Store in memory whose unsynced tail is forgotten by Crash(), for the simulator and
// for unit tests of everything above the store. Deterministic. One thread.
// It behaves as a disk that tells the truth: whatever a test wants to go wrong it says so.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"
#include "broker/store/store.h"

namespace sam::test {

class FaultStore final : public Store {
 public:
  explicit FaultStore(size_t spaces = 32);  // Space indexes at or above this are a programmer error

  Status Apply(const Batch& batch, Durability durability) override;
  Status Sync() override;
  Result<std::optional<std::string>> Get(Space space, std::string_view key) const override;
  Status Scan(Space space, std::string_view from, std::string_view until,
              const Visitor& visit) const override;
  Status ScanBack(Space space, std::string_view from, std::string_view until,
                  const Visitor& visit) const override;
  Status Checkpoint(const std::string& directory) override;  // kept in memory under this name

  // Power cut: all batches after the last sync are gone. The object stays usable, as a store that
  // was opened again; a broken state is over.
  void Crash();
  // As Crash, but the first `keep` unsynced batches reached the disk by chance.
  void CrashKeeping(size_t keep);
  // The n-th Apply from now (1 = the next) fails with this error and writes nothing. Any code but
  // kExhausted breaks the store: every later Apply and Sync fails until Crash().
  void FailNextApply(Error error, size_t n = 1);
  void FailNextSync(Error error);  // the same for Sync() and Apply(kNow); the tail stays unsynced
  void FailNextRead(Error error);  // one Get, Scan or ScanBack
  void SetFull(bool full) { full_ = full; }          // kExhausted until switched off
  void SetLyingSync(bool lying) { lying_ = lying; }  // syncs say yes and keep nothing

  uint64_t applies() const { return applies_; }
  uint64_t syncs() const { return syncs_; }  // Sync() and Apply(kNow) that said yes
  size_t unsynced() const { return tail_.size(); }
  size_t rows(Space space) const;
  std::unique_ptr<FaultStore> OpenCheckpoint(const std::string& directory) const;  // null: none

 private:
  using Rows = std::map<std::string, std::string, std::less<>>;
  Status BeforeWrite();
  Status FinishSync();
  std::optional<Error> TakeReadError() const;
  static void Play(std::vector<Rows>& rows, const std::vector<Batch::Op>& ops);

  std::vector<Rows> live_;     // what reads see
  std::vector<Rows> durable_;  // what Crash() leaves
  std::vector<std::vector<Batch::Op>> tail_;
  std::map<std::string, std::vector<Rows>> checkpoints_;
  std::optional<Error> broken_, apply_error_, sync_error_;
  mutable std::optional<Error> read_error_;
  size_t apply_error_in_ = 0;
  bool full_ = false;
  bool lying_ = false;
  uint64_t applies_ = 0;
  uint64_t syncs_ = 0;
};

}  // namespace sam::test
