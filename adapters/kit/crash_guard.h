// CrashGuard: remembers over a crash which message was being worked on, so that one that brings the
// process down again and again is put aside instead of stopping the feed for ever.
// One thread; owned by the server. The file is written without sync: it must survive the process,
// not the machine. Limit: kMaxEntries suspects; the oldest is forgotten.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/crypto/digest.h"

namespace sam::kit {

class CrashGuard {
 public:
  static constexpr size_t kMaxEntries = 64;  // more messages than ever were bad at one time

  // kUnavailable: the file cannot be opened. Counts the message that was at hand when the process
  // last ended, if it did not end in peace.
  static Result<CrashGuard> Open(const std::string& path, int attempts);
  ~CrashGuard();
  CrashGuard(CrashGuard&& other) noexcept;
  CrashGuard& operator=(CrashGuard&&) = delete;

  bool IsPoison(const Mac16& key) const;
  void Enter(const Mac16& key);
  void Leave();                   // worked on to the end, whatever came of it
  void Forget(const Mac16& key);  // stored: no suspect any more

 private:
  struct Entry {
    Mac16 key;
    uint8_t crashes = 0;
  };
  CrashGuard(int fd, int attempts) : fd_(fd), attempts_(attempts) {}
  void Save();

  int fd_;
  int attempts_;
  std::vector<Entry> entries_;
};

}  // namespace sam::kit
