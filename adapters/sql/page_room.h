// PageRoom: how many rows are still asked for while a page is fetched, so that neither the library
// nor the page holds much more than kMaxPageBytes, however large the rows are. Portions grow from
// two rows, and no further than the largest row so far lets them. A page holds two rows at least:
// its first is the last one of the page before, and the reading would not get on.
// One thread. Owned by one question.
#pragma once

#include <algorithm>
#include <cstddef>

#include "adapters/sql/page.h"

namespace sam::sql {

class PageRoom {
 public:
  static constexpr size_t kMaxPortion = 64;
  explicit PageRoom(size_t rows) : most_(rows) {}

  // 0: the page is full, or ends early because of its size.
  size_t Portion(const Page& page) {
    for (; counted_ < page.rows.size(); ++counted_) {
      const size_t size = page.rows[counted_].json.size();
      bytes_ += size;
      largest_ = std::max(largest_, size);
    }
    if (counted_ >= most_ || (counted_ >= 2 && bytes_ >= kMaxPageBytes)) return 0;
    portion_ = std::min(portion_ * 2, kMaxPortion);
    const size_t left = bytes_ < kMaxPageBytes ? kMaxPageBytes - bytes_ : 0;
    return std::min({portion_, most_ - counted_, std::max<size_t>(1, left / largest_)});
  }

 private:
  const size_t most_;
  size_t counted_ = 0;
  size_t bytes_ = 0;
  size_t largest_ = 1;
  size_t portion_ = 1;
};

}  // namespace sam::sql
