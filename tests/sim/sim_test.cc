// The simulator's tests. SAM_SIM_SECONDS: how long new seeds are tried (30). SAM_SIM_SEED=N: that
// one seed, told step by step. SAM_SIM_FROM: where the new seeds begin (1000).
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "broker/base/log.h"
#include "broker/crypto/secret.h"
#include "tests/sim/simulator.h"

namespace sam::sim {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = getenv(name);
  return text == nullptr ? otherwise : strtoull(text, nullptr, 10);
}

void ExpectSound(const RunReport& report) {
  EXPECT_FALSE(report.violation.has_value()) << Describe(report);
}

TEST(Simulator, NoSeedFindsAViolation) {
  if (getenv("SAM_SIM_SEED") != nullptr) GTEST_SKIP() << "one seed was asked for";
  const auto limit = std::chrono::seconds(FromEnvironment("SAM_SIM_SECONDS", 30));
  const auto started = std::chrono::steady_clock::now();
  uint64_t seed = FromEnvironment("SAM_SIM_FROM", 1000);
  uint64_t runs = 0, told = 0, disclosed = 0, withheld = 0, crashes = 0;
  while (std::chrono::steady_clock::now() - started < limit) {
    const RunReport report = RunSeed(seed++);
    ++runs;
    told += report.told;
    disclosed += report.disclosed;
    withheld += report.withheld;
    crashes += static_cast<uint64_t>(report.crashes);
    ExpectSound(report);
    if (report.violation) break;
  }
  std::printf("%llu seeds: %llu events accepted, %llu signals disclosed, %llu numbers withheld, "
              "%llu crashes of the hub\n",
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(told),
              static_cast<unsigned long long>(disclosed),
              static_cast<unsigned long long>(withheld), static_cast<unsigned long long>(crashes));
  EXPECT_GT(disclosed, 0U);
}

TEST(Simulator, TheAskedSeedIsSound) {
  if (getenv("SAM_SIM_SEED") == nullptr) GTEST_SKIP() << "SAM_SIM_SEED is not set";
  RunOptions options;
  options.verbose = true;
  ExpectSound(RunSeed(FromEnvironment("SAM_SIM_SEED", 1), options));
}

// Sound runs in which nothing happens would prove nothing, so what they came across counts as well.
TEST(Simulator, TwentyFixedSeedsAreSoundAndSeeEverything) {
  std::map<std::string, uint64_t> seen;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const RunReport report = RunSeed(seed);
    ExpectSound(report);
    for (const auto& [what, times] : report.seen) seen[what] += times;
  }
  for (const char* what : {"SIG-A1", "SIG-B1", "SIG-E1", "SIG-E2", "RECEIPT", "HOLD", "WITHDRAWN",
                           "acute", "replayed", "sent again", "withheld", "refused", "ATTACHMENT",
                           "attachment"})
    EXPECT_GT(seen[what], 0U) << what;
  for (const auto& [what, times] : seen)
    std::printf("%s %llu  ", what.c_str(), static_cast<unsigned long long>(times));
  std::printf("\n");
}

TEST(Simulator, ASeedIsOneRunExactly) {
  const RunReport once = RunSeed(7);
  const RunReport again = RunSeed(7);
  EXPECT_EQ(once.last_steps, again.last_steps);
  EXPECT_EQ(once.records, again.records);
  EXPECT_EQ(once.disclosed, again.disclosed);
}

// A checker that finds nothing proves nothing: each planted fault must be found within a few seeds.
struct Planted {
  Plant plant;
  std::string found_as;  // the invariant that must see it, not just any
};
class PlantedFault : public testing::TestWithParam<Planted> {};

TEST_P(PlantedFault, IsFound) {
  RunOptions options;
  options.plant = GetParam().plant;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const RunReport report = RunSeed(seed, options);
    if (!report.violation) continue;
    if (report.violation->find(GetParam().found_as) == std::string::npos) continue;
    std::printf("%s: seed %llu finds: %s\n", PlantName(options.plant),
                static_cast<unsigned long long>(seed), report.violation->c_str());
    return;
  }
  FAIL() << PlantName(options.plant) << " was not found";
}

INSTANTIATE_TEST_SUITE_P(Each, PlantedFault,
                         testing::Values(
                             Planted{Plant::kAckBeforeSync, "accepted and not in the log"},
                             Planted{Plant::kNoDedupe, "one message is in the log twice"},
                             Planted{Plant::kAckBeforeCommit, " holds a lane up to "}));

}  // namespace
}  // namespace sam::sim

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // Files in memory: their syncs are real calls, and there are many.
  if (std::filesystem::exists("/dev/shm")) setenv("TMPDIR", "/dev/shm", 0);
  sam::CryptoInit();
  // Crashes and conflicts are what this is about: they are not for an operator's eyes.
  const bool wordy = getenv("SAM_SIM_SEED") != nullptr;
  sam::log::Init("sim", wordy ? sam::log::Level::kWarn : static_cast<sam::log::Level>(5));
  return RUN_ALL_TESTS();
}
