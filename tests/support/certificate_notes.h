// CertificateNotes: hears when certificates end, and keeps it. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kit/feed_observer.h"

namespace sam::test {

struct CertificateNotes : kit::FeedObserver {
  void Observe(const kit::ObservedMessage& message) override { seen.push_back(message); }
  void NoteCertificate(const std::string& name, Millis not_after) override {
    noted.emplace_back(name, not_after.value);
  }
  std::vector<kit::ObservedMessage> seen;
  std::vector<std::pair<std::string, int64_t>> noted;  // name, end
};

}  // namespace sam::test
