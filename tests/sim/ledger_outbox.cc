#include "tests/sim/ledger_outbox.h"

#include <string>

#include "broker/wire/codec.h"

namespace sam::sim {

Status LedgerOutbox::Read(OutboxSeq from, size_t max_bytes, const Visitor& visit) {
  return outbox_.Read(from, max_bytes, [&](OutboxSeq seq, std::string_view bytes) {
    if (sent_.count(seq.value) == 0) {
      auto event = wire::Parse<schema::Event>(bytes);
      if (!event.ok()) {
        world_.Violate("an outbox holds what is no event: " + event.error().message);
        return false;
      }
      const auto header = event->get().getHeader();
      sent_[seq.value] = {header.getSource().getSystemId().cStr(),
                          header.getSourceMessageId().cStr()};
    }
    return visit(seq, bytes);
  });
}

Status LedgerOutbox::Refused(OutboxSeq seq, wire::Refusal code, std::string_view field) {
  const bool expected = code == wire::Refusal::CONFLICT || code == wire::Refusal::ENVELOPE_REUSED;
  if (!expected)
    world_.Violate(std::string("ingress refused an honest event: ") + wire::RefusalName(code) +
                   " " + std::string(field));
  SAM_TRY(outbox_.Refused(seq, code, field));
  sent_.erase(seq.value);
  ++world_.ledger.refused;
  ++world_.ledger.seen["refused"];
  return Ok();
}

Status LedgerOutbox::AcceptedTo(OutboxSeq seq) {
  // Told is told, whether or not this outbox manages to remember it.
  while (!sent_.empty() && sent_.begin()->first <= seq.value) {
    world_.ledger.told.push_back(sent_.begin()->second);
    sent_.erase(sent_.begin());
  }
  return outbox_.AcceptedTo(seq);
}

}  // namespace sam::sim
