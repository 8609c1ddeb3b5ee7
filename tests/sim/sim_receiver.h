// SimReceiver: an agency: the real Inbox on a disk that may lose what was not synced, the real
// clients, and people who open, register and answer. A stage. One thread.
// Everything it is handed goes into the ledger before the inbox sees it: what was disclosed cannot
// be taken back by a crash.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/inbox/inbox.h"
#include "broker/client/source_client.h"
#include "broker/client/subscriber_client.h"
#include "broker/stage/stage.h"
#include "schemas/signal.capnp.h"
#include "tests/sim/ledger_outbox.h"
#include "tests/sim/world.h"
#include "tests/support/fault_store.h"

namespace sam::sim {

// Stands between client and inbox, keeps the ledger. With Plant::kAckBeforeCommit it says that it
// has committed some turns before it does.
class WatchedSink final : public client::InboxSink {
 public:
  WatchedSink(World& world, inbox::Inbox& inbox, std::string function, bool commits_late)
      : world_(world), inbox_(inbox), function_(std::move(function)), late_(commits_late) {}
  // A field of these bytes that this function may not see, whatever the hub thought; empty: none.
  static std::string LeakIn(schema::Signal::Reader signal, const std::string& function);

  Status Take(const Position& position, std::string_view signal, wire::WithheldCode withheld,
              const client::DeliveryFlags& flags) override;
  Status Commit() override;
  Status Drop() override { return inbox_.Drop(); }
  std::vector<Position> Seen() override { return inbox_.Seen(); }
  Status CommitOwed();

 private:
  World& world_;
  inbox::Inbox& inbox_;
  std::string function_;
  bool late_;
  bool owed_ = false;
};

class SimReceiver final : public stage::Stage {
 public:
  struct Who {
    std::string function;
    std::string org;
    std::string board;
  };
  SimReceiver(World& world, Who who, Plant plant);

  Status Start();
  void Crash();
  // One of the people there does something with one of the signals.
  void Act();

  std::string_view name() const override { return who_.function; }
  Result<int> Work() override;
  std::vector<wire::Pollable> Pollables() override { return {}; }

  const std::string& function() const { return who_.function; }
  const inbox::Inbox* box() const { return inbox_.get(); }  // null between Crash and Start
  test::FaultStore& store() { return store_; }
  bool answered_all() const;  // its own outbox is empty
  // Numbers it holds of one lane: all up to this one.
  uint64_t HeldTo(const HubId& hub, Lane lane);

 private:
  World& world_;
  Who who_;
  Plant plant_;
  test::FaultStore store_;
  SecretKey kek_;
  std::unique_ptr<inbox::Inbox> inbox_;
  std::unique_ptr<WatchedSink> sink_;
  std::unique_ptr<LedgerOutbox> ledger_;
  std::unique_ptr<wire::ClientLink> delivery_;
  std::unique_ptr<wire::ClientLink> ingress_;
  std::unique_ptr<client::SubscriberClient> subscriber_;
  std::unique_ptr<client::SourceClient> source_;
};

}  // namespace sam::sim
