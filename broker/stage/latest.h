// Latest<T>: hands the newest value from one thread to another; older ones that nobody took are gone.
// For what is looked at now and then and costs nothing to miss (a table for `status`). Lock-free.
#pragma once

#include <atomic>
#include <memory>

namespace sam::stage {

template <typename T>
class Latest {
 public:
  Latest() = default;
  Latest(const Latest&) = delete;
  Latest& operator=(const Latest&) = delete;
  ~Latest() { Take(); }

  void Put(std::unique_ptr<T> value) {  // one thread
    const std::unique_ptr<T> missed(slot_.exchange(value.release(), std::memory_order_acq_rel));
  }
  // The newest since the last call; null: none came. Another one thread.
  std::unique_ptr<T> Take() {
    return std::unique_ptr<T>(slot_.exchange(nullptr, std::memory_order_acq_rel));
  }

 private:
  std::atomic<T*> slot_{nullptr};
};

}  // namespace sam::stage
