// Rates: how much each key holder may hand in per second, whatever number of connections it makes.
// Whoever is in the black is served whatever it brings and pays afterwards, so that no frame is ever
// too large to pass. In debt a peer gets no credit, so an honest source waits with its outbox; who
// sends on until the debt is a whole window is not read any more. Nothing is lost by that: what is
// not read is not acknowledged, and comes again.
// Pure: time is handed in (steady microseconds). One thread: ingress. Limits: one entry a key holder.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <string>

#include "broker/base/token_bucket.h"

namespace sam::ingress {

struct RateLimits {
  double messages_per_second = 50'000;  // records, or frames that hold none
  double bytes_per_second = 64.0 * 1024 * 1024;
};

class PeerRates {
 public:
  enum class Verdict {
    kServe,
    kNoCredit,  // served, but told to wait
    kDrop,      // not read
  };
  // `window_*`: what a source may have under way, hence may still bring after credit was withdrawn.
  PeerRates(RateLimits limits, double window_messages, double window_bytes);

  // Asked before a frame is read; the bytes are paid for whatever comes of it.
  Verdict Arrive(const std::string& peer, size_t bytes, int64_t now_us);
  // What the frame turned out to hold, beyond the one message that Arrive took.
  void Paid(const std::string& peer, size_t more_messages, int64_t now_us);
  // Until credit may be given again; 0: now.
  int64_t MicrosUntilCredit(const std::string& peer, int64_t now_us);
  template <typename Keep>
  void Forget(Keep&& keep) {  // peers that are taken away
    for (auto it = peers_.begin(); it != peers_.end();)
      it = keep(it->first) ? std::next(it) : peers_.erase(it);
  }

 private:
  struct Buckets {
    TokenBucket messages;
    TokenBucket bytes;
  };
  Buckets& Of(const std::string& peer);

  RateLimits limits_;
  double window_messages_;
  double window_bytes_;
  std::map<std::string, Buckets> peers_;
};

}  // namespace sam::ingress
