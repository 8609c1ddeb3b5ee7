// SimSource: a source system with its outbox, on a disk that may lose what was not synced. Speaks
// with the hub through the real SourceClient. A stage, so that its turns are drawn with the hub's.
// One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/client/source_client.h"
#include "broker/stage/stage.h"
#include "broker/store/sequence.h"
#include "tests/sim/ledger_outbox.h"
#include "tests/sim/world.h"
#include "tests/support/fault_store.h"

namespace sam::sim {

// The simplest honest outbox: a durable sequence and a cursor.
class SimOutbox final : public client::OutboxSource {
 public:
  static Result<std::unique_ptr<SimOutbox>> Open(Store& store);

  Status Append(std::string_view event);  // durable on return
  Status Read(OutboxSeq from, size_t max_bytes, const Visitor& visit) override;
  Status AcceptedTo(OutboxSeq seq) override;
  Status TrimTo(OutboxSeq seq) override;
  Status Refused(OutboxSeq seq, wire::Refusal code, std::string_view field) override;
  OutboxSeq accepted() const override { return OutboxSeq(accepted_); }
  bool done() const { return accepted_ + 1 == sequence_.Next(); }

 private:
  SimOutbox(Store& store, DurableSequence sequence, uint64_t accepted);
  Store& store_;
  DurableSequence sequence_;
  Cursor cursor_;
  uint64_t accepted_;
};

class SimSource final : public stage::Stage {
 public:
  SimSource(World& world, std::string peer, std::string system_id);

  Status Start();
  void Crash();  // loses what is not synced, and its conversation; Start() goes on

  // What the source system tells. False: not durable, the system was not answered.
  bool Tell(std::string_view event);
  bool done() const { return outbox_ != nullptr && outbox_->done(); }

  std::string_view name() const override { return peer_; }
  Result<int> Work() override;
  std::vector<wire::Pollable> Pollables() override { return {}; }

  test::FaultStore& store() { return store_; }
  const std::string& peer() const { return peer_; }
  const std::string& system_id() const { return system_id_; }

 private:
  World& world_;
  std::string peer_;
  std::string system_id_;
  test::FaultStore store_;
  std::unique_ptr<SimOutbox> outbox_;
  std::unique_ptr<LedgerOutbox> ledger_;
  std::unique_ptr<wire::ClientLink> link_;
  std::unique_ptr<client::SourceClient> client_;
};

}  // namespace sam::sim
