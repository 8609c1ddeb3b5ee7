// samsignal-inbox's processes: the store opened for a command, and `run` with all that is behind it.
// Called from main, once.
// Main thread; Opened has one owner, who outlives the stage that uses it.
#pragma once

#include <memory>

#include "adapters/inbox/config.h"
#include "adapters/inbox/inbox.h"
#include "broker/store/store.h"

namespace sam::inbox {

inline constexpr const char* kVersion = "0.1.0";

// What outlives the stage, in the order it is built.
struct Opened {
  std::unique_ptr<Store> store;
  std::unique_ptr<Inbox> inbox;
};
Result<Opened> OpenInbox(const Config& config, const Clock& clock);

// What `run` would refuse once the configuration is read: the hub's key has no key's form; a file of keys,
// of the web inbox's certificate or of the intake's keys is missing or may not be read. kInvalid: all of it.
Status CheckFiles(const Config& config);

// Receives and answers until SIGTERM or SIGINT. The exit code, after sysexits.
int RunDaemon(const Config& config, bool ndjson);
int DaemonExit(const Error& error);

}  // namespace sam::inbox
