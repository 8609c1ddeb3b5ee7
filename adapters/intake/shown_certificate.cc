#include "adapters/intake/shown_certificate.h"

#include <utility>

#include "adapters/tls/context.h"
#include "broker/base/log.h"

namespace sam::intake {

ShownCertificate::ShownCertificate(std::string file, const Clock& clock)
    : file_(std::move(file)),
      clock_(clock),
      ends_("samsignal_inbox_certificate_ends_seconds",
            "When the certificate ends that is shown to the social system, seconds since 1970") {}

void ShownCertificate::Step() {
  const int64_t now_us = clock_.SteadyMicros();
  if (now_us < look_at_us_) return;
  look_at_us_ = now_us + kLookUs;
  const Result<Millis> ends = tls::EndOfCertificate(file_);
  if (!ends.ok()) return;
  ends_.Set(static_cast<double>(ends->value) / 1000);
  const int64_t days = (ends->value - clock_.Now().value) / kDayMs;
  if (days >= kWarnDays || now_us < warn_at_us_) return;
  warn_at_us_ = now_us + kDayMs * 1000;
  log::Warn("intake", "certificate-ends", {{"name", "intake"}, {"days", days}});
}

}  // namespace sam::intake
