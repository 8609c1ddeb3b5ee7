// AlignedBytes: the only way into a Cap'n Proto reader. Readers throw on unaligned input, and bytes
// from tcp sockets and from the store lie at any alignment; so they are copied into words first.
// Any thread; owns its copy. Limits: whole words, not empty, at most `max_bytes`.
#pragma once

#include <capnp/message.h>
#include <kj/array.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "broker/base/result.h"
#include "broker/wire/limits.h"

namespace sam::wire {

class AlignedBytes {
 public:
  // kInvalid: empty, not whole words, or too large. About 170 ns per KiB.
  static Result<AlignedBytes> Copy(std::string_view bytes, size_t max_bytes) {
    if (bytes.empty()) return Invalid("message is empty");
    if (bytes.size() % sizeof(capnp::word) != 0) return Invalid("message is not whole words");
    if (bytes.size() > max_bytes) return Invalid("message is larger than the limit");
    AlignedBytes out;
    out.words_ = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
    std::memcpy(out.words_.begin(), bytes.data(), bytes.size());
    return out;
  }

  kj::ArrayPtr<const capnp::word> words() const { return words_; }

  // Explicit limits, so that a hundred bytes can not make a reader touch gigabytes.
  capnp::ReaderOptions Limits() const {
    capnp::ReaderOptions options;
    options.traversalLimitInWords =
        std::max<uint64_t>(kTraversalMinWords, kTraversalFactor * words_.size());
    options.nestingLimit = kNestingLimit;
    return options;
  }

 private:
  AlignedBytes() = default;
  kj::Array<capnp::word> words_;
};

}  // namespace sam::wire
