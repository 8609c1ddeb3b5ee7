#include "broker/dispatch/retention.h"

#include <algorithm>

#include "broker/config/toml.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/disposal.h"
#include "broker/dispatch/part_rows.h"
#include "broker/rules/days.h"

namespace sam::dispatch {
namespace {

using schema::LadderState;
using schema::Outcome;

constexpr int64_t kDaysMin = 7;       // whoever was away for a week has to find it yet
constexpr int64_t kDaysMax = 36'500;
constexpr size_t kDecisionMax = 500;

// When the last thing happened to it. Receivers tell their steps by their own clocks: one that runs years ahead
// must not keep content for years.
Millis Settled(const SignalRow& row, Millis now) {
  Millis last = row.decided_at;
  for (const LadderStep& step : row.ladder)
    if (step.at <= now) last = std::max(last, step.at);
  return last;
}

Result<bool> Waits(const SignalRow& row, const RetentionView& view) {
  bool given_up = false, delivered = false;
  for (const Placement& place : row.placements) {
    if (place.sequence.value == 0) continue;
    SAM_ASSIGN(const auto letter, view.letter(row.receiver, place.lane, place.sequence));
    if (!letter) continue;
    given_up = given_up || letter->withheld == schema::WithheldCode::DEAD_LETTERED;
    SAM_ASSIGN(const mailbox::LaneState lane, view.lane(row.receiver, place.lane));
    if (!lane.Acked(place.sequence)) return true;
    delivered = delivered || letter->withheld == schema::WithheldCode::NONE;
  }
  return given_up && !delivered && !row.withdrawn;
}

// Up to which place of the log it reaches.
uint64_t Reach(const SignalRow& row) {
  uint64_t last = 0;
  for (const Placement& place : row.placements) last = std::max(last, place.decision);
  for (const rules::EvidenceRef& ref : row.evidence) last = std::max(last, ref.offset.value);
  for (const LadderStep& step : row.ladder)
    if (step.source != UINT64_MAX) last = std::max(last, step.source);
  return last;
}

bool ReadLine(config::Table& table, Retention& policy, std::array<bool, kRetentionRules.size()>& seen) {
  const int which = table.OneOf("rule", {"payload", "reports", "feedback"});
  if (which < 0) return false;
  RetentionLine& line = policy.lines[static_cast<size_t>(which)];
  if (seen[static_cast<size_t>(which)]) table.Fail("rule", "one line a rule");
  seen[static_cast<size_t>(which)] = true;
  line.days = table.IntOr("days", line.days, kDaysMin, kDaysMax);
  line.decision = table.TextOr("decision", "");
  if (line.decision.size() > kDecisionMax) table.Fail("decision", "at most 500 bytes");
  if (const auto from = table.Date("from")) line.from = rules::DateToMillis(*from);
  return true;
}

}  // namespace

const char* RetentionRuleName(RetentionRule rule) {
  switch (rule) {
    case RetentionRule::kPayload: return "payload";
    case RetentionRule::kReports: return "reports";
    case RetentionRule::kFeedback: return "feedback";
  }
  return "";
}

const char* KeepingName(Keeping why) {
  static constexpr const char* kNames[kKeepings] = {
      "due", "gone", "undecided", "not-yet", "held", "undelivered", "unanswered", "clock", "report", "not-backed-up",
      "needed"};
  return kNames[static_cast<size_t>(why)];
}

int64_t Retention::DaysOf(RetentionRule rule) const {
  const int64_t days = Of(rule).days;
  return rule == RetentionRule::kPayload ? std::max(days, look_back_days) : days;
}

bool Retention::decided() const {
  return std::any_of(lines.begin(), lines.end(),
                     [](const RetentionLine& line) { return !line.decision.empty(); });
}

Result<Retention> ParseRetention(std::string text, const std::string& file) {
  Retention policy;
  SAM_ASSIGN(config::Document document, config::Document::Parse(std::move(text), file));
  std::array<bool, kRetentionRules.size()> seen{};
  config::Table root = document.Root();
  for (config::Table& table : root.List("retention")) ReadLine(table, policy, seen);
  SAM_TRY(document.Done());
  return policy;
}

int64_t LookBackDays(const rules::RuleSet& rules) {
  int64_t days = 0;
  for (const rules::Rule& rule : rules.all)
    if (rule.enabled) days = std::max({days, rule.window_days, rule.wait_days});
  return days;
}

RetentionRule RetentionRuleOf(const SignalRow& row) {
  if (row.code == "SIG-A1" || row.code == kAttachmentCode) return RetentionRule::kReports;
  return row.about.empty() ? RetentionRule::kPayload : RetentionRule::kFeedback;
}

Result<Keeping> Judge(const SignalRow& row, const Retention& policy, const RetentionView& view) {
  if (row.disposed) return Keeping::kGone;
  if (row.outcome == Outcome::HELD) return Keeping::kHeld;
  if (IsOpenReport(row)) return Keeping::kUnanswered;
  SAM_ASSIGN(const bool waits, Waits(row, view));
  if (waits) return Keeping::kUndelivered;
  for (const WatchedClock& clock : row.clocks)
    if (!HasEnded(row, clock, view.reminders)) return Keeping::kClock;
  const RetentionRule rule = RetentionRuleOf(row);
  if (row.code == kAttachmentCode) {
    SAM_ASSIGN(const auto report, view.signal(row.about));
    if (report && !report->disposed) {
      SAM_ASSIGN(const Keeping why, Judge(*report, policy, view));
      if (why != Keeping::kDue) return Keeping::kReport;
    }
  }
  const RetentionLine& line = policy.Of(rule);
  if (!line.InForce(view.now)) return Keeping::kUndecided;
  if (Settled(row, view.now).value + policy.DaysOf(rule) * kDayMs > view.now.value) return Keeping::kNotYet;
  if (view.backed_up.value > 0 && Reach(row) >= view.backed_up.value) return Keeping::kNotBackedUp;
  return Keeping::kDue;
}

int64_t RetentionPart(const SubjectId& subject) { return subject.bytes[0] % kRetentionParts; }

Millis NextRetention(Millis now) {
  const int64_t hour = now.value / kHourMs + 1;
  const int64_t of_day = hour % 24;
  return Millis((of_day < kRetentionParts ? hour : hour + 24 - of_day) * kHourMs);
}

std::array<bool, kRetentionParts> RetentionPartsDue(Millis due, Millis now) {
  std::array<bool, kRetentionParts> parts{};
  for (int64_t hour = due.value / kHourMs, n = 0; hour <= now.value / kHourMs && n < 24; ++hour, ++n)
    if (hour % 24 < kRetentionParts) parts[static_cast<size_t>(hour % 24)] = true;
  return parts;
}

}  // namespace sam::dispatch
