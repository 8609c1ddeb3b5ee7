// What a replay would send again, in which steps, and what came of each. Dispatch takes the rows of a
// mailbox by the place of their decision (command_fold.cc); the same rows are counted here, so that
// nothing is cut without a word: a step is never larger than what dispatch takes at once.
// Any thread: reads the mailbox only. Limits: as dispatch::kReplayMax.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/store/store.h"

namespace sam::admin {

// Half of what dispatch takes: one step holds its thread for about a second.
inline constexpr uint64_t kReplayStep = dispatch::kReplayMax / 2;

struct ReplayRange {
  std::string subscription;
  uint64_t from = 0, to = 0;  // places in the log, both included
};

struct ReplayCount {
  std::vector<uint64_t> decisions;  // of the rows that would be sent again, rising
  uint64_t withheld = 0;            // those among them that were withheld when they were decided
  uint64_t gone = 0;                // those whose content was disposed of: their numbers come without it
  uint64_t rows() const { return decisions.size(); }
};
Result<ReplayCount> CountReplay(const Store& store, const ReplayRange& range);

// Steps of at most `at_once` rows that together are the whole range, in order.
std::vector<ReplayRange> StepsOf(const ReplayRange& range, const ReplayCount& count,
                                 uint64_t at_once);

// The numbers that come next, before a replay; what stands from there on afterwards came of it.
using ReplayStart = std::array<Sequence, kLanes>;  // by lane
Result<ReplayStart> StartReplay(const Store& store, const std::string& subscription);

struct ReplayTold {
  uint64_t sent = 0, withheld = 0;  // numbers given, by the new decision
};
Result<ReplayTold> TellReplay(const Store& store, const std::string& subscription,
                              const ReplayStart& start);

}  // namespace sam::admin
