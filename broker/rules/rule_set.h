// RuleSet: the versioned rules of rules.toml. A rule's hit is a prompt to staff who already hold the
// facts (class E), or carries what a person has decided (transport, outcome): no rule creates a
// report, and there is no score. Immutable after ParseRules; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::rules {

enum class Pattern {
  kExpectation,   // SIG-E1: a programme step not done in time
  kRepeatedMiss,  // SIG-E2: several visits missed without one attended between
  kOutcome,       // SIG-B1: an agreed outcome that asks for social services
  kTransport,     // SIG-A1: a signed report is carried
  kAttendance,    // SIG-C1: not reached, told to the other health actor of the same region
};

// A time limit that starts when the signal is decided. Its length is dated configuration.
struct RuleClock {
  std::string kind;  // text id, "clock.assess"
  int64_t hours = 0;
  int64_t acute_hours = 0;  // for acute signals; as `hours` when not stated
};

struct Rule {
  std::string id;
  std::string version;
  Pattern pattern = Pattern::kExpectation;
  bool enabled = false;
  std::string scope;  // own-domain | same-region | cross-domain
  std::string step;   // expectation: the programme step
  int64_t window_days = 0;
  int64_t threshold = 0;
  std::vector<std::string> clear_events;  // event types that end a run of misses
  int64_t debounce_days = 0;   // after a prompt no other one of this rule for so long
  int64_t min_age_hours = 0;   // evidence younger than this waits, so that corrections can arrive
  std::string owner;           // role that answers for the rule
  std::string ground;          // text id of the legal ground
  std::string approved_by;     // cross-domain rules: who approved it, and where that is filed
  std::vector<RuleClock> clocks;
  Millis valid_from;           // evidence before this never fires: a new rule does not back-fire
  bool fires_on_history = false;  // whoever owns the rule says so: `since` does not hold it back
  // Not from the file: when this rule came or changed while the hub had children already. What fell
  // due or happened before that is history, and a rule never fires on it. -1: there from the start.
  Millis since{-1};

  bool History(Millis at) const { return !fires_on_history && at <= since; }
};

// Both look at the same things in the same way; names, owners and clocks may differ.
bool SameMeaning(const Rule& a, const Rule& b);

// [hold] of rules.toml: how often the sender of a report that is held is called again, until somebody
// says where it is to go. 0: never, as when the table is missing.
struct HoldCalls {
  int64_t again_minutes = 0;
  int64_t again_acute_minutes = 0;
  int64_t alarm_after = 3;  // calls without an answer; from then on people are alarmed as well
};

struct RuleSet {
  std::vector<Rule> all;
  HoldCalls hold;
  const Rule* Find(std::string_view id) const;  // null: none; also rules that are not enabled
};

const char* CodeOf(Pattern pattern);  // "SIG-E1" and so on

// kInvalid: every finding with file:line:column, one a line.
Result<RuleSet> ParseRules(std::string text, std::string file_name);

}  // namespace sam::rules
