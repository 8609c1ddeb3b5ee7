#include "broker/store/disk_guard.h"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "broker/base/check.h"

namespace sam {
namespace {

constexpr uint64_t kComeBackPart = 10;  // a tenth above the mark before a level is left upwards

}  // namespace

const char* DiskLevelName(DiskLevel level) {
  switch (level) {
    case DiskLevel::kNormal:
      return "normal";
    case DiskLevel::kLow:
      return "low";
    case DiskLevel::kExhausted:
      return "exhausted";
  }
  return "normal";
}

DiskGuard::DiskGuard(DiskLimits limits, Probe probe) : limits_(limits), probe_(std::move(probe)) {
  SAM_CHECK(limits_.reserve_bytes <= limits_.low_water_bytes);
}

DiskGuard::Probe DiskGuard::ProbeOf(std::string directory) {
  return [directory = std::move(directory)]() -> Result<uint64_t> {
    struct statvfs info {};
    if (statvfs(directory.c_str(), &info) != 0)
      return Unavailable("free space of " + directory + ": " + std::strerror(errno));
    return uint64_t{info.f_bavail} * info.f_frsize;
  };
}

Result<DiskLevel> DiskGuard::Check() {
  SAM_ASSIGN(free_bytes_, probe_());
  const auto with_margin = [](uint64_t mark) { return mark + mark / kComeBackPart; };
  const uint64_t reserve = level_ == DiskLevel::kExhausted ? with_margin(limits_.reserve_bytes)
                                                           : limits_.reserve_bytes;
  const uint64_t low = level_ == DiskLevel::kNormal ? limits_.low_water_bytes
                                                    : with_margin(limits_.low_water_bytes);
  level_ = free_bytes_ < reserve ? DiskLevel::kExhausted
           : free_bytes_ < low   ? DiskLevel::kLow
                                 : DiskLevel::kNormal;
  return level_;
}

}  // namespace sam
