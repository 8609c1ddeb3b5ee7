#include "broker/admin/follow_up.h"

#include <algorithm>

#include "broker/dispatch/clocks.h"
#include "broker/dispatch/orders.h"
#include "broker/statistics/fact.h"

namespace sam::admin {
namespace {

using dispatch::SignalRow;
using dispatch::WatchedClock;
using Decision = schema::PromptDecided::Decision;

// The inquiry comes after the report's answer.
constexpr std::string_view kOnTheWay[] = {"clock.receipt", "clock.assess", dispatch::kInquiryClock,
                                            dispatch::kDeliveryClock};

struct End {
  bool ended = false;
  std::optional<Millis> at;  // empty: its time is gone
};

// As it was before anybody did anything.
SignalRow Untouched(const SignalRow& row) {
  SignalRow out = row;
  out.ladder.clear();
  out.decision = Decision::UNKNOWN;
  return out;
}

// The table tells whether a limit has ended; the first step with which it has is when.
End EndOf(const SignalRow& row, const WatchedClock& clock, const rules::Reminders& reminders,
          const OtherEnds& ends) {
  if (clock.done) return {true, ends.examined};
  SignalRow so_far = Untouched(row);
  std::vector<dispatch::LadderStep> steps = row.ladder;
  std::stable_sort(steps.begin(), steps.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  for (const dispatch::LadderStep& step : steps) {
    so_far.ladder.push_back(step);
    if (dispatch::HasEnded(so_far, clock, reminders)) return {true, step.at};
  }
  so_far.decision = row.decision;
  if (dispatch::HasEnded(so_far, clock, reminders)) return {true, ends.decided};
  return {};
}

// The hub does not wait for it: it never has, or did not yet when the order came.
bool IsWatched(const SignalRow& row, const WatchedClock& clock, const rules::Reminders& reminders,
               const OtherEnds& ends) {
  if (clock.done) return reminders.exams && ends.examined.has_value();
  return !dispatch::HasEnded(Untouched(row), clock, reminders);
}

// What answers a signal of this class where no limit is set; cooperation by its answer, where the row awaits one.
WatchedClock Unlimited(schema::LegalClass legal_class) {
  WatchedClock clock;
  switch (legal_class) {
    case schema::LegalClass::A: clock.kind = "clock.answer"; break;
    case schema::LegalClass::E: clock.kind = "clock.review"; break;
    default: clock.kind = "clock.reply"; break;
  }
  return clock;
}

const WatchedClock& AimOf(const std::vector<WatchedClock>& clocks) {
  return *std::max_element(clocks.begin(), clocks.end(), [](const auto& a, const auto& b) {
    const auto rank = [](const WatchedClock& clock) {
      return std::pair(clock.kind == dispatch::kExamClock, clock.due.value);
    };
    return rank(a) < rank(b);
  });
}

}  // namespace

bool IsOnTheWay(std::string_view clock) {
  return std::find(std::begin(kOnTheWay), std::end(kOnTheWay), clock) != std::end(kOnTheWay);
}

FollowUp FollowUpOf(const SignalRow& row, const std::vector<WatchedClock>& clocks,
                    const rules::Reminders& reminders, const OtherEnds& ends, Millis now) {
  FollowUp out;
  if (row.decision != Decision::UNKNOWN) out.decided = ends.decided;
  std::vector<WatchedClock> counted;
  for (const WatchedClock& clock : clocks)
    if (!IsOnTheWay(clock.kind) && IsWatched(row, clock, reminders, ends)) counted.push_back(clock);
  if (counted.empty()) {
    const End end = EndOf(row, Unlimited(row.legal_class), reminders, ends);
    out.outcome = end.ended ? statistics::kInTime : statistics::kOpen;
    return out;
  }
  const WatchedClock& aim = AimOf(counted);
  const End end = EndOf(row, aim, reminders, ends);
  if (end.ended) {
    // Where the time is gone the hub still knows whether the limit had passed by then.
    const bool late = end.at ? *end.at > aim.due : aim.told >= 100;
    out.outcome = late ? statistics::kLate : statistics::kInTime;
    return out;
  }
  const bool passed = std::any_of(counted.begin(), counted.end(), [&](const WatchedClock& clock) {
    return clock.due < now && !EndOf(row, clock, reminders, ends).ended;
  });
  out.outcome = passed ? statistics::kOverdue : statistics::kOpen;
  return out;
}

}  // namespace sam::admin
