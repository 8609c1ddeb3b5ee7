#include "adapters/kit/quarantine_filter.h"

#include "broker/base/text.h"

namespace sam::kit {

bool QuarantineFilter::Matches(const QuarantineHead& row) const {
  if (!reason.empty() && row.reason != reason) return false;
  if (!trigger.empty() && row.trigger != trigger) return false;
  if (!state.empty() && QuarantineStateName(row.state) != state) return false;
  if (!peer.empty() && row.peer != peer && row.peer.substr(0, row.peer.rfind(':')) != peer)
    return false;
  if (since && row.at < *since) return false;
  return !until || row.at < *until;
}

Result<bool> QuarantineFilter::Take(const std::string& word) {
  struct Field {
    const char* name;
    std::string* value;
  };
  for (const Field& one : {Field{"reason", &reason}, Field{"trigger", &trigger},
                           Field{"state", &state}, Field{"peer", &peer}}) {
    const std::optional<std::string> value = ValueOf(word, one.name);
    if (!value) continue;
    *one.value = *value;
    if (one.value != &state) return true;
    for (const auto known : {QuarantineState::kOpen, QuarantineState::kResent,
                             QuarantineState::kFixed, QuarantineState::kDiscarded,
                             QuarantineState::kExpired})
      if (state == QuarantineStateName(known)) return true;
    return Invalid("state: expected open, resent, fixed, discarded or expired");
  }
  for (const bool from : {true, false}) {
    const std::optional<std::string> value = ValueOf(word, from ? "since" : "until");
    if (!value) continue;
    const std::optional<Millis> time = FromIso(*value);
    if (!time)
      return Invalid(std::string(from ? "since" : "until") +
                     ": expected a time such as 2026-11-20 or 2026-11-20T08:00:00+01:00");
    (from ? since : until) = time;
    return true;
  }
  return false;
}

}  // namespace sam::kit
