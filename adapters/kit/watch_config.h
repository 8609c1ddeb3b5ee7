// [watch] of adapter.toml: what is to be called an alarm, and whom to call. Read once, then const.
// Without the section the general alarms have the values here; a feed is silent only by an
// expectation that somebody wrote down.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/kit/office_hours.h"
#include "broker/config/toml.h"

namespace sam::kit {

struct FeedExpectation {
  std::string source;       // system id
  int64_t interval_ms = 0;  // open time without a message that is silence
  std::vector<std::string> hours;
  OfficeHours::Holidays holidays = OfficeHours::Holidays::kClosed;
  std::vector<std::string> closed;
};

struct WatchConfig {
  std::vector<FeedExpectation> feeds;
  std::vector<std::string> hook;  // program and arguments; empty: none
  int64_t hook_timeout_ms = 30'000;
  uint64_t outbox_events = 10'000;
  int64_t outbox_age_ms = 3'600'000;  // a signal waits at most an hour unseen
  int error_percent = 5;
  int error_window = 100;  // of so many last messages
  int64_t clock_skew_ms = 900'000;
  int64_t certificate_ms = int64_t{30} * 24 * 3'600'000;
};

// Reads [watch], if it is there. `source`: the system id of [source], for feeds without one.
// Findings are noted in the table, as everywhere.
WatchConfig ReadWatch(config::Table& root, const std::string& source);

}  // namespace sam::kit
