// SenderPins: which sender may speak on a connection that showed a certificate. Any thread, const
// after it is made; owned by the server.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/tls/certificate.h"

namespace sam::mllp {

struct SenderPin {
  std::string application;  // MSH-3.1; empty: any
  std::string facility;     // MSH-4.1; empty: any
  std::optional<tls::CertificatePin> certificate;
};

class SenderPins {
 public:
  explicit SenderPins(std::vector<SenderPin> pins) : pins_(std::move(pins)) {}

  // No sender is bound to a certificate: nothing to ask.
  bool empty() const;
  // A sender that is bound to a certificate speaks over that one alone, and who shows the
  // certificate of a sender speaks for that sender alone. A sender of no entry does not speak at
  // all: a name that nobody wrote down would walk around the pins of those that somebody did.
  // `certificate` may be null: none shown.
  bool MaySpeak(const tls::Certificate* certificate, const std::string& application,
                const std::string& facility) const;

 private:
  std::vector<SenderPin> pins_;
};

}  // namespace sam::mllp
