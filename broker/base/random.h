// Random: seeded in tests and the simulator, from the kernel in production. Not for keys: keys come
// from broker/crypto only. One owner per thread.
#pragma once

#include <cstdint>
#include <random>

namespace sam {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  static Random FromKernel();

  uint64_t Next() { return engine_(); }
  uint64_t Below(uint64_t n) { return n == 0 ? 0 : engine_() % n; }  // bias is irrelevant here
  bool Chance(double p) { return static_cast<double>(engine_() >> 11) * 0x1.0p-53 < p; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace sam
