#include "adapters/inbox/audit.h"

#include <capnp/message.h>

#include <utility>

#include "adapters/inbox/spaces.h"
#include "broker/base/text.h"
#include "broker/wire/codec.h"

namespace sam::inbox {

namespace {

std::string EncodeAudit(const AuditRow& row) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::InboxAudit>();
  out.setAt(row.at.value);
  out.setBy(row.by);
  out.setAction(row.action);
  if (!row.signal.empty()) out.setSignalId(wire::AsData(row.signal.view()));
  out.setDoor(row.door);
  out.setDetail(row.detail);
  return wire::Flatten(message);
}

Result<AuditRow> DecodeAudit(std::string_view bytes) {
  return wire::ReadOwn<schema::InboxAudit>(
      bytes, [](schema::InboxAudit::Reader in) -> Result<AuditRow> {
        AuditRow row;
        row.at = Millis(in.getAt());
        row.by = std::string(wire::View(in.getBy()));
        row.action = in.getAction();
        row.signal = SignalId::From(wire::View(in.getSignalId())).value_or(SignalId{});
        row.door = in.getDoor();
        row.detail = std::string(wire::View(in.getDetail()));
        return row;
      });
}

}  // namespace

Result<Audit> Audit::Open(const Box& box, const Clock& clock) {
  SAM_ASSIGN(auto sequence, DurableSequence::Open(box.store(), spaces::kAudit, "audit"));
  return Audit(box, clock, std::move(sequence));
}

void Audit::Append(Batch& batch, const Who& who, Action action, const SignalId& signal,
                   const std::string& detail) {
  AuditRow row;
  row.at = clock_->Now();
  row.by = who.name;
  row.door = who.door;
  row.action = action;
  row.signal = signal;
  row.detail = detail;
  const std::string key = BigEndian64(sequence_.Next());
  sequence_.Append(batch, box_->Seal(spaces::kAudit, key, EncodeAudit(row)));
}

Status Audit::Note(const Who& who, Action action, const SignalId& signal,
                   const std::string& detail) {
  Batch batch;
  Append(batch, who, action, signal, detail);
  const Status applied = box_->store().Apply(batch, Durability::kNow);
  if (applied.ok()) return Ok();
  SAM_TRY(Reload());
  return applied.error();
}

Status Audit::Each(uint64_t from, size_t limit, const Visitor& visit) const {
  Status inner = Ok();
  SAM_TRY(sequence_.Read(from, limit, [&](uint64_t number, std::string_view sealed) {
    const auto plain = box_->Unseal(spaces::kAudit, BigEndian64(number), sealed);
    auto row = plain.ok() ? DecodeAudit(*plain) : Result<AuditRow>(plain.error());
    if (!row.ok()) {
      inner = row.error();
      return false;
    }
    row->number = number;
    return visit(*row);
  }));
  return inner;
}

}  // namespace sam::inbox
