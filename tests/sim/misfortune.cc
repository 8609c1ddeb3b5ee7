// What happens to them: events, people, operators, networks, disks and crashes, drawn by weight.
#include <utility>

#include "broker/store/spaces.h"
#include "tests/sim/simulator_run.h"

namespace sam::sim {

void Simulator::Tell() {
  const size_t place = world_.Below(sources_.size());
  const uint64_t burst = 1 + world_.Below(3);
  for (uint64_t i = 0; i < burst; ++i) {
    const EventMaker::Telling telling = maker_.Next(place);
    world_.Note(telling.system + " tells " + telling.what);
    if (!sources_[place]->Tell(telling.bytes)) world_.Violate("an outbox takes nothing");
  }
}

void Simulator::RandomSignal(
    const std::function<void(const SignalId&, const dispatch::SignalRow&)>& use) {
  const size_t rows = hub_.log_store.rows(spaces::kSignal);
  if (rows == 0) return;
  uint64_t skip = world_.Below(rows);
  (void)hub_.log_store.Scan(spaces::kSignal, "", "",
                            [&](std::string_view key, std::string_view bytes) {
                              if (skip-- > 0) return true;
                              const auto row = dispatch::DecodeSignal(bytes);
                              if (row.ok()) use(*SignalId::From(key), *row);
                              return false;
                            }).ok();
}

void Simulator::Operate() {
  if (!hub_.up()) return;
  const uint64_t kind = world_.Below(12);
  if (kind < 6) {
    const bool far = world_.Chance(0.15);
    world_.story.value += static_cast<int64_t>(world_.Below(far ? 90 : 9)) * kDayMs + kHourMs;
    world_.Note("tick");
    hub_.Tick(world_.story);
  } else if (kind < 8) {
    world_.Note("new configuration");
    if (hub_.Configure(config_version_ + 1)) ++config_version_;
  } else if (kind < 10) {
    const std::string& function = world_.Pick(hub_.functions());
    const uint64_t size = hub_.reader().durable().value;
    const uint64_t from = world_.Below(size + 1);
    world_.Note("replay to " + function);
    hub_.Replay(function, from, from + world_.Below(60));
  } else if (kind == 10) {
    RandomSignal([&](const SignalId& id, const dispatch::SignalRow& row) {
      world_.Note("name the receiver of a signal");
      hub_.Name(id, row, world_.Chance(0.8) ? row.sender : world_.Pick(hub_.functions()),
                world_.Chance(0.8) ? "bollnas.mottagning" : world_.Pick(hub_.functions()));
    });
  } else if (erasing_) {
    RandomSignal([&](const SignalId&, const dispatch::SignalRow& row) {
      world_.Note("erase a subject");
      if (!row.subject.empty()) hub_.Erase(row.subject);
    });
  }
}

void Simulator::SetNetwork() {
  wire::MemoryFaults faults;
  faults.delay_us_max = static_cast<int64_t>(world_.Below(400'000));
  faults.duplicate = world_.Chance(0.5) ? 0.04 : 0;
  faults.disconnect = world_.Chance(0.5) ? 0.01 : 0;
  if (!world_.fifo) {
    faults.drop = 0.04;
    faults.reorder = 0.04;
  }
  world_.net.SetFaults(faults);
}

void Simulator::BreakDisk() {
  const Error error = Unavailable("the disk failed (set by the simulator)");
  const uint64_t kind = world_.Below(8);
  if (kind < 4 && hub_fault_) return;  // one at a time, so that each can be told from a real fault
  if (kind < 2) {
    hub_fault_ = true;
    world_.Note("the next sync of the log fails");
    hub_.log_store.FailNextSync(error);
  } else if (kind == 2) {
    hub_fault_ = true;
    world_.Note("a write of the log fails");
    hub_.log_store.FailNextApply(error, 1 + world_.Below(3));
  } else if (kind == 3) {
    hub_fault_ = true;
    world_.Note("the next sync of the vault fails");
    hub_.vault_store.FailNextSync(error);
  } else if (kind == 4) {
    const auto& receiver = receivers_[world_.Below(receivers_.size())];
    if (!peer_faults_.insert(receiver->function()).second) return;
    world_.Note("the next sync of " + receiver->function() + " fails");
    receiver->store().FailNextSync(error);
  } else if (kind == 5) {
    const bool full = world_.Chance(0.4);
    world_.Note(full ? "the disk is full" : "the disk has room");
    hub_.log_store.SetFull(full);
    hub_.vault_store.SetFull(full && world_.Chance(0.5));
  } else {
    const uint64_t free = world_.Chance(0.5) ? kPlentyBytes : world_.Chance(0.5) ? 500 : 50;
    world_.Note("free bytes " + std::to_string(free));
    hub_.SetFree(free);
  }
}

void Simulator::Break() {
  const uint64_t kind = world_.Below(12);
  if (kind < 3) {
    if (hub_.up()) CrashHub("crashes");
  } else if (kind == 3) {
    const bool sound = hub_.up() && !hub_fault_;
    // A full disk is waited for, so there a clean stop takes as long as that.
    if (sound && world_.Chance(0.5)) {
      hub_.log_store.SetFull(false);
      hub_.vault_store.SetFull(false);
      hub_.SetFree(kPlentyBytes);
      world_.clock.Advance(2000);
      StopCleanly();
    }
  } else if (kind < 6) {
    BreakDisk();
  } else if (kind == 6) {
    Restart(*sources_[world_.Below(sources_.size())]);
  } else if (kind < 9) {
    Restart(*receivers_[world_.Below(receivers_.size())]);
  } else if (kind == 9) {
    const auto hours = static_cast<int64_t>(world_.Below(9)) - 4;
    world_.Note("the wall clock jumps " + std::to_string(hours) + " h");
    world_.clock.JumpWall(hours * kHourMs);
  } else if (kind == 10) {
    SetNetwork();
  } else {
    const std::string& user = receivers_[world_.Below(receivers_.size())]->function();
    world_.Note("the line of " + user + " is cut");
    world_.net.Cut(user);
  }
}

void Simulator::Act() {
  const uint64_t kind = world_.Below(100);
  if (kind < 45) return Tell();
  if (kind < 75) {
    const auto& receiver = receivers_[world_.Below(receivers_.size())];
    if (peer_faults_.count(receiver->function()) != 0) return;
    return receiver->Act();
  }
  if (kind < 85) return Operate();
  if (kind < 96) return Break();
}

}  // namespace sam::sim
