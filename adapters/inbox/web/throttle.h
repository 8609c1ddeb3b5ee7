// Throttle: who guesses waits longer and longer. One for accounts, one for addresses; an account that
// does not exist is counted like any other, so that waiting tells nothing. Owned by the site; one thread.
// Limits: kEntriesMax keys; when full, the one that was quiet longest is forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace sam::inbox::web {

class Throttle {
 public:
  static constexpr size_t kEntriesMax = 4096;
  static constexpr int kFree = 3;                     // tries before the first wait
  static constexpr int64_t kFirstMs = 2'000;          // then doubled
  static constexpr int64_t kForgetMs = 3'600'000;     // quiet for so long: all is forgotten

  explicit Throttle(int64_t longest_ms) : longest_ms_(longest_ms) {}

  // How long it has to wait; 0: it may try now.
  int64_t WaitMs(const std::string& key, int64_t now_ms) const;
  // Counted before the password is looked at: many at once are many tries.
  void Tried(const std::string& key, int64_t now_ms);
  void Succeeded(const std::string& key) { entries_.erase(key); }

 private:
  struct Entry {
    int tries = 0;
    int64_t last_ms = 0;
  };
  int64_t longest_ms_;
  std::map<std::string, Entry> entries_;
};

}  // namespace sam::inbox::web
