// The simulator: one seed is one run of hub, sources, receivers, network and disks in one thread,
// with every misfortune drawn from the seed. Runs until a violation or the end of its steps, then
// lets everything become quiet and checks it all.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/world.h"

namespace sam::sim {

struct RunOptions {
  Plant plant = Plant::kNone;
  int steps = 160;
  bool verbose = false;
};

struct RunReport {
  uint64_t seed = 0;
  std::optional<std::string> violation;
  std::vector<std::string> last_steps;
  std::map<std::string, uint64_t> seen;  // signals by code, "acute", "withheld", "refused" ...
  uint64_t told = 0;
  uint64_t disclosed = 0;
  uint64_t withheld = 0;
  uint64_t records = 0;
  int crashes = 0;
};

RunReport RunSeed(uint64_t seed, const RunOptions& options = {});

// For people: seed, violation, last steps.
std::string Describe(const RunReport& report);

}  // namespace sam::sim
