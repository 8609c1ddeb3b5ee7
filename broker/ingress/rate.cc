#include "broker/ingress/rate.h"

#include <algorithm>

namespace sam::ingress {

PeerRates::PeerRates(RateLimits limits, double window_messages, double window_bytes)
    : limits_(limits), window_messages_(window_messages), window_bytes_(window_bytes) {}

// A full second may be saved up, and never less than one window: a rate below that would otherwise
// be in debt after every first batch.
PeerRates::Buckets& PeerRates::Of(const std::string& peer) {
  const auto found = peers_.find(peer);
  if (found != peers_.end()) return found->second;
  return peers_
      .emplace(peer, Buckets{{limits_.messages_per_second,
                              std::max(limits_.messages_per_second, window_messages_)},
                             {limits_.bytes_per_second,
                              std::max(limits_.bytes_per_second, window_bytes_)}})
      .first->second;
}

PeerRates::Verdict PeerRates::Arrive(const std::string& peer, size_t bytes, int64_t now_us) {
  Buckets& buckets = Of(peer);
  const double messages = buckets.messages.Balance(now_us);
  const double room = buckets.bytes.Balance(now_us);
  // The debt is bounded, or a flood of a minute would be paid for by an hour of silence.
  if (messages <= -window_messages_ || room <= -window_bytes_) return Verdict::kDrop;
  buckets.messages.Take(1, now_us);
  buckets.bytes.Take(static_cast<double>(bytes), now_us);
  return messages > 0 && room > 0 ? Verdict::kServe : Verdict::kNoCredit;
}

void PeerRates::Paid(const std::string& peer, size_t more_messages, int64_t now_us) {
  Of(peer).messages.Take(static_cast<double>(more_messages), now_us);
}

int64_t PeerRates::MicrosUntilCredit(const std::string& peer, int64_t now_us) {
  Buckets& buckets = Of(peer);
  return std::max(buckets.messages.MicrosUntil(1, now_us), buckets.bytes.MicrosUntil(1, now_us));
}

}  // namespace sam::ingress
