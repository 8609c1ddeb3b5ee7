// Refusals: what was turned down on the HTTP thread, on its way to the watch over the feeds and to the
// log: nothing of it reaches the pipeline, which tells them of all else.
// Threads: Note on the HTTP server's; Tell on the adapter's. Owned by FhirServer. Limits: kKept wait;
// more are counted in the log alone. No personal data: a system, a name from the configuration or an address,
// a place in the resource.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "adapters/kit/feed_observer.h"
#include "broker/base/clock.h"
#include "broker/edge/http.h"
#include "broker/stage/pipe.h"

namespace sam::fhir {

struct RefusedRequest {
  std::string source;  // system id; empty: of a client that we do not know
  std::string peer;    // its name in the configuration, or its address
  int status = 0;
  std::string place;  // "Appointment.status", empty: the request itself
};

// The place that an OperationOutcome of ours names first.
std::string PlaceOf(const edge::HttpResponse& answer);

class Refusals {
 public:
  static constexpr size_t kKept = 1'024;  // a power of two
  static constexpr int64_t kQuietUs = 10'000'000;  // between two lines of the log

  void Note(RefusedRequest one);
  // `observer` may be null.
  void Tell(kit::FeedObserver* observer, const Clock& clock);

 private:
  stage::Pipe<RefusedRequest> waiting_{kKept, nullptr};
  std::atomic<uint64_t> dropped_{0};
  uint64_t untold_ = 0;  // not in the log yet
  RefusedRequest last_;
  int64_t quiet_until_us_ = 0;
};

}  // namespace sam::fhir
