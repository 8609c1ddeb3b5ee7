// Untouched: looks every minute for signals that nobody here has opened, said anything of or decided on, tells
// how many and how old, and calls a person when one has lain for too long: a line in the log, a gauge, and
// the agency's own program (a pager, a text message). A signal is called for once.
// The inbox's thread. Limits: the newest kLooked rows, since opening each row has its price; one program at a
// time. Where another system takes the lines (--ndjson) none are opened here: only who sets [untouched] is called.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/inbox/inbox.h"
#include "adapters/kit/hook.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"

namespace sam::inbox {

struct UntouchedConfig {
  int64_t acute_minutes = 15;   // 1 .. 1440
  int64_t minutes = 480;        // 1 .. 43200
  std::vector<std::string> hook;  // program and arguments; empty: none
};

class Untouched {
 public:
  static constexpr uint64_t kLooked = 2'000;
  static constexpr int64_t kLookMicros = 60'000'000;
  static constexpr int64_t kHookMs = 30'000;

  Untouched(const Inbox& inbox, UntouchedConfig config, std::string function, const Clock& clock);
  Status Step();

 private:
  struct Found {
    uint64_t count = 0, overdue = 0, newest_overdue = 0;
    int64_t oldest_minutes = 0;
  };
  Result<bool> IsUntouched(const Row& row, bool* acute) const;
  Status Look(Found* acute, Found* normal) const;
  void Tell(const char* urgency, const Found& found, uint64_t* told);

  const Inbox& inbox_;
  const UntouchedConfig config_;
  const std::string function_;
  const Clock& clock_;
  kit::Hook hook_;
  int64_t look_at_us_ = 0;
  uint64_t told_acute_ = 0, told_normal_ = 0;  // the newest that was called for
  metrics::Gauge acute_, normal_, acute_oldest_, normal_oldest_, overdue_;
};

}  // namespace sam::inbox
