// TrialDesk: answers a source that asks what the rules and the gate would make of one event. The
// event passes the same checks as a published one (admit.h) and is then thrown away: nothing reaches
// the journal, and nothing that the hub knows is looked at but its configuration.
// One thread: ingress. Limits: kPerSecond questions for each key holder, whatever its connections,
// apart from the rate of its events, so that trying out never slows a live feed.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <string>

#include "broker/base/ids.h"
#include "broker/base/metrics.h"
#include "broker/base/result.h"
#include "broker/base/token_bucket.h"
#include "broker/ingress/admit.h"
#include "broker/wire/frame.h"

namespace sam::ingress {

// What would be decided on an admitted event, by dispatch's own code over an empty memory. Called on
// the ingress thread. An error is told to the source as "busy".
using TryOut = std::function<Result<wire::TrialAnswer>(const journal::Draft&,
                                                       const std::string& event, Millis now)>;

class TrialDesk {
 public:
  static constexpr double kPerSecond = 20;
  static constexpr double kSavedUp = 100;

  explicit TrialDesk(TryOut try_out);

  wire::TrialAnswer Answer(const PeerRules& peer, const wire::Trial& trial,
                           const AdmitRules& rules, const SecretKey& index_key, Millis now,
                           int64_t now_us);
  template <typename Keep>
  void Forget(Keep&& keep) {  // peers that are taken away
    for (auto it = rates_.begin(); it != rates_.end();)
      it = keep(it->first) ? std::next(it) : rates_.erase(it);
  }

 private:
  TryOut try_out_;
  std::map<std::string, TokenBucket> rates_;
  metrics::Counter trials_;
};

}  // namespace sam::ingress
