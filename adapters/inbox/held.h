// What the hub holds of what this function has sent, as its notices tell: a signal that cannot go until
// somebody here says where. Names no person. Pure; any thread that may read the Inbox.
// Limit: looks at the newest kHeldRows signals; the hub calls again at least once a day.
#pragma once

#include <string>
#include <vector>

#include "adapters/inbox/inbox.h"
#include "broker/contract/texts.h"

namespace sam::inbox {

inline constexpr uint64_t kHeldRows = 10'000;

struct HeldSignal {
  SignalId notice;  // the newest one
  SignalId about;
  std::string code;
  bool acute = false;
  Millis since;                      // the first notice
  int calls = 0;                     // notices so far
  std::vector<std::string> reasons;  // text ids
  std::string named;                 // the receiver that was named by it; empty: nobody yet
};

// Oldest first. What has a receipt since its notice, or was taken back, is not held any more.
Result<std::vector<HeldSignal>> Held(const Inbox& inbox);
Result<std::string> HeldText(const Inbox& inbox, const std::string& function,
                             contract::Language language);
// {"v":1,"held":[{"id":..,"about":..,"code":..,"acute":..,"since":..,"calls":..,"reasons":[..],"named":..}]}
Result<std::string> HeldJson(const Inbox& inbox);

}  // namespace sam::inbox
