#include "tests/sim/simulator.h"

#include <utility>

#include "broker/mailbox/mailbox.h"
#include "broker/store/spaces.h"
#include "tests/sim/simulator_run.h"

namespace sam::sim {
namespace {

constexpr int kQuietTurns = 8000;

const std::vector<SimReceiver::Who>& Agencies() {
  static const std::vector<SimReceiver::Who> agencies = {
      {"bvc.bollnas", "232100-0198", "Hälso- och sjukvårdsnämnden"},
      {"bvc.gavle", "232100-0198", "Hälso- och sjukvårdsnämnden"},
      {"bvc.visby", "212000-0803", "Hälso- och sjukvårdsnämnden"},
      {"gavleborg.signaldisk", "232100-0198", "Hälso- och sjukvårdsnämnden"},
      {"gavleborg.ledning", "232100-0198", "Hälso- och sjukvårdsnämnden"},
      {"gotland.signaldisk", "212000-0803", "Hälso- och sjukvårdsnämnden"},
      {"bollnas.mottagning", "212000-2361", "Socialnämnden"},
      {"bollnas.ledning", "212000-2361", "Socialnämnden"},
      {"bollnas.forebyggande", "212000-2361", "Socialnämnden"},
      {"gavle.mottagning", "212000-2338", "Socialnämnden"},
      {"gavle.forebyggande", "212000-2338", "Socialnämnden"},
      {"gotland.mottagning", "212000-0803", "Socialnämnden"},
      {"gotland.forebyggande", "212000-0803", "Socialnämnden"},
  };
  return agencies;
}

std::vector<ingress::PeerRules> Peers() {
  std::vector<ingress::PeerRules> peers;
  for (const EventMaker::Place& place : EventMaker::Places()) {
    ingress::PeerRules rules;
    rules.name = place.system;
    rules.systems = {place.system};
    rules.controllers = {ingress::PlainOrg(place.org)};
    peers.push_back(std::move(rules));
  }
  for (const SimReceiver::Who& who : Agencies()) {
    ingress::PeerRules rules;
    rules.name = who.function;
    rules.role = ingress::PeerRules::Role::kSubscriber;
    rules.systems = {"inbox." + who.function};
    rules.functions = {who.function};
    rules.controllers = {ingress::PlainOrg(who.org)};
    peers.push_back(std::move(rules));
  }
  return peers;
}

}  // namespace

Simulator::Simulator(World& world, const RunOptions& options)
    : world_(world),
      options_(options),
      hub_(world, Peers(), options.plant),
      maker_(world),
      invoker_(world.random),
      invariants_(world, hub_, receivers_) {
  for (const EventMaker::Place& place : EventMaker::Places())
    sources_.push_back(std::make_unique<SimSource>(world, place.system, place.system));
  for (const SimReceiver::Who& who : Agencies())
    receivers_.push_back(std::make_unique<SimReceiver>(world, who, options.plant));
}

void Simulator::StartAll() {
  for (const auto& source : sources_) {
    SAM_CHECK(source->Start().ok());
    invoker_.Add(*source);
  }
  for (const auto& receiver : receivers_) {
    SAM_CHECK(receiver->Start().ok());
    invoker_.Add(*receiver);
  }
  StartHub();
}

void Simulator::StartHub() {
  if (crashes_ > 0) invariants_.BeforeStart();
  const Status started = hub_.Start();
  if (started.ok()) {
    hub_.AddTo(invoker_);
    return;
  }
  if (!std::exchange(hub_fault_, false))
    world_.Violate("the hub does not start: " + started.error().message);
  hub_.Crash();
  hub_down_until_ = world_.step + 1;
}

void Simulator::CrashHub(const char* how) {
  world_.Note(std::string("hub ") + how);
  ++crashes_;
  hub_.RemoveFrom(invoker_);
  hub_.Crash();
  hub_down_until_ = world_.step + world_.Below(6);
}

// As on SIGTERM: everything drained into the journal, nothing left to lose.
void Simulator::StopCleanly() {
  world_.Note("hub stops cleanly");
  stage::StageInvoker own(world_.random);
  hub_.AddTo(own);
  const Status stopped = own.StopAll(2000);
  if (!stopped.ok() && !std::exchange(hub_fault_, false))
    world_.Violate("the hub does not stop cleanly: " + stopped.error().message);
  CrashHub("is down");
}

void Simulator::Restart(SimSource& source) {
  world_.Note(source.peer() + " crashes");
  source.Crash();
  SAM_CHECK(source.Start().ok());
}

void Simulator::Restart(SimReceiver& receiver) {
  world_.Note(receiver.function() + " crashes");
  receiver.Crash();
  const Status started = receiver.Start();
  if (!started.ok())
    world_.Violate(receiver.function() + " does not start: " + started.error().message);
}

void Simulator::Turn() {
  const auto turned = invoker_.Turn();
  if (!turned.ok()) Failed(turned.error());
}

// An error ends the process it happened in. Without a failing disk nobody may have one.
void Simulator::Failed(const Error& error) {
  const std::string name = error.message.substr(0, error.message.find(": "));
  for (const auto& source : sources_) {
    if (source->peer() != name) continue;
    world_.Violate(error.message);
    return Restart(*source);
  }
  for (const auto& receiver : receivers_) {
    if (receiver->function() != name) continue;
    if (peer_faults_.erase(name) == 0) world_.Violate(error.message);
    return Restart(*receiver);
  }
  if (!std::exchange(hub_fault_, false)) world_.Violate("the hub failed: " + error.message);
  CrashHub("exits: its disk failed");
}

std::string Simulator::NotQuiet() {
  if (!hub_.up()) return "the hub is down";
  if (!hub_.idle()) return "the hub is busy";
  for (const auto& source : sources_)
    if (!source->done()) return source->peer() + " still has something to send";
  for (const auto& receiver : receivers_)
    if (!receiver->answered_all()) return receiver->function() + " still has answers to send";
  const mailbox::MailboxReader mailbox(hub_.log_store);
  const auto names = mailbox.Subscriptions();
  if (!names.ok()) return "the mailboxes cannot be read";
  for (const std::string& name : *names)
    for (const Lane lane : {Lane::kNormal, Lane::kAcute}) {
      const auto state = mailbox.StateOf(name, lane);
      if (!state.ok() || state->ack_floor.next() != state->next)
        return name + " has not acknowledged " +
               (lane == Lane::kAcute ? std::string("acute ") : std::string("normal ")) +
               (state.ok() ? std::to_string(state->ack_floor.value + 1) : "?");
    }
  return "";
}

void Simulator::BecomeQuiet() {
  world_.Note("quiet");
  world_.net.SetFaults({});
  hub_.log_store.SetFull(false);
  hub_.vault_store.SetFull(false);
  hub_.SetFree(kPlentyBytes);
  std::string why = "it was not asked";
  for (int i = 0; i < kQuietTurns && !world_.violated(); ++i) {
    ++world_.step;
    if (!hub_.up()) StartHub();
    Turn();
    world_.clock.Advance(50);
    if (i % 16 != 15) continue;
    invariants_.Step();
    why = NotQuiet();
    if (why.empty()) return;
  }
  world_.Violate("does not become quiet: " + why);
}

void Simulator::Run() {
  world_.fifo = world_.Chance(0.6);
  erasing_ = world_.Chance(0.2);
  SetNetwork();
  StartAll();
  for (int i = 0; i < options_.steps && !world_.violated(); ++i) {
    ++world_.step;
    if (!hub_.up() && world_.step >= hub_down_until_) StartHub();
    Act();
    const uint64_t turns = 1 + world_.Below(4);
    for (uint64_t turn = 0; turn < turns; ++turn) Turn();
    world_.clock.Advance(1 + static_cast<int64_t>(world_.Below(300)));
    invariants_.Step();
    if (i % 8 == 0) invariants_.Ladders();
  }
  if (!world_.violated()) BecomeQuiet();
  if (!world_.violated()) invariants_.Final();
}

void Simulator::Report(RunReport& report) {
  report.crashes = crashes_;
  report.records = hub_.log_store.rows(spaces::kJournal);
  hub_.RemoveFrom(invoker_);
  hub_.Crash();
  for (const auto& source : sources_) source->Crash();
  for (const auto& receiver : receivers_) receiver->Crash();
}

RunReport RunSeed(uint64_t seed, const RunOptions& options) {
  SeedKeys(seed);
  World world(seed);
  world.verbose = options.verbose;
  RunReport report;
  report.seed = seed;
  Simulator simulator(world, options);
  simulator.Run();
  simulator.Report(report);
  report.violation = world.violation;
  report.last_steps.assign(world.steps.begin(), world.steps.end());
  report.seen = world.ledger.seen;
  report.told = world.ledger.told.size();
  report.disclosed = world.ledger.disclosed.size();
  report.withheld = world.ledger.withheld;
  return report;
}

std::string Describe(const RunReport& report) {
  std::string out = "seed " + std::to_string(report.seed) + ": " +
                    report.violation.value_or("no violation") + "\n";
  for (const std::string& step : report.last_steps) out += "  " + step + "\n";
  return out + "  (SAM_SIM_SEED=" + std::to_string(report.seed) + " runs it again, in words)\n";
}

}  // namespace sam::sim
