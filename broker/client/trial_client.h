// TrialClient: asks a hub, with a source's own key, what its rules and its gate would make of one
// event. Nothing is kept there and nothing goes out. Public interface for adapters. No thread of its
// own: the owner calls Step() until there is an answer, when link.pollable() is ready and at least
// every 100 ms; how long it waits is the owner's matter.
// One question at a time. It is sent again after a reconnect, a silence or a "busy": asking twice
// changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "broker/base/result.h"
#include "broker/wire/frame.h"
#include "broker/wire/link.h"

namespace sam::client {

class TrialClient {
 public:
  static constexpr int64_t kResendUs = 3'000'000;
  static constexpr int64_t kBusyUs = 200'000;

  explicit TrialClient(wire::ClientLink& link) : link_(link) {}

  void Ask(std::string event);
  // Empty: no answer yet. An answer may be a refusal of the event (its `refused`). kDenied: the hub
  // lets this key ask nothing. kInvalid: the hub is older and knows no such question.
  Result<std::optional<wire::TrialAnswer>> Step(int64_t now_us);

 private:
  Result<std::optional<wire::TrialAnswer>> Take(std::string_view bytes, int64_t now_us);

  wire::ClientLink& link_;
  std::string question_;  // the frame
  uint64_t number_ = 0;
  uint64_t generation_ = 0;   // of the connection it was sent on
  int64_t send_at_us_ = 0;    // again, at the latest
};

}  // namespace sam::client
