// What the commands of samsignal-adapter share: data on standard output, talk on standard error,
// exit codes, and the way to an adapter's store: through the door of a running adapter, or the
// store itself when none runs. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/commands.h"
#include "adapters/program/adapter.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"

namespace sam::program {

void Print(const std::string& text);
// 1 general, 3 not found, 4 denied, 5 conflict, 6 unavailable, 7 integrity.
int ToolExit(Code code);
inline constexpr int kUsageExit = 2;
inline constexpr int kPartialExit = 8;
int Fail(const Error& error);  // says it, gives its exit code
int Usage(const char* what);   // the same for a command line that is not one

class Desk {
 public:
  static Result<std::unique_ptr<Desk>> Open(const std::string& config);
  // One request and its answer (kit/commands.h).
  Result<std::string> Ask(const kit::Words& words);

 private:
  explicit Desk(kit::AdapterConfig config) : config_(std::move(config)) {}
  kit::AdapterConfig config_;
  SystemClock clock_;
  std::unique_ptr<AdapterCore> core_;  // when no adapter runs
  std::optional<kit::Commands> commands_;
};

// One request, printed. The exit code.
int AskAndPrint(const std::string& config, const kit::Words& words);
// An erasure: kPartialExit while events of the person wait for the hub.
int AskErase(const std::string& config, const kit::Words& words);
// A request whose answer comes in pages; `nothing` is said in text when there is not a line.
int AskPages(const std::string& config, const kit::Words& words, const std::string& nothing);

struct BulkOrder {
  std::string action;  // resend, discard
  std::string reason;
  kit::Words filter;
  bool json = false;
  bool yes = false;          // false: only counts
  uint64_t stop_after = 10;  // failures; 0: never
};
// 0 done or only counted, 8 some failed or it stopped.
int Bulk(const std::string& config, const BulkOrder& order);

}  // namespace sam::program
