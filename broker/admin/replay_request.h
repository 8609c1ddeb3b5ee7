// A replay that two people agree to ([replay] second_person in hub.toml): one operator asks, which is an
// audit row with the range and the reason; another one agrees within a day, and its steps run. All of it
// is read back from the log: a hub that restarts forgets no request and runs none twice.
// Any thread: reads records only. Limits: kReplayRequestHours; a look at a request reads the headers of
// what came after it, at most a day's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/admin/replay.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"
#include "broker/journal/inbox.h"
#include "broker/journal/reader.h"

namespace sam::admin {

inline constexpr const char* kReplayAskedAction = "replay-asked";
inline constexpr const char* kReplayAgreedAction = "replay-agreed";
// Whoever comes in the next morning can still agree; what nobody agreed to by then is asked for again.
inline constexpr int64_t kReplayRequestHours = 24;

struct ReplayRequest {
  Offset place;  // its number: the audit row's place in the log
  Millis asked_at;
  std::string asker, reason;
  ReplayRange range;
  uint64_t next = 0;  // everything before has been run already
  bool IsDone() const { return next > range.to; }
};

struct Actor {
  std::string name, role;
};
journal::Draft AskDraft(const ReplayRange& range, const Actor& asker, const std::string& reason);
journal::Draft AgreeDraft(const ReplayRequest& request, const ReplayRange& step, const Actor& agreer,
                          const std::string& reason);

// kNotFound: no request stands there.
Result<ReplayRequest> ReadReplayRequest(const journal::Reader& log, Offset place);
// Those of the last day that have steps left, newest first.
Result<std::vector<ReplayRequest>> WaitingReplayRequests(const journal::Reader& log, Millis now);

// May `caller` run `step` of it now? kDenied: the same person asked; kConflict: too late, run already or
// more than was asked for.
Status MayAgree(const ReplayRequest& request, const std::string& caller, const ReplayRange& step,
                Millis now);

}  // namespace sam::admin
