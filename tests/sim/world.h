// World: what one simulated run shares: seed, time, network, the story's date, the list of steps,
// and the ledger of everything that anybody was promised. One thread, one per run.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/base/random.h"
#include "broker/wire/memory_link.h"

namespace sam::sim {

// Faults put into the product on purpose: the simulator must find each of them.
enum class Plant { kNone, kAckBeforeSync, kNoDedupe, kAckBeforeCommit };
const char* PlantName(Plant plant);

// A source was told that this message is on disk.
struct Told {
  std::string system;
  std::string message_id;
};

// A receiver was handed this signal under this number.
struct Disclosed {
  std::string function;
  Position position;
  SignalId signal;
  std::string bytes;
  bool replayed = false;
  bool late = false;
};

struct Ledger {
  std::vector<Told> told;
  std::vector<Disclosed> disclosed;
  uint64_t withheld = 0;
  uint64_t refused = 0;
  std::map<std::string, uint64_t> seen;  // codes of signals, and what else a run should come across
};

class World {
 public:
  explicit World(uint64_t seed);

  // Dice and time.
  uint64_t Below(uint64_t n) { return random.Below(n); }
  bool Chance(double p) { return random.Chance(p); }
  template <typename T>
  const T& Pick(const std::vector<T>& list) {
    return list[random.Below(list.size())];
  }

  // What happened, for the report; the newest kStepsKept are kept.
  static constexpr size_t kStepsKept = 40;
  void Note(std::string step);

  // The first violation wins; everything after it may be its consequence.
  void Violate(const std::string& what);
  bool violated() const { return violation.has_value(); }

  const uint64_t seed;
  Random random;
  Random net_random;
  ManualClock clock;
  Millis story;       // the date that events and ticks tell; runs on by days
  bool fifo = false;  // the network keeps order, as TCP does: order per child can be asserted
  wire::MemoryNet net;
  Ledger ledger;
  uint64_t step = 0;
  bool verbose = false;
  std::deque<std::string> steps;
  std::optional<std::string> violation;
};

// Random bytes of keys and subjects come from this seed too, so that a seed is one run exactly.
void SeedKeys(uint64_t seed);

}  // namespace sam::sim
