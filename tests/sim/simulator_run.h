// Simulator: one run. Inside of tests/sim only; others call RunSeed. One thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/dispatch/ladder.h"
#include "broker/stage/invoker.h"
#include "tests/sim/event_maker.h"
#include "tests/sim/invariants.h"
#include "tests/sim/sim_hub.h"
#include "tests/sim/sim_receiver.h"
#include "tests/sim/sim_source.h"
#include "tests/sim/simulator.h"

namespace sam::sim {

inline constexpr uint64_t kPlentyBytes = uint64_t{1} << 40;  // free on the hub's disk

class Simulator {
 public:
  Simulator(World& world, const RunOptions& options);

  void Run();
  void Report(RunReport& report);

 private:
  // simulator.cc: who runs, and what ends it
  void StartAll();
  void StartHub();
  void CrashHub(const char* how);
  void StopCleanly();
  void Restart(SimSource& source);
  void Restart(SimReceiver& receiver);
  void Turn();
  void Failed(const Error& error);
  void BecomeQuiet();
  std::string NotQuiet();

  // misfortune.cc: what happens to them
  void Act();
  void Operate();
  void Break();
  void BreakDisk();
  void SetNetwork();
  void Tell();
  void RandomSignal(const std::function<void(const SignalId&, const dispatch::SignalRow&)>& use);

  World& world_;
  RunOptions options_;
  SimHub hub_;
  EventMaker maker_;
  std::vector<std::unique_ptr<SimSource>> sources_;
  Invariants::Receivers receivers_;
  stage::StageInvoker invoker_;
  Invariants invariants_;
  uint64_t hub_down_until_ = 0;
  bool hub_fault_ = false;             // a failing disk was set and has not struck yet
  std::set<std::string> peer_faults_;  // the same at agencies, by name
  bool erasing_ = false;
  int config_version_ = 0;
  int crashes_ = 0;
};

}  // namespace sam::sim
