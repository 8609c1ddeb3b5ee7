// Requests: one at a time over a connection of its own, with the keys as their file has them at that
// moment, and whose turn the next is. Outages are told once, and their end.
// Owned by the Writer and by the Filer, each its own; their thread only. Config and clock outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "adapters/intake/config.h"
#include "adapters/intake/turns.h"
#include "adapters/rest/http_pull.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/random.h"
#include "broker/base/result.h"

namespace sam::intake {

class Requests {
 public:
  Requests(const Config& config, std::unique_ptr<rest::HttpPull> pull, const Clock& clock,
           Random random);

  bool busy() const { return pull_->busy(); }
  Turns& turns() { return turns_; }

  using Send = std::function<Status(rest::HttpPull& pull, const rest::HttpPull::Query& keys)>;
  // Without keys nothing is sent, and this kind of request waits. Errors are those of `send`.
  Status Ask(Doing doing, uint64_t entry, const Send& send);

  struct Answered {
    Doing doing = Doing::kNothing;
    uint64_t entry = 0;
    rest::HttpAnswer http;
  };
  // Empty: not yet.
  std::optional<Answered> Step();

  // Certainly not carried out. True: so often, while others were let in, that it is this entry.
  bool NotLetIn(uint64_t entry, Doing doing, const char* what, const rest::HttpAnswer& answer);
  void Pause(Doing doing, const char* what, int64_t asked_ms);
  void Done(Doing doing);
  void Failed() { failures_.Add(); }

 private:
  const Config& config_;
  std::unique_ptr<rest::HttpPull> pull_;
  Turns turns_;
  Doing doing_ = Doing::kNothing;
  uint64_t entry_ = 0;
  metrics::Counter failures_;
};

}  // namespace sam::intake
