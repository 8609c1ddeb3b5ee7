// Which lines of the report to a person concerned somebody weighs before they are handed out, to a guardian
// above all: those that tell or show that a report was made, that a board has ordered or looked into
// something, or that data are protected. When in doubt, a line is marked. Pure, any thread.
#pragma once

#include <string>
#include <vector>

#include "broker/dispatch/ladder.h"
#include "broker/rules/rule_set.h"

namespace sam::admin {

// By its kind alone: `type` as in the catalogue; what this build does not know is marked. `by_social`: a
// municipality's board told it.
bool EventMayHarm(const std::string& type, bool by_social);

struct SignalOrigin {
  const dispatch::SignalRow* about = nullptr;  // of a notice; null: not there any more
  const rules::Rule* rule = nullptr;           // null: not in force any more
  std::vector<std::string> evidence;           // types of the events it rests on; empty: disposed of
};
// A notice is as what it is about; a prompt as the facts that its rule looks at; all by class as well.
bool SignalMayHarm(const dispatch::SignalRow& row, const SignalOrigin& origin);

}  // namespace sam::admin
