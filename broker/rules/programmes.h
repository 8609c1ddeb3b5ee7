// Programmes: versioned definitions of what a child health programme expects, from programmes.toml.
// Immutable after ParseProgrammes; any thread. Windows are regional configuration, never constants.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"
#include "broker/rules/fact_kinds.h"

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
  FactList done;         // other facts that complete it, such as dental.visit.completed:exam
  int32_t program_step = -1;  // completed by this step of the programme, told by its number
  std::string owner;  // whose step it is: bvc.unit | dental.clinic
  // Restart: a child registered after this age (neonatal ward, other region, born abroad) has
  // `restart_days` from registration instead. -1: no restart.
  int64_t restart_after_day = -1;
  int64_t restart_days = 0;
  bool restart_born_abroad = false;

  bool operator==(const Step&) const = default;
};

// What ends the waiting for one child, and the reason that is named for it.
struct Cancel {
  std::string reason;  // moved | declined | done-elsewhere | opted-out | ended
  FactList facts;
  FactList until;      // what lets it begin again: another clinic's patient who comes back
  bool operator==(const Cancel&) const = default;
};

struct Programme {
  std::string id;
  std::string version;
  std::vector<Step> steps;
  bool enrolment = false;  // only for children that bvc.program.changed has enrolled under its id
  std::vector<std::string> municipalities;  // of the child; with counties, any one is enough
  std::vector<std::string> counties;        // two digits; both lists empty: everywhere
  std::vector<Cancel> cancels;
  bool Covers(std::string_view municipality) const;
  const Step* Find(std::string_view code) const;
};

// Both wait for the same children, by the same reasons to end.
bool SameChildren(const Programme& a, const Programme& b);

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
