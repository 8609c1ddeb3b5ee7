// What authorities have agreed between themselves. An agreement can only narrow what the ceilings
// in code allow (ceilings.h): it never opens a route or a receiver, nor a field above the ceiling. One field
// goes only where it has been agreed: whether a child that was examined needs care. If agreements are
// listed for a signal between two authorities, one of them must be valid, or the signal is denied.
// Read from agreements.toml; immutable after parsing, any thread. Limit: 10 000.
//
//   [[agreement]]  id, signal ("SIG-B1"), from (authority id), to (authority id) and/or
//                  to_role, ground (text id; optional), valid_from, valid_to,
//                  max_sensitivity = "S0".."S4", hide = [field paths of Signal], areas = true|false,
//                  payload = "full" | "id-only" | "empty",
//                  needs_care = true|false (SIG-D2 only)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"
#include "broker/routing/directory.h"
#include "schemas/annotations.capnp.h"

namespace sam::routing {

struct Agreement {
  std::string id;
  std::string signal;  // signal code
  std::string from;    // authority id
  std::string to;      // authority id; empty: any with to_role
  std::optional<Role> to_role;
  std::string ground;  // text id; empty: the ceiling's own
  Validity validity;
  schema::Sensitivity max_sensitivity = schema::Sensitivity::S4;
  std::vector<std::string> hide;  // field paths of Signal that are cleared
  Payload payload = Payload::kFull;
  bool areas = true;              // false: areas never, whatever the consent says
  bool needs_care = false;        // SIG-D2: true: the board is told whether care is needed
};

class Agreements {
 public:
  Agreements() = default;
  explicit Agreements(std::vector<Agreement> all) : all_(std::move(all)) {}
  const std::vector<Agreement>& all() const { return all_; }
  // All that name this signal between these two, valid or not, in the order of the file.
  std::vector<const Agreement*> Find(std::string_view signal, std::string_view from,
                                     const Function& to) const;
  // When one begins or ceases to be valid next; empty: none does.
  std::optional<Millis> NextChange(Millis after) const;

 private:
  std::vector<Agreement> all_;
};

// kInvalid: every finding with file:line:column; authorities are checked against the directory,
// codes, grounds and field paths against the contract.
Result<Agreements> ParseAgreements(std::string text, std::string file, const Directory& directory,
                                   Days days = Days::kSwedish);

}  // namespace sam::routing
