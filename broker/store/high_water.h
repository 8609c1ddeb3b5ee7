// High-water file: beside the store, outside of it, the last position that was synced before a
// receipt went out. It is the judge when the store's own log is damaged, and the witness when an
// old copy of the store was put back.
// One owner, one thread: the one that syncs the store. Write after the sync, before the receipt.
// Layout: two slots of 4 KiB written by turns, so that a torn write can only hurt the older one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam {

class HighWater {
 public:
  static constexpr size_t kSlotBytes = 4096;  // a page: a torn one hurts its own slot

  struct Mark {
    uint64_t position = 0;  // the next journal offset: all below is on disk
    uint32_t epoch = 1;
    Digest root;  // Merkle root at that position
    bool operator==(const Mark&) const = default;
  };

  // Creates the file with both slots written in full when it is missing and `create` is set.
  // kNotFound: missing. kCorrupt: neither slot is valid.
  static Result<std::unique_ptr<HighWater>> Open(const std::string& path, bool create);
  ~HighWater();
  HighWater(const HighWater&) = delete;
  HighWater& operator=(const HighWater&) = delete;

  // On disk on return. Any error means durability is unknown: exit 75. Afterwards every call fails.
  Status Write(const Mark& mark);

  const Mark& mark() const { return mark_; }  // the newest valid one
  const std::string& path() const { return path_; }

 private:
  HighWater(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  Status ReadSlots();

  std::string path_;
  int fd_;
  uint64_t turn_ = 0;  // counts writes; its parity is the slot
  bool failed_ = false;
  Mark mark_;
};

}  // namespace sam
