// Output of the operator's tool: data on stdout, talk on stderr. With --json one JSON object per
// line, each with "v":1 and a "type"; otherwise aligned text. One per process, main thread.
// Exit codes are documented in deploy/OPERATING.md and nowhere else decided.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::admin {

enum Exit : int {
  kOk = 0,
  kGeneral = 1,
  kUsage = 2,
  kNotFound = 3,
  kDenied = 4,
  kConflict = 5,
  kUnavailable = 6,
  kIntegrity = 7,
  kPartial = 8,
};

int ExitOf(const Error& error);

class Output {
 public:
  explicit Output(bool json) : json_(json) {}
  bool json() const { return json_; }

  void Line(std::string_view text);                 // text mode only
  void Object(std::string_view type, nlohmann::json fields);  // json mode only
  // Both modes: a table of rows, or one object per row with the headers as keys.
  void Table(std::string_view type, const std::vector<std::string>& headers,
             const std::vector<std::vector<std::string>>& rows);
  // Tells what went wrong on stderr (or as an object on stdout with --json); returns the exit code.
  int Fail(const Error& error);
  // "12,345 of 90,000" on stderr, at most twice a second and only on a terminal.
  void Progress(std::string_view what, uint64_t done, uint64_t total);
  void EndProgress();

 private:
  bool json_;
  int64_t last_progress_us_ = 0;
  bool progress_shown_ = false;
};

}  // namespace sam::admin
