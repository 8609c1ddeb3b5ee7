// The words of `samsignal-adapter quarantine`. Options outlive the parsing. One thread, main's.
#pragma once

#include <string>

#include "adapters/program/tool.h"

namespace CLI {
class App;
}

namespace sam::program {

struct QuarantineOptions {
  std::string config;
  std::string number;  // empty: all that the filter names
  std::string reason;  // of show, resend, discard: why; into the audit
  std::string fixed;
  std::string filter_reason, trigger, state, since, until, peer;
  uint64_t stop_after = 10;
  bool reveal = false;
  bool json = false;
  bool yes = false;
  bool all = false;
};

void AddQuarantine(CLI::App& app, QuarantineOptions& options);
// After `quarantine` was named on the command line. The exit code.
int RunQuarantine(const CLI::App& app, const QuarantineOptions& options);

}  // namespace sam::program
