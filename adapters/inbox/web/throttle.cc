#include "adapters/inbox/web/throttle.h"

#include <algorithm>

namespace sam::inbox::web {

int64_t Throttle::WaitMs(const std::string& key, int64_t now_ms) const {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.tries < kFree) return 0;
  int64_t wait = kFirstMs;
  for (int i = kFree; i < found->second.tries && wait < longest_ms_; ++i) wait *= 2;
  return std::max<int64_t>(0, found->second.last_ms + std::min(wait, longest_ms_) - now_ms);
}

void Throttle::Tried(const std::string& key, int64_t now_ms) {
  if (entries_.size() >= kEntriesMax && entries_.count(key) == 0)
    entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
      return a.second.last_ms < b.second.last_ms;
    }));
  Entry& entry = entries_[key];
  if (now_ms - entry.last_ms > kForgetMs) entry.tries = 0;
  ++entry.tries;
  entry.last_ms = now_ms;
}

}  // namespace sam::inbox::web
