#include "tests/support/fault_store.h"

#include <utility>

#include "broker/base/check.h"

namespace sam::test {

FaultStore::FaultStore(size_t spaces) : live_(spaces), durable_(spaces) {}

void FaultStore::Play(std::vector<Rows>& rows, const std::vector<Batch::Op>& ops) {
  for (const Batch::Op& op : ops) {
    SAM_CHECK(op.space.index < rows.size());
    Rows& space = rows[op.space.index];
    if (op.value)
      space.insert_or_assign(op.key, *op.value);
    else
      space.erase(op.key);
  }
}

Status FaultStore::BeforeWrite() {
  if (broken_) return *broken_;
  if (apply_error_in_ > 0 && --apply_error_in_ == 0) {
    const Error error = *std::exchange(apply_error_, std::nullopt);
    if (error.code != Code::kExhausted) broken_ = error;
    return error;
  }
  if (full_) return Exhausted("no space on the device (set by the test)");
  return Ok();
}

Status FaultStore::FinishSync() {
  if (sync_error_) {
    broken_ = std::exchange(sync_error_, std::nullopt);
    return *broken_;
  }
  ++syncs_;
  if (lying_) return Ok();
  for (const std::vector<Batch::Op>& ops : tail_) Play(durable_, ops);
  tail_.clear();
  return Ok();
}

Status FaultStore::Apply(const Batch& batch, Durability durability) {
  SAM_TRY(BeforeWrite());
  ++applies_;
  Play(live_, batch.ops());
  tail_.push_back(batch.ops());
  return durability == Durability::kNow ? FinishSync() : Ok();
}

Status FaultStore::Sync() {
  if (broken_) return *broken_;
  return FinishSync();
}

std::optional<Error> FaultStore::TakeReadError() const {
  return std::exchange(read_error_, std::nullopt);
}

Result<std::optional<std::string>> FaultStore::Get(Space space, std::string_view key) const {
  if (const auto error = TakeReadError()) return *error;
  SAM_CHECK(space.index < live_.size());
  const auto found = live_[space.index].find(key);
  if (found == live_[space.index].end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

Status FaultStore::Scan(Space space, std::string_view from, std::string_view until,
                        const Visitor& visit) const {
  if (const auto error = TakeReadError()) return *error;
  SAM_CHECK(space.index < live_.size());
  const Rows& rows = live_[space.index];
  for (auto it = rows.lower_bound(from); it != rows.end(); ++it) {
    if (!until.empty() && it->first >= until) break;
    if (!visit(it->first, it->second)) break;
  }
  return Ok();
}

Status FaultStore::ScanBack(Space space, std::string_view from, std::string_view until,
                            const Visitor& visit) const {
  if (const auto error = TakeReadError()) return *error;
  SAM_CHECK(space.index < live_.size());
  const Rows& rows = live_[space.index];
  auto it = until.empty() ? rows.end() : rows.lower_bound(until);
  while (it != rows.begin()) {
    --it;
    if (it->first < from) break;
    if (!visit(it->first, it->second)) break;
  }
  return Ok();
}

Status FaultStore::Checkpoint(const std::string& directory) {
  if (checkpoints_.count(directory) != 0) return Conflict("checkpoint exists: " + directory);
  checkpoints_[directory] = live_;
  return Ok();
}

std::unique_ptr<FaultStore> FaultStore::OpenCheckpoint(const std::string& directory) const {
  const auto found = checkpoints_.find(directory);
  if (found == checkpoints_.end()) return nullptr;
  auto out = std::make_unique<FaultStore>(live_.size());
  out->live_ = found->second;
  out->durable_ = found->second;
  return out;
}

void FaultStore::Crash() { CrashKeeping(0); }

void FaultStore::CrashKeeping(size_t keep) {
  for (size_t i = 0; i < tail_.size() && i < keep; ++i) Play(durable_, tail_[i]);
  tail_.clear();
  live_ = durable_;
  broken_.reset();
}

void FaultStore::FailNextApply(Error error, size_t n) {
  SAM_CHECK(n > 0);
  apply_error_ = std::move(error);
  apply_error_in_ = n;
}

void FaultStore::FailNextSync(Error error) { sync_error_ = std::move(error); }

void FaultStore::FailNextRead(Error error) { read_error_ = std::move(error); }

size_t FaultStore::rows(Space space) const {
  SAM_CHECK(space.index < live_.size());
  return live_[space.index].size();
}

}  // namespace sam::test
