// QuietLog: how often the same thing is logged. A peer that misbehaves a thousand times a second
// must not fill the disk with lines about it: each line is written at most 20 times at once and once
// a second after that, and tells how many like it were left out.
// One owner, one thread. Limits: one entry per (who, what); callers keep both of bounded number.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "broker/base/token_bucket.h"

namespace sam {

class QuietLog {
 public:
  struct Word {
    bool say = false;
    uint64_t left_out = 0;  // lines like this one since the last that was written
  };
  Word Ask(const std::string& who, std::string_view what, int64_t now_us) {
    Line& line = lines_[{who, std::string(what)}];
    if (line.bucket.Balance(now_us) < 1) {
      ++line.left_out;
      return {};
    }
    line.bucket.Take(1, now_us);
    return {true, std::exchange(line.left_out, 0)};
  }
  // Drops what is kept about those that are gone.
  template <typename Keep>
  void Forget(Keep&& keep) {
    for (auto it = lines_.begin(); it != lines_.end();)
      it = keep(it->first.first) ? std::next(it) : lines_.erase(it);
  }

 private:
  struct Line {
    TokenBucket bucket{1, 20};
    uint64_t left_out = 0;
  };
  std::map<std::pair<std::string, std::string>, Line> lines_;
};

}  // namespace sam
