// How a signal was followed up within its time limits, for statistics. What ends a limit is the hub's own
// table (broker/dispatch/clocks.h); here it is asked when. Pure, any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/dispatch/ladder.h"
#include "broker/rules/clocks.h"

namespace sam::admin {

// What ends a limit and is no step of the signal's own ladder. Empty: it has not come, or its time is gone.
struct OtherEnds {
  std::optional<Millis> examined;  // somebody told what came of the examination
  std::optional<Millis> decided;   // a person decided on the prompt, for the first time
};

struct FollowUp {
  std::string_view outcome;       // statistics::kInTime, kLate, kOverdue or kOpen
  std::optional<Millis> decided;  // of a prompt: its answer
};

// A step on the way to the answer, or after it: its limit is watched by the hub, and is not what a signal is counted by.
bool IsOnTheWay(std::string_view clock);

// Of a signal that was disclosed and stands. It is counted by the limit of what it asks for: the day of an
// examination, else the limit that ends last. While that has not come, any limit that has passed makes it
// overdue. Without limits it is answered by whatever answers its class.
FollowUp FollowUpOf(const dispatch::SignalRow& row, const std::vector<dispatch::WatchedClock>& clocks,
                    const rules::Reminders& reminders, const OtherEnds& ends, Millis now);

}  // namespace sam::admin
