// TrimMark: how far sources may forget. Written by whoever learns of verified backups or a standby,
// read by ingress; one atomic number, any thread.
#pragma once

#include <atomic>

#include "broker/base/ids.h"

namespace sam::ingress {

class TrimMark {
 public:
  enum class Policy {
    kAccepted,  // as soon as it is on this hub's disk: losing the disk loses it
    kCovered,   // not before a verified backup or a standby has it
  };
  explicit TrimMark(Policy policy) : policy_(policy) {}

  Policy policy() const { return policy_; }
  // Journal records below this offset are covered. Never falls.
  Offset covered() const { return Offset(covered_.load(std::memory_order_acquire)); }
  void Raise(Offset covered) {
    if (covered.value > covered_.load(std::memory_order_relaxed))
      covered_.store(covered.value, std::memory_order_release);
  }

 private:
  Policy policy_;
  std::atomic<uint64_t> covered_{0};
};

}  // namespace sam::ingress
