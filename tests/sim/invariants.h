// Invariants: what must hold whatever happens. Step() is cheap and looks at what is new;
// BeforeStart() and Final() look at everything again. Violations go to the world, which keeps the
// first. Reads the hub's store behind the stages' backs, writes nothing. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "broker/dispatch/ladder.h"
#include "tests/sim/sim_hub.h"
#include "tests/sim/sim_receiver.h"
#include "tests/sim/world.h"

namespace sam::sim {

class Invariants {
 public:
  using Receivers = std::vector<std::unique_ptr<SimReceiver>>;
  Invariants(World& world, SimHub& hub, Receivers& receivers)
      : world_(world), hub_(hub), receivers_(receivers) {}

  void Step();         // any time; looks into the log only while the hub is up
  void BeforeStart();  // after a crash, on what the disk holds
  void Ladders();      // while the hub is up
  void Final();        // hub up, everything quiet

 private:
  struct Decided {
    uint64_t offset;
    Digest bytes;
    bool deliver;
    bool grounded;
    std::string receiver;
  };
  using Number = std::tuple<std::string, Lane, uint64_t>;  // function, lane, sequence

  void Expect(bool holds, const std::string& what);
  void IndexLog(bool payloads);
  std::string Whole(const journal::Record& record, const std::string& rest);
  void CheckTold();
  void CheckDisclosed();
  void CheckOne(const Disclosed& one);
  void CheckOrder(const Disclosed& one, const SubjectId& subject);
  void CheckMailboxes();
  void CheckInbox(SimReceiver& receiver);
  void CheckLog();
  void CheckRebuild();

  World& world_;
  SimHub& hub_;
  Receivers& receivers_;

  uint64_t keys_to_ = 0;      // headers looked at
  uint64_t decided_to_ = 0;   // payloads of decisions looked at
  std::map<std::string, uint64_t> keys_;  // message key -> offset of its event
  std::map<SignalId, std::vector<Decided>> decided_;
  size_t told_checked_ = 0;
  size_t disclosed_checked_ = 0;
  size_t ordered_to_ = 0;
  std::map<Number, SignalId> numbers_;
  std::map<std::tuple<std::string, Lane, SubjectId>, uint64_t> last_of_child_;
  std::map<SignalId, int> ranks_;
  std::vector<std::string> told_keys_;
};

}  // namespace sam::sim
