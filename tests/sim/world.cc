#include "tests/sim/world.h"

#include <sodium.h>

#include <cstdio>
#include <random>
#include <utility>

namespace sam::sim {
namespace {

constexpr int64_t kStart = 1'772'000'000'000;  // 2026-02-25

// libsodium asks for its source of random bytes through plain functions, so this one cannot live in
// the World.
std::mt19937_64 key_engine;  // NOLINT

const char* SourceName() { return "samsignal-simulator"; }
uint32_t SourceRandom() { return static_cast<uint32_t>(key_engine()); }
void SourceFill(void* const out, const size_t size) {
  auto* bytes = static_cast<unsigned char*>(out);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(key_engine());
}

randombytes_implementation source = {SourceName, SourceRandom, nullptr,
                                     nullptr,    SourceFill,   nullptr};

}  // namespace

const char* PlantName(Plant plant) {
  switch (plant) {
    case Plant::kNone: return "nothing planted";
    case Plant::kAckBeforeSync: return "acknowledged before the sync";
    case Plant::kNoDedupe: return "nothing remembered for recognizing duplicates";
    case Plant::kAckBeforeCommit: return "inbox acknowledges before it commits";
  }
  return "";
}

void SeedKeys(uint64_t seed) {
  key_engine.seed(seed);
  randombytes_set_implementation(&source);
}

World::World(uint64_t seed_in)
    : seed(seed_in),
      random(seed_in * 0x9E3779B97F4A7C15ULL + 1),
      net_random(random.Next()),
      clock(Millis(kStart)),
      story(kStart),
      net(net_random, clock) {}

void World::Note(std::string text) {
  std::string line = std::to_string(step) + " " + std::move(text);
  if (verbose) std::printf("%s\n", line.c_str());
  steps.push_back(std::move(line));
  if (steps.size() > kStepsKept) steps.pop_front();
}

void World::Violate(const std::string& what) {
  if (violation) return;
  violation = what;
  Note("VIOLATION " + what);
}

}  // namespace sam::sim
