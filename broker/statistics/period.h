// The periods that statistics are made for: whole calendar months, quarters or years in Swedish time. A
// hub publishes one length only (hub.toml, `statistics`): two tables over times that overlap could be
// taken from each other, and the rest would be what each of them hides. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::statistics {

enum class Length { kMonth, kQuarter, kYear };
inline constexpr const char* kLengthNames[] = {"month", "quarter", "year"};

struct Period {
  std::string name;  // "2026-03", "2026-Q1", "2026"
  Length length = Length::kQuarter;
  Millis from, until;           // [from, until), local midnights
  std::string first, last;      // the first and the last day, YYYY-MM-DD
};

// kInvalid: not written as a period, or of another length than `published`.
Result<Period> ParsePeriod(std::string_view text, Length published);

}  // namespace sam::statistics
