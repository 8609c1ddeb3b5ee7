// Days of validity: Swedish calendar days, by the rules in code (swedish_days.h), never by a zone table,
// since the log must give the same answer whatever tables are installed. Pure, any thread.
// The law's own days (a consent's last one, an order's) are taken cautiously: a day begins at 00:00Z, 1-2 hours after
// Swedish midnight, and ends at 22:00Z, at or before it. So were those of directory and agreements before fold
// edition 5, and between two rows of a unit neither held; and birthdays before edition 8, when somebody was a child
// for an hour or two of the day on which the law said otherwise.
#pragma once

#include <optional>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/base/swedish_days.h"
#include "broker/base/text.h"

namespace sam::routing {

// First moment of the day YYYY-MM-DD; empty: not a date.
inline std::optional<Millis> StartOfDay(std::string_view date) {
  if (date.size() != 10) return std::nullopt;
  return FromIso(date);
}

// First moment that is no longer within the day; empty: not a date.
inline std::optional<Millis> EndOfDay(std::string_view date) {
  const std::optional<Millis> start = StartOfDay(date);
  if (!start) return std::nullopt;
  return Millis(start->value + 22 * kHourMs);
}

enum class Days { kCautious, kSwedish };

// As a row's first and last day; empty: not a date.
inline std::optional<Millis> DayBegins(std::string_view date, Days days) {
  const std::optional<Millis> start = StartOfDay(date);
  if (!start || days == Days::kCautious) return start;
  return Millis(EndOfSwedishDay(start->value / kDayMs - 1).value + 1);
}

inline std::optional<Millis> DayEnds(std::string_view date, Days days) {
  const std::optional<Millis> start = StartOfDay(date);
  if (!start || days == Days::kCautious) return EndOfDay(date);
  return Millis(EndOfSwedishDay(start->value / kDayMs).value + 1);
}

// From `from` (inclusive) to `to` (exclusive); an absent end is open.
struct Validity {
  std::optional<Millis> from;
  std::optional<Millis> to;
  bool Holds(Millis now) const { return (!from || now >= *from) && (!to || now < *to); }
  bool Overlaps(const Validity& other) const {
    return (!to || !other.from || *other.from < *to) && (!other.to || !from || *from < *other.to);
  }
  // When it next begins or ceases to hold; empty: never.
  std::optional<Millis> NextChange(Millis after) const {
    if (from && *from > after) return from;
    return to && *to > after ? to : std::nullopt;
  }
};

inline std::optional<Millis> Sooner(std::optional<Millis> a, std::optional<Millis> b) {
  if (!a || !b) return a ? a : b;
  return *a < *b ? a : b;
}

}  // namespace sam::routing
