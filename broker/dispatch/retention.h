// Retention: what the hub disposes of by itself, when, and which decision allows it. Dated configuration
// (retention.toml): a line without a decision disposes of nothing, and so does a hub without the file. Pure, any
// thread. Judge reads rows through its doors, so that the fold and the tools judge alike.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/dispatch/ladder.h"
#include "broker/mailbox/mailbox.h"
#include "broker/rules/rule_set.h"

namespace sam::dispatch {

enum class RetentionRule : uint8_t {
  kPayload,   // signals and what they rest on, after confirmed delivery
  kReports,   // statutory reports with their files, after the answer
  kFeedback,  // notices: receipts, answers to senders, holds, reminders
};
inline constexpr std::array<RetentionRule, 3> kRetentionRules = {
    RetentionRule::kPayload, RetentionRule::kReports, RetentionRule::kFeedback};
const char* RetentionRuleName(RetentionRule rule);  // "payload", "reports", "feedback"

struct RetentionLine {
  int64_t days = 0;
  std::string decision;       // empty: nobody has decided, so nothing is disposed of
  std::optional<Millis> from; // its first day; before it nothing is disposed of
  bool InForce(Millis now) const { return !decision.empty() && (!from || *from <= now); }
};
// What nobody has written a line for has the days of the paper, and no decision.
struct Retention {
  std::array<RetentionLine, kRetentionRules.size()> lines{{{90, "", {}}, {30, "", {}}, {30, "", {}}}};
  // How far back a rule in force looks for its evidence: signals that are no reports are kept so long at least.
  int64_t look_back_days = 0;
  const RetentionLine& Of(RetentionRule rule) const { return lines[static_cast<size_t>(rule)]; }
  int64_t DaysOf(RetentionRule rule) const;
  bool decided() const;  // some line has a decision
};
// kInvalid: every finding with file:line:column.
Result<Retention> ParseRetention(std::string text, const std::string& file);
int64_t LookBackDays(const rules::RuleSet& rules);

enum class Keeping : uint8_t {
  kDue,           // to be disposed of now
  kGone,          // was disposed of
  kUndecided,     // its line has no decision, or is not in force yet
  kNotYet,        // its days have not gone
  kHeld,          // waits for a person
  kUndelivered,   // a number waits, or was given up and never delivered since
  kUnanswered,    // a report without an answer
  kClock,         // a time limit runs, or has run out and its step is not taken
  kReport,        // a part whose report is kept
  kNotBackedUp,   // no verified backup covers all of it: its source may have to send it again
  kNeeded,        // what it rests on is needed by a signal that is kept (told by the tool; Judge sees one row)
};
inline constexpr size_t kKeepings = static_cast<size_t>(Keeping::kNeeded) + 1;
const char* KeepingName(Keeping why);

RetentionRule RetentionRuleOf(const SignalRow& row);

// What Judge asks for beyond the row.
struct RetentionView {
  std::function<Result<mailbox::LaneState>(const std::string&, Lane)> lane;
  std::function<Result<std::optional<mailbox::Row>>(const std::string&, Lane, Sequence)> letter;
  std::function<Result<std::optional<SignalRow>>(const SignalId&)> signal;
  const rules::Reminders& reminders;
  Millis now;
  Offset backed_up;  // 0: no backup was ever told of, and none is waited for
};
Result<Keeping> Judge(const SignalRow& row, const Retention& policy, const RetentionView& view);

// Whether what this row rests on must stay because the row is kept. A notice has all it says; only one that has not
// been delivered yet is made from its evidence again.
inline bool NeedsEvidence(const SignalRow& row, Keeping why) {
  return row.about.empty() || why == Keeping::kUndelivered;
}

// A row that is due, but rests on what a kept one needs (`needed`: places in the log): all that rests on it stays.
inline bool StaysForAnother(const SignalRow& row, const std::set<uint64_t>& needed) {
  return RetentionRuleOf(row) != RetentionRule::kFeedback &&
         std::any_of(row.evidence.begin(), row.evidence.end(),
                     [&](const rules::EvidenceRef& ref) { return needed.contains(ref.offset.value); });
}

// Persons are looked at in so many parts, one an hour at night, by their random number.
inline constexpr int64_t kRetentionParts = 8;
int64_t RetentionPart(const SubjectId& subject);
// The first full hour of the night (UTC 0 to 7) after `now`.
Millis NextRetention(Millis now);
// The parts whose hours lie in [due, now]; all of them after a day.
std::array<bool, kRetentionParts> RetentionPartsDue(Millis due, Millis now);

}  // namespace sam::dispatch
