#include "broker/delivery/session.h"

#include <algorithm>

namespace sam::delivery {

namespace {

struct Transition {
  SessionState from;
  SessionEvent event;
  SessionState to;
};

using S = SessionState;
using E = SessionEvent;

// A Hello is always welcome: a client that lost our answer says it again.
constexpr Transition kTransitions[] = {
    {S::kNew, E::kHello, S::kGreeted},
    {S::kGreeted, E::kHello, S::kGreeted},
    {S::kGreeted, E::kHeartbeat, S::kGreeted},
    {S::kGreeted, E::kSubscribe, S::kSubscribed},
    {S::kSubscribed, E::kHello, S::kGreeted},
    {S::kSubscribed, E::kSubscribe, S::kSubscribed},
    {S::kSubscribed, E::kHeartbeat, S::kSubscribed},
    {S::kSubscribed, E::kCredit, S::kFlowing},
    {S::kSubscribed, E::kAck, S::kSubscribed},
    {S::kFlowing, E::kHello, S::kGreeted},
    {S::kFlowing, E::kSubscribe, S::kSubscribed},
    {S::kFlowing, E::kHeartbeat, S::kFlowing},
    {S::kFlowing, E::kCredit, S::kFlowing},
    {S::kFlowing, E::kAck, S::kFlowing},
};

}  // namespace

bool NextState(SessionState from, SessionEvent event, SessionState* to) {
  for (const Transition& row : kTransitions) {
    if (row.from != from || row.event != event) continue;
    *to = row.to;
    return true;
  }
  return false;
}

bool Session::Take(SessionEvent event) { return NextState(state_, event, &state_); }

bool Session::HasRoom(bool acute, size_t in_flight, size_t in_flight_bytes, size_t bytes) const {
  if (!flowing() || window_messages_ == 0) return false;
  if (in_flight == 0) return true;
  const size_t messages = window_messages_;
  const size_t kept = acute || messages < 2 ? 0 : std::max<size_t>(1, messages / 4);
  const uint64_t kept_bytes = acute ? 0 : window_bytes_ / 4;
  return in_flight < messages - kept && in_flight_bytes + bytes <= window_bytes_ - kept_bytes;
}

}  // namespace sam::delivery
