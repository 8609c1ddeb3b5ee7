// Store: the one door to durable key-value state. RocksStore in production, FaultStore (tests) in
// the simulator; no RocksDB type leaves this folder, so that a replicated engine can stand behind
// the same door later.
// Threads: Get/Scan from any thread; Apply/Sync from exactly one writer thread per store.
// Reads see applied batches at once, synced or not: who discloses must compare with what is synced.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam {

// A named key space (a column family). Index into the list of names given when the store was opened.
struct Space {
  uint8_t index = 0;
  constexpr bool operator==(const Space&) const = default;
};

// An atomic list of changes. Plain value; build anywhere, apply on the writer thread.
class Batch {
 public:
  struct Op {
    Space space;
    std::string key;
    std::optional<std::string> value;  // empty optional: delete
  };
  void Put(Space space, std::string key, std::string value) {
    bytes_ += key.size() + value.size() + 16;
    ops_.push_back({space, std::move(key), std::move(value)});
  }
  void Delete(Space space, std::string key) {
    bytes_ += key.size() + 16;
    ops_.push_back({space, std::move(key), std::nullopt});
  }
  void Append(Batch&& other) {
    bytes_ += other.bytes_;
    for (Op& op : other.ops_) ops_.push_back(std::move(op));
    other.Clear();
  }
  void Clear() {
    ops_.clear();
    bytes_ = 0;
  }
  bool empty() const { return ops_.empty(); }
  size_t bytes() const { return bytes_; }
  const std::vector<Op>& ops() const { return ops_; }

 private:
  std::vector<Op> ops_;
  size_t bytes_ = 0;
};

enum class Durability { kLater, kNow };  // kNow: on disk, with everything applied before, on return

class Store {
 public:
  // Returns false to stop the scan. The views live only during the call.
  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;

  virtual ~Store() = default;

  // kExhausted: no space, nothing was written, the store stays usable (try again when space is
  // back). Any other error: durability is unknown and the process must exit 75 and recover.
  virtual Status Apply(const Batch& batch, Durability durability) = 0;
  virtual Status Sync() = 0;

  virtual Result<std::optional<std::string>> Get(Space space, std::string_view key) const = 0;
  // Keys in [from, until), rising; an empty `until` means the end of the space.
  virtual Status Scan(Space space, std::string_view from, std::string_view until,
                      const Visitor& visit) const = 0;
  // Keys below `until` (empty: the end) and at or above `from`, falling.
  virtual Status ScanBack(Space space, std::string_view from, std::string_view until,
                          const Visitor& visit) const = 0;

  // A consistent copy in a new directory (hard links where possible); for offline tools and backup.
  virtual Status Checkpoint(const std::string& directory) = 0;
};

}  // namespace sam
