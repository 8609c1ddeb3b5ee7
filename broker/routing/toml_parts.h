// Inside broker/routing only: parts that the configuration readers share. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/text.h"
#include "broker/config/toml.h"
#include "broker/routing/dates.h"

namespace sam::routing {

// "expected an authority of this file, found "x"; did you mean "y"?"
inline void FailUnknown(config::Table& table, std::string_view key, const std::string& expected,
                        const std::string& found, const std::vector<std::string>& names) {
  const std::string near = NearestName(found, names);
  table.Fail(key, expected + ", found \"" + found + "\"" +
                      (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
}

inline Validity ReadValidity(config::Table& table, std::string_view from, std::string_view to,
                             Days days) {
  Validity out;
  if (const auto day = table.Date(from)) out.from = DayBegins(*day, days);
  if (const auto day = table.Date(to)) out.to = DayEnds(*day, days);
  if (out.from && out.to && *out.from >= *out.to) table.Fail(to, "a day not before the first one");
  return out;
}

}  // namespace sam::routing
