// OwnRecord: one record at a time through a port of one's own, for a producer that has no stage.
// Tells where the newest one was written, never where one was that is waited for no longer.
// The producer's thread; the port must outlive it. Limits: as the port's.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "broker/base/result.h"
#include "broker/journal/inbox.h"

namespace sam::journal {

class OwnRecord {
 public:
  explicit OwnRecord(Port& port) : port_(port) {}

  // One begun earlier may still be written; its outcome is passed over. kUnavailable: too many are.
  Status Begin(Draft draft) {
    std::vector<Draft> drafts;
    drafts.push_back(std::move(draft));
    return Begin(std::move(drafts));
  }
  // Written together or not at all.
  Status Begin(std::vector<Draft> drafts) {
    written_.reset();
    Submission submission;
    submission.token = ++token_;
    submission.drafts = std::move(drafts);
    if (!port_.down.TryPush(std::move(submission)))
      return Unavailable("records come faster than the journal takes them");
    return Ok();
  }

  // Where it (the last of them) is on disk; empty: not yet.
  std::optional<Offset> Written() {
    while (auto outcome = port_.up.TryPop())
      if (outcome->token == token_ && !outcome->each.empty()) written_ = outcome->each.back().offset;
    return written_;
  }

 private:
  Port& port_;
  uint64_t token_ = 0;
  std::optional<Offset> written_;
};

}  // namespace sam::journal
