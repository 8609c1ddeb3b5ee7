// [intake] of inbox.toml: where and how signals are written to the social system. Read once, then
// const; the keys are read again before each use, so that they change without a restart.
#pragma once

#include <cstdint>
#include <string>

#include "adapters/intake/code_lists.h"
#include "adapters/rest/http_pull.h"
#include "adapters/rest/iso_time.h"
#include "broker/base/ids.h"
#include "broker/config/toml.h"

namespace sam::intake {

struct Config {
  rest::BaseAddress base;  // ".../apifc/v1"
  std::string keys_file;
  rest::HttpPullOptions http;
  CodeLists lists;
  bool look_up = true;         // Extract/Actualisations is open to us
  bool test_signals = false;   // test signals are not written, unless the system is a test one
  rest::TimeStyle times = rest::TimeStyle::kLocal;
  int64_t settle_ms = kMinuteMs;  // so long a POST may still be under way over there
  uint32_t attempts = 8;          // POSTs of one signal before a person is asked
  bool files = true;               // the files of a report go after its page
  bool look_up_files = true;       // GET Attachments of an intake tells which are there
  int64_t file_wait_ms = 24 * kHourMs;  // one that is not whole by then is named as missing
  int64_t backoff_min_ms = 5'000;
  int64_t backoff_max_ms = 15 * kMinuteMs;
};

// Mistakes are noted at their place in the table; those of a code table as file:line:column.
// `folder`, with a slash at its end: what relative paths are relative to.
Config ReadConfig(config::Table table, const std::string& folder);

// The files that requests need, and that the certificate we show has not ended: now, not at the first report.
// One finding a line: key, file, why.
Status CheckFiles(const Config& config, Millis now);

}  // namespace sam::intake
