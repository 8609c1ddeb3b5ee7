// QuarantineFilter: which entries of the quarantine an operator means, as words of a command
// ("reason=unknown-code", "since=2026-11-20"). Closed list of fields, no expressions. Pure, any
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/kit/rows.h"
#include "adapters/kit/words.h"
#include "broker/base/result.h"

namespace sam::kit {

struct QuarantineFilter {
  std::string reason;
  std::string trigger;
  std::string state;  // open, resent, fixed, discarded, expired
  std::string peer;   // whole, or without the port
  std::optional<Millis> since;
  std::optional<Millis> until;

  bool empty() const {
    return reason.empty() && trigger.empty() && state.empty() && peer.empty() && !since && !until;
  }
  bool Matches(const QuarantineHead& row) const;
  // False: `word` is no field of a filter. kInvalid: it is one, with a value that cannot be.
  Result<bool> Take(const std::string& word);
};

}  // namespace sam::kit
