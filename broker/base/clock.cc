#include "broker/base/clock.h"

#include <sys/random.h>

#include <chrono>

#include "broker/base/check.h"
#include "broker/base/random.h"

namespace sam {

Millis SystemClock::Now() const {
  using namespace std::chrono;
  return Millis(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

int64_t SystemClock::SteadyMicros() const {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

Random Random::FromKernel() {
  uint64_t seed = 0;
  SAM_CHECK(getrandom(&seed, sizeof seed, 0) == static_cast<ssize_t>(sizeof seed));
  return Random(seed);
}

}  // namespace sam
