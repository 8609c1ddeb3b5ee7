#include "adapters/inbox/untouched.h"

#include <algorithm>

#include "broker/base/log.h"

namespace sam::inbox {
namespace {

constexpr const char* kCount = "samsignal_inbox_untouched";
constexpr const char* kCountHelp = "Signals that nobody has opened, answered or decided on, of the newest 2000";
constexpr const char* kOldest = "samsignal_inbox_untouched_oldest_seconds";
constexpr const char* kOldestHelp = "Age of the oldest of them";

}  // namespace

Untouched::Untouched(const Inbox& inbox, UntouchedConfig config, std::string function, const Clock& clock)
    : inbox_(inbox),
      config_(std::move(config)),
      function_(std::move(function)),
      clock_(clock),
      hook_(config_.hook, kHookMs),
      acute_(kCount, kCountHelp, {{"urgency", "acute"}}),
      normal_(kCount, kCountHelp, {{"urgency", "normal"}}),
      acute_oldest_(kOldest, kOldestHelp, {{"urgency", "acute"}}),
      normal_oldest_(kOldest, kOldestHelp, {{"urgency", "normal"}}),
      overdue_("samsignal_inbox_untouched_overdue", "Those of them that have lain for longer than [untouched] allows") {}

// A notice asks nothing of anybody, but for a hold that is ended here.
Result<bool> Untouched::IsUntouched(const Row& row, bool* acute) const {
  if (!row.views.empty() || !row.steps.empty() || row.decision != Decision::UNKNOWN || !row.withdrawn_by.empty())
    return false;
  if (row.unreadable) return true;
  SAM_ASSIGN(const SignalFacts facts, FactsOf(row.signal));
  *acute = facts.acute;
  return facts.waits || !IsNotice(facts.code);
}

Status Untouched::Look(Found* acute, Found* normal) const {
  const int64_t now = clock_.Now().value;
  const uint64_t next = inbox_.next_number();
  Status inner = Ok();
  SAM_TRY(inbox_.Each(next > kLooked ? next - kLooked : 1, [&](Row&& row) {
    bool is_acute = false;
    const auto untouched = IsUntouched(row, &is_acute);
    if (!untouched.ok()) inner = untouched.error();
    if (!untouched.ok() || !*untouched) return untouched.ok();
    Found& found = is_acute ? *acute : *normal;
    const int64_t minutes = std::max<int64_t>(0, now - row.received_at.value) / 60'000;
    ++found.count;
    found.oldest_minutes = std::max(found.oldest_minutes, minutes);
    if (minutes < (is_acute ? config_.acute_minutes : config_.minutes)) return true;
    ++found.overdue;
    found.newest_overdue = std::max(found.newest_overdue, row.number);
    return true;
  }));
  return inner;
}

void Untouched::Tell(const char* urgency, const Found& found, uint64_t* told) {
  if (found.overdue == 0 || found.newest_overdue <= *told) return;
  if (hook_.running()) return;  // told at the next look
  *told = found.newest_overdue;
  log::Error("inbox", "untouched",
             {{"urgency", urgency}, {"signals", found.overdue}, {"oldest_minutes", found.oldest_minutes}});
  if (!hook_.configured()) return;
  const Status started = hook_.Start({{"SAMSIGNAL_ALARM", "untouched"},
                                      {"SAMSIGNAL_FUNCTION", function_},
                                      {"SAMSIGNAL_URGENCY", urgency},
                                      {"SAMSIGNAL_SIGNALS", std::to_string(found.overdue)},
                                      {"SAMSIGNAL_OLDEST_MINUTES", std::to_string(found.oldest_minutes)}},
                                     clock_.SteadyMicros());
  if (!started.ok()) log::Error("inbox", "hook-failed", {{"why", started.error().message}});
}

Status Untouched::Step() {
  const int64_t now_us = clock_.SteadyMicros();
  if (hook_.running() && hook_.Poll(now_us) == kit::Hook::State::kFailed)
    log::Error("inbox", "hook-failed", {{"why", hook_.why()}});
  if (now_us < look_at_us_) return Ok();
  look_at_us_ = now_us + kLookMicros;
  Found acute, normal;
  SAM_TRY(Look(&acute, &normal));
  acute_.Set(static_cast<double>(acute.count));
  normal_.Set(static_cast<double>(normal.count));
  acute_oldest_.Set(static_cast<double>(acute.oldest_minutes) * 60);
  normal_oldest_.Set(static_cast<double>(normal.oldest_minutes) * 60);
  overdue_.Set(static_cast<double>(acute.overdue + normal.overdue));
  Tell("acute", acute, &told_acute_);
  Tell("normal", normal, &told_normal_);
  return Ok();
}

}  // namespace sam::inbox
