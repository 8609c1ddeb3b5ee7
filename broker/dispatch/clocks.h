// What stops a time limit, and when its receiver is to be reminded of it next. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "broker/base/result.h"
#include "broker/dispatch/ladder.h"
#include "broker/rules/clocks.h"
#include "broker/store/store.h"

namespace sam::dispatch {

inline constexpr char kDeadlineCode[] = "SIG-E3";
inline constexpr char kReceiptClock[] = "clock.receipt";
// Runs from the moment that a report may leave until its receiver's system has acknowledged it. Not one of a rule's,
// and no word of it to the receiver, who is away: [reminders] delivery_minutes.
inline constexpr char kDeliveryClock[] = "clock.delivery";
// Runs from the day that a board's own system says it opened an inquiry, until it says that it is closed.
inline constexpr char kInquiryClock[] = "clock.inquiry";

// The step that a time limit waits for is taken, or nobody waits for it any more: the signal was withdrawn,
// withheld, or stands under another id. The day of an examination and an inquiry end by what is told of them.
bool HasEnded(const SignalRow& row, const WatchedClock& clock, const rules::Reminders& reminders);

// The receiver is told it with the signal, in so far as it knows what it waits for.
bool IsForReceiver(std::string_view clock);
bool HasReceiversClock(const SignalRow& row);

// When so much of its time has gone.
Millis MarkTime(const WatchedClock& clock, int64_t percent);
// The highest of `marks` that has passed and was not told; 0: none. 100 is always looked at.
int64_t PassedMark(const WatchedClock& clock, const rules::Reminders& reminders, Millis now);
// An acute report, its receipt not there: when those in charge are told. Empty: not of this limit, or told.
std::optional<Millis> UrgeTime(const SignalRow& row, const WatchedClock& clock,
                               const rules::Reminders& reminders);
// When the signal's limits are to be looked at next; empty: never.
std::optional<Millis> NextLook(const SignalRow& row, const rules::Reminders& reminders, Millis now);

// Rows of kOverdue.
std::string OverdueKey(const std::string& kind, const SignalId& id);
std::string OverdueValue(const SubjectId& subject, Millis due);
// How many signals wait beyond a limit, by its kind. Any thread; sees applied rows.
Result<std::map<std::string, uint64_t>> CountOverdue(const Store& store);

}  // namespace sam::dispatch
