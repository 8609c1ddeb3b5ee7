// AnswerQueue: application acknowledgements on disk that wait for their receiver, in order. They are
// written with the group of the messages they answer. One thread, the store's writer; owned by the
// server. Limits: kMax; above it the oldest goes, since its message is stored in any case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/kit/adapter_store.h"
#include "broker/base/result.h"

namespace sam::mllp {

class AnswerQueue {
 public:
  static constexpr uint64_t kMax = 100'000;

  explicit AnswerQueue(kit::AdapterStore& store, uint64_t max = kMax) : store_(store), max_(max) {}

  struct Span {
    uint64_t first = 1, next = 1;  // first == next: empty
    uint64_t size() const { return next - first; }
  };
  Result<Span> Waiting();
  // Adds to the open group. True: the oldest had to go.
  Result<bool> Append(const std::string& text);
  Result<std::optional<std::string>> Get(uint64_t number);
  // What is before `first` has been taken. A group of its own, with a sync.
  Status DropBefore(uint64_t first);

 private:
  void Put(const Span& span);

  kit::AdapterStore& store_;
  const uint64_t max_;
};

}  // namespace sam::mllp
