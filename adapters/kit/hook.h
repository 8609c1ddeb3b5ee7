// Hook: starts the operator's program for an alarm (a pager, a text message, a ticket) and looks
// now and then whether it has ended. Never waits: a program that hangs delays no message. One
// thread; owned by the watch. Limits: one program at a time, killed with its children after the
// timeout. The program gets no shell, no standard streams, no open files and nothing of the
// adapter's environment but PATH, LANG and the alarm itself.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "broker/base/result.h"

namespace sam::kit {

class Hook {
 public:
  enum class State { kIdle, kRunning, kDone, kFailed };
  using Environment = std::vector<std::pair<std::string, std::string>>;

  Hook(std::vector<std::string> command, int64_t timeout_ms)
      : command_(std::move(command)), timeout_ms_(timeout_ms) {}
  ~Hook();  // a program that still runs is left to run
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;

  bool configured() const { return !command_.empty(); }
  bool running() const { return pid_ > 0; }
  // kUnavailable: the program cannot be started. kConflict: one runs already.
  Status Start(const Environment& environment, int64_t now_us);
  // kDone and kFailed are told once; `why` then says how it failed.
  State Poll(int64_t now_us);
  const std::string& why() const { return why_; }

 private:
  const std::vector<std::string> command_;
  const int64_t timeout_ms_;
  pid_t pid_ = 0;
  int64_t started_us_ = 0;
  bool killed_ = false;
  std::string why_;
};

}  // namespace sam::kit
