// ShownCertificate: when the certificate ends that we show to the social system; a metric, and a line in the log each
// day while it is less than a month. The inbox's thread; owned by the program. libcurl reads the file at each
// connection, so that a new one is in use from the next request on, and told of within the hour.
#pragma once

#include <cstdint>
#include <string>

#include "broker/base/clock.h"
#include "broker/base/metrics.h"

namespace sam::intake {

class ShownCertificate {
 public:
  static constexpr int64_t kLookUs = 3'600'000'000;
  static constexpr int64_t kWarnDays = 30;  // time to order a certificate

  // file: PEM. The clock must outlive it.
  ShownCertificate(std::string file, const Clock& clock);
  // To be called each turn. A file that cannot be read is told by the requests that want it.
  void Step();

 private:
  const std::string file_;
  const Clock& clock_;
  metrics::Gauge ends_;
  int64_t look_at_us_ = 0;
  int64_t warn_at_us_ = 0;
};

}  // namespace sam::intake
