// TokenBucket: a rate with some saved up, which may run into debt. Pure: time is handed in (steady
// microseconds, never falling). One owner, one thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace sam {

class TokenBucket {
 public:
  // Full at first. `rate` tokens per second, at most `capacity` saved up.
  TokenBucket(double rate, double capacity) : rate_(rate), capacity_(capacity), tokens_(capacity) {}
  void Take(double tokens, int64_t now_us) { tokens_ = Balance(now_us) - tokens; }
  // Below zero: debt.
  double Balance(int64_t now_us) {
    if (at_us_ == INT64_MIN) at_us_ = now_us;
    if (now_us > at_us_) {
      tokens_ = std::min(capacity_, tokens_ + rate_ * static_cast<double>(now_us - at_us_) / 1e6);
      at_us_ = now_us;
    }
    return tokens_;
  }
  // How long until the balance is there; 0: now.
  int64_t MicrosUntil(double balance, int64_t now_us) {
    const double missing = balance - Balance(now_us);
    return missing <= 0 ? 0 : static_cast<int64_t>(std::ceil(missing / rate_ * 1e6));
  }

 private:
  double rate_;
  double capacity_;
  double tokens_;
  int64_t at_us_ = INT64_MIN;  // never asked
};

}  // namespace sam
