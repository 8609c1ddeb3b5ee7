// SimHub: the hub of the simulator: the real stages, composed as main composes them, over a network
// and a disk in memory. High-water file and checkpoints are real files in a folder of their own.
// Crash() is a power cut at any instant, Start() what the supervisor does next.
// One thread; the world must outlive it.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/crypto/sign.h"
#include "broker/delivery/delivery.h"
#include "broker/dispatch/stage.h"
#include "broker/ingress/ingress.h"
#include "broker/journal/journal.h"
#include "broker/journal/verify.h"
#include "broker/stage/invoker.h"
#include "tests/sim/world.h"
#include "tests/support/fault_store.h"
#include "tests/support/pass_through_store.h"
#include "tests/support/temp_dir.h"

namespace sam::sim {

// Forgets what the journal wants to remember for recognizing duplicates: Plant::kNoDedupe.
class ForgetfulStore final : public PassThroughStore {
 public:
  using PassThroughStore::PassThroughStore;
  Status Apply(const Batch& batch, Durability durability) override;
};

class SimHub {
 public:
  // `peers`: who may publish; those with functions may subscribe as these.
  SimHub(World& world, std::vector<ingress::PeerRules> peers, Plant plant);
  ~SimHub();

  Status Start();
  // What is not synced is lost, but for what reached the disk by chance.
  void Crash();
  bool up() const { return parts_ != nullptr; }
  void AddTo(stage::StageInvoker& invoker);       // while up
  void RemoveFrom(stage::StageInvoker& invoker);

  // What an operator does. False: the way to the journal is full, nothing happened.
  bool Tick(Millis time);
  bool Configure(int version);
  bool Replay(const std::string& function, uint64_t from, uint64_t to);
  // What the desk `by` says of a signal that is held. Not an operator's, but as short a way into the log.
  bool Name(const SignalId& signal, const dispatch::SignalRow& row, const std::string& by, const std::string& receiver);
  bool Erase(const SubjectId& subject);

  // Disk: free bytes as the next check sees them.
  void SetFree(uint64_t bytes) { free_bytes_ = bytes; }

  bool idle() const;  // all that is on disk is decided, nothing is on its way to the disk
  Result<journal::VerifyReport> Verify() const;  // while up
  const journal::Reader& reader() const;
  const journal::PlaceDoor& places() const;
  HubId hub() const;
  const SecretKey& index_key() const { return index_key_; }
  const std::vector<std::string>& functions() const { return functions_; }

  test::FaultStore log_store;
  test::FaultStore vault_store;

 private:
  struct Running;
  Status Open();
  Status OpenJournal();
  void OpenDelivery();
  Status OpenIngress();
  bool Submit(journal::Draft draft, std::vector<SubjectId> erase = {});
  ingress::PeerTablePtr Table() const;

  World& world_;
  std::vector<ingress::PeerRules> peers_;
  std::vector<std::string> functions_;
  ForgetfulStore forgetful_;
  Store& store_;
  test::TempDir dir_;
  SecretKey kek_;
  SecretKey index_key_;
  SigningKey signing_;
  uint64_t free_bytes_ = uint64_t{1} << 40;
  int configured_ = 0;
  uint64_t named_ = 0;
  std::unique_ptr<Running> parts_;
};

}  // namespace sam::sim
