// The judge of "have we seen this?": MedCom's four cases over message key M and event id E.
//
//                 E new                          E seen
//   M new         written                        envelope reused: refused
//   M seen        duplicate: answered as the first time (the acknowledgement was lost), or a
//                 conflict when the content differs
//
// The same conflicting message sent again gets the same answer and no second record. The index is
// kept as long as the log, not for a window.
// One owner: the journal thread. Sees the batch being built, so two equal messages in one batch are
// one record. Limits: what one round of the journal holds.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "broker/base/result.h"
#include "broker/journal/inbox.h"
#include "broker/journal/record_codec.h"
#include "broker/store/store.h"

namespace sam::journal {

class Deduper {
 public:
  explicit Deduper(const Store& store) : store_(store) {}

  struct Verdict {
    Taken taken = Taken::kWritten;
    bool write = true;  // a record is to be written, as an event or as a conflict
    Offset offset;      // of the first one, when nothing is to be written
  };
  // For event drafts. kCorrupt: the index is damaged.
  Result<Verdict> Judge(const Draft& draft);
  // The draft was given this offset: rows into the batch, and seen by the next Judge.
  void Note(const Draft& draft, Taken taken, Offset offset, Batch& batch);
  // The record that was written for this message key; empty: none yet.
  Result<std::optional<Offset>> OffsetOf(const std::string& message_key) const;
  Result<std::optional<Offset>> OffsetOf(const EventId& event) const;  // empty: never seen
  void Forget();  // the round is on disk: the store knows by itself now

 private:
  struct Event {
    EventRow row;
    std::string content_digest;  // of this round only; older ones are read from their header
  };
  Result<std::optional<Dedupe>> FindKey(const std::string& key) const;
  Result<std::optional<Event>> FindEvent(const EventId& event) const;
  Result<Verdict> JudgeEventOnly(const Draft& draft, const Event& seen) const;

  const Store& store_;
  std::unordered_map<std::string, Dedupe> keys_;
  std::unordered_map<EventId, Event> events_;
};

}  // namespace sam::journal
