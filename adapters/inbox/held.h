// What the hub holds of what this function has sent, as its notices tell: why, and what ends it. Names no
// person. Pure; any thread that may read the Inbox.
// Limit: Held looks at the newest kHeldRows signals; the hub calls again at least once a day.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/inbox/inbox.h"
#include "broker/contract/reasons.h"
#include "broker/contract/texts.h"

namespace sam::inbox {

inline constexpr uint64_t kHeldRows = 10'000;

struct HeldSignal {
  SignalId notice;  // the newest one
  uint64_t number = 0;  // its arrival number
  SignalId about;
  std::string code;
  bool acute = false;
  Millis since;                      // the first notice
  int calls = 0;                     // notices so far
  std::vector<std::string> reasons;  // text ids
  contract::Remedy remedy = contract::Remedy::kName;  // never kNotHeld
  std::string named;                 // the receiver that was named by it; empty: nobody yet

  // Somebody here ends it by naming the receiver, and nobody has.
  bool WaitsHere() const { return remedy == contract::Remedy::kName && named.empty(); }
};

// The holds that rows tell of, read in order of arrival. One thread. Limit: one entry for each that is held.
class HoldBook {
 public:
  // A hold opens an entry or tells it anew; a receipt, or a notice that it does not wait, ends it.
  Status Note(const Row& row);
  // Oldest first, with what has been said here; what was taken back is left out.
  Result<std::vector<HeldSignal>> Now(const Inbox& inbox) const;
  void Clear() { held_.clear(); }

 private:
  // The same report keeps its evidence whatever id the hub gives it meanwhile; one event may have raised
  // signals of several kinds.
  std::map<std::pair<std::string, std::string>, HeldSignal> held_;
};

// Oldest first. What has a receipt since its notice, or was taken back, is not held any more.
Result<std::vector<HeldSignal>> Held(const Inbox& inbox);
// Catalogue text of what ends a hold.
std::string RemedyText(contract::Remedy remedy, contract::Language language);
Result<std::string> HeldText(const Inbox& inbox, const std::string& function,
                             contract::Language language);
// {"v":1,"held":[{"id":..,"about":..,"code":..,"acute":..,"since":..,"calls":..,"reasons":[..],
// "ends":"name","named":..}]}; "ends" as contract::RemedyName.
Result<std::string> HeldJson(const Inbox& inbox);

}  // namespace sam::inbox
