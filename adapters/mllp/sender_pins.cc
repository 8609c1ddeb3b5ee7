#include "adapters/mllp/sender_pins.h"

#include <algorithm>

namespace sam::mllp {

bool SenderPins::empty() const {
  return std::none_of(pins_.begin(), pins_.end(),
                      [](const SenderPin& pin) { return pin.certificate.has_value(); });
}

bool SenderPins::MaySpeak(const tls::Certificate* certificate, const std::string& application,
                          const std::string& facility) const {
  if (empty()) return true;
  bool listed = false, sender_bound = false, certificate_bound = false;
  for (const SenderPin& pin : pins_) {
    const bool speaks = (pin.application.empty() || pin.application == application) &&
                        (pin.facility.empty() || pin.facility == facility);
    listed = listed || speaks;
    if (!pin.certificate) continue;
    const bool shown = certificate != nullptr && pin.certificate->Matches(*certificate);
    if (shown && speaks) return true;
    sender_bound = sender_bound || speaks;
    certificate_bound = certificate_bound || shown;
  }
  return listed && !sender_bound && !certificate_bound;
}

}  // namespace sam::mllp
