// Outbox: answers on their way to the hub, sealed, kept until the hub says they may be forgotten.
// Owned by the Inbox; its thread only. Limits: none of its own, an agency answers by hand.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/inbox/box.h"
#include "adapters/inbox/rows.h"
#include "broker/base/clock.h"
#include "broker/client/source_client.h"
#include "broker/store/sequence.h"

namespace sam::inbox {

class Outbox final : public client::OutboxSource {
 public:
  static Result<Outbox> Open(const Box& box, const Clock& clock);

  // Puts the event into the batch and returns its number. When the batch is not applied: Reload().
  uint64_t Append(Batch& batch, std::string_view event);
  Status Reload() { return sequence_.Reload(); }

  Status Read(OutboxSeq from, size_t max_bytes, const Visitor& visit) override;
  Status AcceptedTo(OutboxSeq seq) override;
  Status TrimTo(OutboxSeq seq) override;
  Status Refused(OutboxSeq seq, wire::Refusal code, std::string_view field) override;
  OutboxSeq accepted() const override { return OutboxSeq(accepted_); }

  uint64_t next() const { return sequence_.Next(); }
  Result<std::optional<RefusalRow>> RefusalOf(uint64_t seq) const;

 private:
  Outbox(const Box& box, const Clock& clock, DurableSequence sequence)
      : box_(&box), clock_(&clock), sequence_(std::move(sequence)) {}

  const Box* box_;
  const Clock* clock_;
  DurableSequence sequence_;
  uint64_t accepted_ = 0;
};

}  // namespace sam::inbox
