// Programmes: versioned definitions of what a child health programme expects, from programmes.toml.
// Immutable after ParseProgrammes; any thread. Windows are regional configuration, never constants.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::rules {

struct Step {
  std::string code;  // "bhv.m8"
  std::string kind;  // visit | home
  int64_t due_days = 0;      // age at which it should be done
  int64_t overdue_days = 0;  // the last day of age on which it is in time
  int64_t from_day = 0;      // contacts before this age do not count as this step
  std::vector<std::string> visits;       // visit codes that complete it; "*": any visit
  std::vector<std::string> home_visits;  // kinds of home visit that complete it
  std::vector<std::string> declined;     // kinds whose refusal ends the expectation
  std::string owner;  // whose step it is: "bvc.unit"
  // Restart: a child registered after this age (neonatal ward, other region, born abroad) has
  // `restart_days` from registration instead. -1: no restart.
  int64_t restart_after_day = -1;
  int64_t restart_days = 0;
  bool restart_born_abroad = false;

  bool operator==(const Step&) const = default;
};

struct Programme {
  std::string id;
  std::string version;
  std::vector<Step> steps;
  const Step* Find(std::string_view code) const;
};

struct Programmes {
  std::vector<Programme> all;
  // The programme that has the step and the step; null pointers when none has it.
  struct Found {
    const Programme* programme = nullptr;
    const Step* step = nullptr;
  };
  Found Find(std::string_view code) const;
};

// kInvalid: every finding with file:line:column, one a line.
Result<Programmes> ParseProgrammes(std::string text, std::string file_name);

}  // namespace sam::rules
