// LedgerOutbox: between an outbox and its SourceClient; writes into the world's ledger what the hub
// has promised. Forgets with its owner's crash only what the client asks for again.
// One thread; the outbox and the world must outlive it.
#pragma once

#include <map>

#include "broker/client/source_client.h"
#include "tests/sim/world.h"

namespace sam::sim {

class LedgerOutbox final : public client::OutboxSource {
 public:
  LedgerOutbox(client::OutboxSource& outbox, World& world) : outbox_(outbox), world_(world) {}

  Status Read(OutboxSeq from, size_t max_bytes, const Visitor& visit) override;
  Status AcceptedTo(OutboxSeq seq) override;
  Status TrimTo(OutboxSeq seq) override { return outbox_.TrimTo(seq); }
  Status Refused(OutboxSeq seq, wire::Refusal code, std::string_view field) override;
  OutboxSeq accepted() const override { return outbox_.accepted(); }

 private:
  client::OutboxSource& outbox_;
  World& world_;
  std::map<uint64_t, Told> sent_;
};

}  // namespace sam::sim
