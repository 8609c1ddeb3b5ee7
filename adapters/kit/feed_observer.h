// FeedObserver: what the pipeline tells of each message it has dealt with, and a connector of its
// certificates, to whoever watches over the feeds.
// The store's thread. No content and no person: a system, an outcome, the time the source put on
// it.
#pragma once

#include <optional>
#include <string>

#include "broker/base/ids.h"

namespace sam::kit {

struct ObservedMessage {
  std::string source;             // system id; empty: the message named none that we know
  const char* outcome = "";       // VerdictName
  bool failed = false;            // put aside or refused
  std::optional<Millis> sent_at;  // when its source says it was sent
};

class FeedObserver {
 public:
  virtual ~FeedObserver() = default;
  virtual void Observe(const ObservedMessage& message) = 0;
  // From whoever holds a certificate, at start and whenever it is loaded anew.
  virtual void NoteCertificate(const std::string& name, Millis not_after) = 0;
};

}  // namespace sam::kit
