// RuleSet: the versioned rules of rules.toml. A rule's hit is a prompt to staff who already hold the
// facts (class E), or carries what a person has decided (transport, outcome): no rule creates a
// report, and there is no score. Immutable after ParseRules; any thread.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/rules/clocks.h"
#include "broker/rules/fact_kinds.h"
#include "broker/rules/programmes.h"

namespace sam::rules {

enum class Pattern {
  kExpectation,   // SIG-E1: a programme step not done in time
  kRepeatedMiss,  // SIG-E2: several visits missed without one attended between
  kOutcome,       // SIG-B1: an agreed outcome that asks for social services
  kTransport,     // SIG-A1: a signed report is carried
  kAttendance,    // SIG-C1: a person's decision on a prompt is carried to the other health actor
  kFacts,         // SIG-E2: certain facts within a window, of one kind or of several
  kAbsence,       // SIG-E1: an answer or a next step that does not come after a fact
  kCarry,         // Rule::code: what somebody told for others is carried to them (carry.h)
};

// So many facts of these kinds within the window. With `rise`: two of the same series, the later one
// higher by so much.
struct Need {
  FactList facts;
  int64_t count = 1;
  int64_t rise = 0;
  // Facts of different types that lie so near each other are one happening, told by two sides. 0: each is its own.
  int64_t same_within_days = 0;
  bool operator==(const Need&) const = default;
};
Need MissedVisits(int64_t count);  // what the pattern repeated-miss needs

// Owners that no child's state knows: whoever has the order that the hub carried, and the child clinic that told.
// Of rules of absence alone.
inline constexpr std::string_view kOrderReceiver = "order.receiver";
inline constexpr std::string_view kChildClinic = "region.child-clinic";

struct Rule {
  std::string id;
  std::string version;
  Pattern pattern = Pattern::kExpectation;
  bool enabled = false;
  std::string code;   // carry: the signal's code; else empty, the pattern says it
  std::string scope;  // own-domain | same-region | cross-domain
  std::vector<std::string> steps;  // expectation: the programme's steps; absence: the name of its one
  int64_t window_days = 0;
  std::vector<Need> needs;  // repeated-miss, facts: all of them
  FactList clears;          // what ends a run, or the wait
  FactList after;           // absence: what starts the wait
  FactList answers;         // absence: what ends it
  bool same_key = false;    // absence: an answer must name the same order, booking or report
  int64_t wait_days = 0;    // absence: from the fact on
  int64_t wait_percent = 0; // absence: of the time from the fact to the day that it names
  bool suppress_protected = false;  // never about a child with protected identity
  int64_t debounce_days = 0;   // after a prompt no other one of this rule for so long
  int64_t min_age_hours = 0;   // evidence younger than this waits, so that corrections can arrive
  std::string owner;           // role that answers for the rule
  std::string ground;          // text id of the legal ground
  std::string approved_by;     // rules that leave their domain: who approved it, on which day, and
  std::string approved_on;     // under which number that is filed
  std::string approval_record;
  std::vector<RuleClock> clocks;
  Millis valid_from;           // evidence before this never fires: a new rule does not back-fire
  bool fires_on_history = false;  // whoever owns the rule says so: `since` does not hold it back
  // Not from the file: when this rule came or changed while the hub had children already. What fell
  // due or happened before that is history, and a rule never fires on it. -1: there from the start.
  Millis since{-1};
  // Not from the file: where Connect found the steps, in their order.
  struct Place {
    size_t programme = 0;
    size_t step = 0;
  };
  std::vector<Place> places;

  bool History(Millis at) const { return !fires_on_history && at <= since; }
};

// Both look at the same things in the same way, for the same owner; names and clocks may differ. Before fold edition
// 7 owner, scope and age might differ too.
bool SameMeaning(const Rule& a, const Rule& b, bool since_fold_7 = true);

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
  Reminders reminders;
  std::bitset<64> kept;  // kinds of facts that some rule in force asks for; set by Connect
  // Also rules that are not enabled; "rule/step" (Hit::told_as) is the rule. Null: none.
  const Rule* Find(std::string_view id) const;
  // Not from the file, but from fold edition 5 on: a correction is no new name for what one event alone has
  // told (a report told anew must go anew), and a change of protection or of municipality can be taken back.
  bool since_fold_5 = false;
  bool since_fold_6 = false;  // what fell due before a child moved into a programme's area is nobody's to tell
  bool since_fold_7 = false;  // first loads, late registrations, moves between counties, who may not be informed
  // Of two tellings of one missed visit the reason that is told counts; of an unverified child nothing is expected.
  bool since_fold_8 = false;
};

// Some rule in force asks whoever has an order that the hub carried.
bool AsksOrderReceivers(const RuleSet& rules);

// Reports, outcomes and what is carried: taken back, the signal is taken back. A rule that is gone counts too.
bool RestsOnOneEvent(const Rule* rule);

const char* CodeOf(Pattern pattern);  // "SIG-E1" and so on; empty: the rule says it

// Finds the rules' steps, and which facts are to be kept. kInvalid: a step that no programme has.
Status Connect(const Programmes& programmes, RuleSet& rules);

// kInvalid: every finding with file:line:column, one a line. Of logs of before fold edition 7 also rules that name
// one other side's facts as their own are taken.
Result<RuleSet> ParseRules(std::string text, std::string file_name, bool since_fold_7 = true);

}  // namespace sam::rules
