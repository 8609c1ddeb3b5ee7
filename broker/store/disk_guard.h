// DiskGuard: turns free space into what the hub may still do. Below the low-water mark input is
// refused while delivery and audit go on; below the reserve delivery stops too, since a disclosure
// that cannot be audited may not happen. Recovers alone.
// One owner, one thread; ask about once a second.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "broker/base/result.h"

namespace sam {

enum class DiskLevel { kNormal, kLow, kExhausted };
const char* DiskLevelName(DiskLevel level);  // stable lower-case word

struct DiskLimits {
  uint64_t low_water_bytes = uint64_t{2} << 30;  // free bytes below which input is refused
  uint64_t reserve_bytes = uint64_t{512} << 20;  // free bytes below which delivery stops
};

class DiskGuard {
 public:
  using Probe = std::function<Result<uint64_t>()>;  // free bytes

  // reserve_bytes above low_water_bytes is a programmer error: config checks it.
  DiskGuard(DiskLimits limits, Probe probe);
  static Probe ProbeOf(std::string directory);  // what a non-root process may still write there

  // Going down is immediate; coming back takes a tenth more than the mark, so that a level does not
  // flap when each refused batch frees a little. On an error of the probe the level stays.
  Result<DiskLevel> Check();
  DiskLevel level() const { return level_; }
  uint64_t free_bytes() const { return free_bytes_; }

 private:
  DiskLimits limits_;
  Probe probe_;
  DiskLevel level_ = DiskLevel::kNormal;
  uint64_t free_bytes_ = 0;
};

}  // namespace sam
