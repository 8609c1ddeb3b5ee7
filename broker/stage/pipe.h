// Pipe<T>: a bounded queue from exactly one thread to exactly one other, with a doorbell the
// receiving stage can wait on. Full is a return value, not an error: the sender withdraws credit
// from upstream, and in the end the outbox waits on the adapter's disk.
// Lock-free ring of a power-of-two capacity; objects are moved through.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "broker/base/check.h"
#include "broker/stage/doorbell.h"

namespace sam::stage {

template <typename T>
class Pipe {
 public:
  explicit Pipe(size_t capacity, Doorbell* bell = nullptr)
      : slots_(capacity), mask_(capacity - 1), bell_(bell) {
    SAM_CHECK(capacity >= 2 && (capacity & mask_) == 0);
  }

  // Sending thread. False: full, and `item` is untouched.
  bool TryPush(T&& item) {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == slots_.size()) return false;
    slots_[tail & mask_] = std::move(item);
    tail_.store(tail + 1, std::memory_order_release);
    if (bell_ != nullptr) bell_->Ring();
    return true;
  }

  // Receiving thread.
  std::optional<T> TryPop() {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return std::nullopt;
    std::optional<T> item(std::move(slots_[head & mask_]));
    head_.store(head + 1, std::memory_order_release);
    return item;
  }

  bool empty() const { return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire); }

 private:
  std::vector<T> slots_;
  size_t mask_;
  Doorbell* bell_;
  alignas(64) std::atomic<size_t> head_{0};
  alignas(64) std::atomic<size_t> tail_{0};
};

}  // namespace sam::stage
