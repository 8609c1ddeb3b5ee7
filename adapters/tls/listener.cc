#include "adapters/tls/listener.h"

#include <utility>

#include "broker/base/log.h"

namespace sam::tls {

Result<std::unique_ptr<Listener>> Listener::Open(const std::string& name,
                                                 const ServerOptions& options,
                                                 const Clock& clock) {
  SAM_ASSIGN(Context context, Context::Server(options));
  std::unique_ptr<Listener> out(
      new Listener(name, options.certificate_file, std::move(context), clock));
  out->Tell();
  return out;
}

Listener::Listener(std::string name, std::string file, Context context, const Clock& clock)
    : name_(std::move(name)),
      file_(std::move(file)),
      context_(std::move(context)),
      clock_(clock),
      days_("samsignal_adapter_certificate_days", "Days until the listener's certificate ends",
            {{"listener", name_}}),
      next_look_us_(clock.SteadyMicros() + kLookUs) {}

int64_t Listener::days_left() const {
  return (context_.expires_at().value - clock_.Now().value) / kDayMs;
}

void Listener::Look() {
  if (clock_.SteadyMicros() < next_look_us_) return;
  next_look_us_ = clock_.SteadyMicros() + kLookUs;
  const Result<bool> reloaded = context_.ReloadIfChanged();
  if (!reloaded.ok()) {
    log::Error("tls", "certificate-not-reloaded",
               {{"listener", name_}, {"why", reloaded.error().message}});
  } else if (*reloaded) {
    next_warning_ms_ = 0;
    log::Info("tls", "certificate-reloaded", {{"listener", name_}, {"days_left", days_left()}});
  }
  Tell();
}

void Listener::Tell() {
  days_.Set(static_cast<double>(days_left()));
  if (days_left() >= kWarnDays || clock_.Now().value < next_warning_ms_) return;
  next_warning_ms_ = clock_.Now().value + kDayMs;
  log::Warn("tls", "certificate-ends",
            {{"listener", name_}, {"file", file_}, {"days_left", days_left()}});
}

}  // namespace sam::tls
