#include "adapters/inbox/outbox.h"

#include <algorithm>

#include "adapters/inbox/spaces.h"
#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::inbox {

namespace {
constexpr size_t kReadMax = 256;  // records looked at in one Read
Cursor AcceptedCursor(const Box& box) {
  return Cursor(box.store(), spaces::kCursors, "outbox.accepted");
}
}  // namespace

Result<Outbox> Outbox::Open(const Box& box, const Clock& clock) {
  SAM_ASSIGN(auto sequence, DurableSequence::Open(box.store(), spaces::kOutbox, "outbox"));
  Outbox out(box, clock, std::move(sequence));
  SAM_ASSIGN(out.accepted_, AcceptedCursor(box).Get());
  return out;
}

uint64_t Outbox::Append(Batch& batch, std::string_view event) {
  const uint64_t seq = sequence_.Next();
  return sequence_.Append(batch, box_->Seal(spaces::kOutbox, BigEndian64(seq), event));
}

Status Outbox::Read(OutboxSeq from, size_t max_bytes, const Visitor& visit) {
  size_t given = 0;
  Status inner = Ok();
  SAM_TRY(sequence_.Read(from.value, kReadMax, [&](uint64_t seq, std::string_view sealed) {
    auto event = box_->Unseal(spaces::kOutbox, BigEndian64(seq), sealed);
    if (!event.ok()) {
      inner = event.error();
      return false;
    }
    given += event->size();
    return visit(OutboxSeq(seq), *event) && given < max_bytes;
  }));
  return inner;
}

Status Outbox::AcceptedTo(OutboxSeq seq) {
  if (seq.value == accepted_) return Ok();
  Batch batch;
  AcceptedCursor(*box_).Put(batch, seq.value);
  SAM_TRY(box_->store().Apply(batch, Durability::kNow));
  accepted_ = seq.value;
  return Ok();
}

Status Outbox::TrimTo(OutboxSeq seq) {
  const uint64_t upto = std::min(seq.value, accepted_);
  while (sequence_.Floor() < upto) {
    const uint64_t before = sequence_.Floor();
    Batch batch;
    const uint64_t floor = sequence_.Trim(batch, upto);
    SAM_TRY(box_->store().Apply(batch, Durability::kLater));
    if (floor == before) break;
  }
  return Ok();
}

Status Outbox::Refused(OutboxSeq seq, wire::Refusal code, std::string_view field) {
  SAM_ASSIGN(const auto known, RefusalOf(seq.value));
  if (known) return Ok();
  log::Error("inbox", "answer-refused",
             {{"outbox", seq.value}, {"code", wire::RefusalName(code)}, {"field", field}});
  Batch batch;
  box_->Put(batch, spaces::kRefused, BigEndian64(seq.value),
            Encode(RefusalRow{code, std::string(field), clock_->Now()}));
  return box_->store().Apply(batch, Durability::kNow);
}

Result<std::optional<RefusalRow>> Outbox::RefusalOf(uint64_t seq) const {
  SAM_ASSIGN(const auto bytes, box_->Get(spaces::kRefused, BigEndian64(seq)));
  if (!bytes) return std::optional<RefusalRow>();
  SAM_ASSIGN(auto row, DecodeRefusal(*bytes));
  return std::optional<RefusalRow>(std::move(row));
}

}  // namespace sam::inbox
