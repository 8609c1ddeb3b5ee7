// BackOff: failures in a row, how long to wait after them, and whether somebody was told. Waits
// double from the least to the most; half of each is drawn, so that many adapters do not come back
// in one beat. One thread; a plain value.
#pragma once

#include <algorithm>
#include <cstdint>

#include "broker/base/random.h"

namespace sam::rest {

struct BackOff {
  int failures = 0;
  bool told = false;

  int64_t NextMs(int64_t min_ms, int64_t max_ms, Random& random) {
    int64_t wait = min_ms;
    for (int i = 0; i < failures && wait < max_ms; ++i) wait *= 2;
    ++failures;
    wait = std::min(wait, max_ms);
    return wait / 2 + static_cast<int64_t>(random.Below(static_cast<uint64_t>(wait / 2 + 1)));
  }
};

}  // namespace sam::rest
