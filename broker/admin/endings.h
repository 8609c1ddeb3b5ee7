// What of the configuration ends soon, so that somebody acts before it does: agreements, keys, units and
// functions whose last day comes within some days while nothing takes their place. Any thread, pure.
// Not here: certificates (the programs that use them tell), holidays (they are reckoned and never end).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/metrics.h"
#include "broker/routing/agreements.h"
#include "broker/routing/directory.h"
#include "broker/routing/peers.h"

namespace sam::admin {

inline constexpr int kEndsSoonDays = 30;  // enough to have an agreement signed anew
inline constexpr int kEndsNowDays = 7;

struct Ending {
  std::string kind;  // "agreement", "key", "unit", "function": bounded, a label of the metric
  std::string id;    // as the file has it; of a key its peer's name
  Millis at;         // the first moment that it holds no longer
  int64_t DaysLeft(Millis now) const { return (at.value - now.value) / 86'400'000; }
};

// Tells of them while the hub runs: a gauge for each kind and reach, a line in the log when one comes within
// reach. One thread.
class EndingWatch {
 public:
  EndingWatch();
  void Look(const routing::Directory& directory, const routing::Agreements& agreements,
            const routing::Peers& peers, Millis now);

 private:
  struct Counted {
    std::string kind;
    metrics::Gauge month, week;
  };
  std::vector<Counted> counted_;
  std::set<std::string> told_;  // kind, id, moment, reach
};

// Soonest first. What has ended already is history and not told.
std::vector<Ending> EndingsWithin(const routing::Directory& directory,
                                  const routing::Agreements& agreements,
                                  const routing::Peers& peers, Millis now, int days);

}  // namespace sam::admin
