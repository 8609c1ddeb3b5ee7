// Rehearsal: what would be decided on one event if the hub knew nothing but its configuration. The
// very Dispatcher of the live hub over a store in memory that holds the configuration in force; each
// event is folded alone, its decisions are told and the fold is dropped. So the answer says nothing
// about any child, and patterns over several events or over time never show.
// One thread, not dispatch's own: it reads the live store's configuration and clock mark, nothing
// else. The live store outlives it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/journal/inbox.h"
#include "broker/store/memory_store.h"
#include "broker/wire/frame.h"

namespace sam::dispatch {

class Rehearsal {
 public:
  explicit Rehearsal(const Store& live) : live_(live) {}

  // `draft`: what admission made of `event`, which is whole. kUnavailable: no configuration yet.
  Result<wire::TrialAnswer> Try(const journal::Draft& draft, const std::string& event, Millis now);

 private:
  Status Follow();  // the configuration in force
  Status TakeConfig();

  const Store& live_;
  MemoryStore memory_;
  std::string config_;
  std::optional<Dispatcher> dispatcher_;
};

}  // namespace sam::dispatch
