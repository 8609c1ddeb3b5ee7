// Admission: may this peer hand in this event, and is it one? Pure checks, no state, any thread.
// A refusal names a code and a field, never content; the source puts the record into quarantine.
// A statutory report (report.signed) is never refused because content is missing: what can not be
// routed is held later, and the sender's own function is asked.
#pragma once

#include <string>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/crypto/secret.h"
#include "broker/ingress/peers.h"
#include "broker/journal/inbox.h"
#include "broker/wire/frame.h"

namespace sam::ingress {

struct AdmitRules {
  size_t max_event_bytes = wire::kMaxEventBytes;
  bool test_environment = false;
  // No child of whom anybody tells now had contacts before this; older is a broken clock or date.
  Millis earliest = Millis(631'152'000'000);  // 1990-01-01
  // Beyond any time zone mistake; adapters flag smaller skews. Not applied in the test environment,
  // where time is moved by hand.
  int64_t future_ms_max = kDayMs;
  // No visit is planned for then. Holds everywhere, so that no sum of times can run over.
  Millis latest = Millis(7'258'118'400'000);  // 2200-01-01
};

struct Admission {
  wire::Refusal code = wire::Refusal::NONE;  // NONE: `draft` is to be written
  std::string field;
  journal::Draft draft;
};

// `index_key` is the hub's key for message keys and content digests.
Admission Admit(const PeerRules& peer, const std::string& event_bytes, const AdmitRules& rules,
                Millis now, const SecretKey& index_key);

}  // namespace sam::ingress
