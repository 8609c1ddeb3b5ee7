#include "broker/dispatch/clocks.h"

#include <algorithm>

#include "broker/base/text.h"
#include "broker/contract/answers.h"
#include "broker/dispatch/orders.h"
#include "broker/store/spaces.h"

namespace sam::dispatch {
namespace {

using schema::LadderState;

// The lowest step that stops a limit; any later one does so too. UNKNOWN: none, a decision or an event does. A signal
// that awaits an answer has its own (contract/answers.h).
struct Stop {
  std::string_view kind;
  LadderState state;
};
constexpr Stop kStops[] = {
    {kReceiptClock, LadderState::REGISTERED},   {"clock.offer", LadderState::REGISTERED},
    {"clock.reply", LadderState::REGISTERED},   {"clock.confirm", LadderState::REGISTERED},
    {"clock.assess", LadderState::ASSESSED},    {"clock.decide", LadderState::ANSWERED},
    {"clock.answer", LadderState::ANSWERED},    {"clock.review", LadderState::UNKNOWN},
    {kExamClock, LadderState::UNKNOWN},         {kResultClock, LadderState::UNKNOWN},
    {kInquiryClock, LadderState::UNKNOWN},      {kDeliveryClock, LadderState::DELIVERED},
};

std::optional<LadderState> StopOf(std::string_view kind) {
  for (const Stop& stop : kStops)
    if (stop.kind == kind) return stop.state;
  return std::nullopt;
}

}  // namespace

bool HasEnded(const SignalRow& row, const WatchedClock& clock, const rules::Reminders& reminders) {
  if (clock.done || (EndsByResult(clock.kind) && !reminders.exams)) return true;
  if (clock.kind == kInquiryClock && !reminders.inquiries) return true;
  if (clock.kind == kDeliveryClock && reminders.delivery_minutes == 0) return true;
  if (row.withdrawn || row.outcome != schema::Outcome::DELIVER || !row.released_as.empty())
    return true;
  // A prompt is not answered: a person decides on it.
  if (row.decision != schema::PromptDecided::Decision::UNKNOWN) return true;
  const auto stop = StopOf(clock.kind);
  if (!stop) return true;
  const bool by_answer = row.awaits_answer && contract::EndsWithAnswer(clock.kind);
  const LadderState least = by_answer ? LadderState::ANSWERED : *stop;
  if (least == LadderState::UNKNOWN) return false;
  return std::any_of(row.ladder.begin(), row.ladder.end(), [least](const LadderStep& step) {
    return step.state >= least && step.state <= LadderState::ANSWERED;
  });
}

bool IsForReceiver(std::string_view clock) { return clock != kDeliveryClock; }

bool HasReceiversClock(const SignalRow& row) {
  return std::any_of(row.clocks.begin(), row.clocks.end(),
                     [](const WatchedClock& clock) { return IsForReceiver(clock.kind); });
}

Millis MarkTime(const WatchedClock& clock, int64_t percent) {
  const int64_t whole = clock.due.value - clock.started.value;
  return Millis(clock.started.value + whole / 100 * percent + whole % 100 * percent / 100);
}

int64_t PassedMark(const WatchedClock& clock, const rules::Reminders& reminders, Millis now) {
  if (clock.told < 100 && MarkTime(clock, 100) <= now) return 100;
  int64_t passed = 0;
  for (const int64_t mark : reminders.marks)
    if (mark > clock.told && MarkTime(clock, mark) <= now) passed = mark;
  return passed;
}

std::optional<Millis> UrgeTime(const SignalRow& row, const WatchedClock& clock,
                               const rules::Reminders& reminders) {
  if (!row.acute || clock.urged || clock.kind != kReceiptClock) return std::nullopt;
  return Millis(clock.started.value + reminders.acute_minutes * kMinuteMs);
}

std::optional<Millis> NextLook(const SignalRow& row, const rules::Reminders& reminders,
                               Millis now) {
  std::optional<Millis> next;
  const auto consider = [&](Millis at) {
    // What has passed already is looked at by the next tick.
    at = std::max(at, now);
    if (!next || at < *next) next = at;
  };
  for (const WatchedClock& clock : row.clocks) {
    if (HasEnded(row, clock, reminders)) continue;
    if (clock.told < 100) consider(MarkTime(clock, 100));
    for (const int64_t mark : reminders.marks)
      if (mark > clock.told && IsForReceiver(clock.kind)) consider(MarkTime(clock, mark));
    if (const auto urge = UrgeTime(row, clock, reminders)) consider(*urge);
  }
  return next;
}

std::string OverdueKey(const std::string& kind, const SignalId& id) {
  std::string key = kind;
  key.push_back('\0');
  key.append(id.view());
  return key;
}

std::string OverdueValue(const SubjectId& subject, Millis due) {
  std::string value(subject.view());
  value.append(BigEndian64(static_cast<uint64_t>(due.value)));
  return value;
}

Result<std::map<std::string, uint64_t>> CountOverdue(const Store& store) {
  std::map<std::string, uint64_t> counts;
  SAM_TRY(store.Scan(spaces::kOverdue, "", "", [&](std::string_view key, std::string_view) {
    ++counts[std::string(key.substr(0, key.find('\0')))];
    return true;
  }));
  return counts;
}

}  // namespace sam::dispatch
