// What statistics know of one signal, or of another happening (a kind as `code`, no outcome): no identity, no
// id, no free text. `child`, for some happenings a parent, only tells equal from unequal within one run and
// is never shown. Plain values, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sam::statistics {

// A number that fewer children than this stand behind is not shown.
inline constexpr uint32_t kFewest = 5;
// The ninth decile of fewer is nearly the slowest single case.
inline constexpr uint32_t kFewestForDecile = 10;

// Times from when the hub had the signal on disk for its receiver.
enum Step : uint8_t { kDelivered, kRegistered, kAssessed, kAnswered, kSteps };
inline constexpr std::array<const char*, kSteps> kStepNames = {"delivered", "registered", "assessed",
                                                               "answered"};

// How it went, one of these for each signal. The names are the ends of text ids.
inline constexpr std::string_view kInTime = "answered";  // or answered where no limit is set
inline constexpr std::string_view kLate = "late";
inline constexpr std::string_view kOverdue = "overdue";  // not answered, the limit has passed
inline constexpr std::string_view kOpen = "open";        // disclosed, the limit has not passed
inline constexpr std::string_view kStopped = "stopped";  // held, denied or withheld: see `reason`
inline constexpr std::string_view kWithdrawn = "withdrawn";

struct Fact {
  uint32_t child = 0;
  std::string code;          // "SIG-A1"
  std::string legal_class;   // "A"
  std::string age;           // AgeBand()
  std::string municipality;  // four digits; empty: unknown or not to be told
  std::string outcome;       // one of the above
  std::string reason;        // text id, of what was stopped
  std::array<int64_t, kSteps> after_ms{-1, -1, -1, -1};  // -1: not come so far
};

// "0", "1-2", "3-5", "6-17", "18" or "unknown": by whole years between two dates YYYY-MM-DD.
std::string AgeBand(std::string_view birth_date, std::string_view on_date);

}  // namespace sam::statistics
