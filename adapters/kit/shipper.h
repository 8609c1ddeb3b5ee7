// Shipper: brings the outbox to the hub, at least once and in order. Runs on the server's thread
// (it writes the store, which has one writer), a bounded turn at a time, so that there is nothing
// to lock. Owned by main. What the hub refuses goes to quarantine before its number is passed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/place_door.h"
#include "broker/base/metrics.h"
#include "broker/client/source_client.h"
#include "broker/wire/link.h"

namespace sam::kit {

class Shipper final : public client::OutboxSource {
 public:
  // The store and the link must outlive the shipper.
  Shipper(AdapterStore& store, wire::ClientLink& link, client::SourceOptions options);

  // Between groups only. Errors are the store's; kExhausted means later.
  Result<int> Step(int64_t now_us);
  // Events that the hub has not taken yet.
  uint64_t waiting() const { return store_.outbox_next() - 1 - store_.accepted(); }
  const client::SourceStatus& status() const { return client_.status(); }

  Status Read(OutboxSeq from, size_t max_bytes, const Visitor& visit) override;
  Status AcceptedTo(OutboxSeq seq) override;
  Status TrimTo(OutboxSeq seq) override;
  Status Refused(OutboxSeq seq, wire::Refusal code, std::string_view field) override;
  OutboxSeq accepted() const override { return OutboxSeq(store_.accepted()); }

 private:
  AdapterStore& store_;
  OutboxPlaceDoor whole_;  // what the hub gets
  std::string source_;     // system id
  client::SourceClient client_;
  metrics::Gauge waiting_;
  metrics::Counter refused_;
};

}  // namespace sam::kit
