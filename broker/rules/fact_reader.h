// Lists of facts in the TOML files of rules and programmes. Any thread.
#pragma once

#include "broker/config/toml.h"
#include "broker/rules/fact_kinds.h"

namespace sam::rules {

// A key that is not there is an empty list; a name that is no fact is a finding at its place.
FactList ReadFacts(config::Table& table, std::string_view key);

}  // namespace sam::rules
