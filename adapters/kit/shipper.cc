#include "adapters/kit/shipper.h"

#include <algorithm>
#include <string>
#include <utility>

#include "broker/base/log.h"

namespace sam::kit {

Shipper::Shipper(AdapterStore& store, wire::ClientLink& link, client::SourceOptions options)
    : store_(store),
      whole_(store),
      source_(options.system_id),
      client_(link, *this, std::move(options)),
      waiting_("samsignal_adapter_outbox_waiting", "Events that the hub has not taken yet"),
      refused_("samsignal_adapter_hub_refused_total", "Events that the hub will never take") {}

Result<int> Shipper::Step(int64_t now_us) {
  waiting_.Set(static_cast<double>(waiting()));
  return client_.Step(now_us);
}

Status Shipper::Read(OutboxSeq from, size_t max_bytes, const Visitor& visit) {
  return whole_.Read(from.value, max_bytes, [&](uint64_t seq, std::string_view event) {
    return visit(OutboxSeq(seq), event);
  });
}

Status Shipper::AcceptedTo(OutboxSeq seq) {
  const uint64_t number = std::min(seq.value, store_.outbox_next() - 1);
  if (number == store_.accepted()) return Ok();
  SAM_TRY(store_.Begin());
  store_.PutAccepted(number);
  return store_.Commit();
}

Status Shipper::TrimTo(OutboxSeq seq) {
  SAM_TRY(store_.Begin());
  SAM_TRY(store_.TrimOutbox(seq.value));
  return store_.Commit();
}

Status Shipper::Refused(OutboxSeq seq, wire::Refusal code, std::string_view field) {
  SAM_TRY(store_.Begin());
  SAM_ASSIGN(const bool known, store_.WasRefused(seq.value));
  if (known) return Ok();  // told before a crash or by the hub before a restore, and put aside then
  SAM_ASSIGN(const std::optional<std::string> event, whole_.Event(seq.value));
  if (!event) return Ok();
  Quarantined row;
  row.at = store_.clock().Now();
  row.reason = "hub-refused";
  row.detail = std::string("the hub refused the event: ") + wire::RefusalName(code) +
               (field.empty() ? "" : ", field " + std::string(field));
  row.source = source_;
  row.event = *event;
  const uint64_t number = store_.PutQuarantine(std::move(row));
  store_.PutRefused(seq.value, number);
  SAM_TRY(store_.Commit());
  refused_.Add();
  log::Error("shipper", "hub-refused",
             {{"outbox", seq}, {"reason", wire::RefusalName(code)}, {"quarantine", number}});
  return Ok();
}

}  // namespace sam::kit
