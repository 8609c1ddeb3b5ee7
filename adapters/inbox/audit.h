// Audit: who looked at what, answered, took files out or tried to sign in, in order, sealed. Rows are
// written in the same batch as what they tell of, are never changed and never removed here.
// Owned by the Inbox; its thread only.
// Limits: none of its own; a try to sign in is noted only for an account that exists, and the door
// makes those who guess wait.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "adapters/inbox/box.h"
#include "adapters/inbox/rows.h"
#include "broker/base/clock.h"
#include "broker/store/sequence.h"

namespace sam::inbox {

using Action = schema::InboxAudit::Action;
using Door = schema::InboxAudit::Door;

// Who acts: an account of the operating system at the command line, or one of the web inbox.
struct Who {
  Who(std::string account, Door through = Door::COMMAND)  // NOLINT(google-explicit-constructor)
      : name(std::move(account)), door(through) {}
  Who(const char* account) : name(account) {}  // NOLINT(google-explicit-constructor)
  std::string name;
  Door door = Door::COMMAND;
};

struct AuditRow {
  uint64_t number = 0;
  Millis at;
  std::string by;
  Door door = Door::COMMAND;
  Action action = Action::UNKNOWN;
  SignalId signal;     // empty: of no signal
  std::string detail;  // a step, the number of an attachment; never of a person's
};

class Audit {
 public:
  static Result<Audit> Open(const Box& box, const Clock& clock);

  // When the batch is not applied: Reload().
  void Append(Batch& batch, const Who& who, Action action, const SignalId& signal = {},
              const std::string& detail = {});
  // What belongs to no batch: signing in and out.
  Status Note(const Who& who, Action action, const SignalId& signal = {},
              const std::string& detail = {});
  Status Reload() { return sequence_.Reload(); }

  using Visitor = std::function<bool(const AuditRow&)>;
  Status Each(uint64_t from, size_t limit, const Visitor& visit) const;
  uint64_t next() const { return sequence_.Next(); }

 private:
  Audit(const Box& box, const Clock& clock, DurableSequence sequence)
      : box_(&box), clock_(&clock), sequence_(std::move(sequence)) {}
  const Box* box_;
  const Clock* clock_;
  DurableSequence sequence_;
};

}  // namespace sam::inbox
