// Listener: what a TLS port needs besides its connections: the context, a look at its files every
// few seconds, and how long the certificate is good for (metric, and a line in the log each day
// while it is less than a month). One thread; owned by who listens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/tls/context.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/result.h"

namespace sam::tls {

class Listener {
 public:
  static constexpr int64_t kLookUs = 2'000'000;  // three calls of stat
  static constexpr int64_t kWarnDays = 30;       // time to order a certificate

  // `name`: which port this is, in metrics and log ("mllp"). Errors as Context::Server. The clock
  // must outlive it.
  static Result<std::unique_ptr<Listener>> Open(const std::string& name,
                                                const ServerOptions& options, const Clock& clock);

  std::unique_ptr<Session> NewSession() const { return context_.NewSession(); }
  // To be called each turn; does something every few seconds only.
  void Look();
  int64_t days_left() const;
  Millis expires_at() const { return context_.expires_at(); }

 private:
  Listener(std::string name, std::string file, Context context, const Clock& clock);
  void Tell();

  std::string name_;
  std::string file_;
  Context context_;
  const Clock& clock_;
  metrics::Gauge days_;
  int64_t next_look_us_ = 0;
  int64_t next_warning_ms_ = 0;
};

}  // namespace sam::tls
