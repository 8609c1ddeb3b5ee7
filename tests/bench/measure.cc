#include "tests/bench/measure.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>

namespace sam::bench {

int64_t NowMicros() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

void Stopwatch::Merge(const Stopwatch& other) {
  samples_.insert(samples_.end(), other.samples_.begin(), other.samples_.end());
}

void Stopwatch::Sort() { std::sort(samples_.begin(), samples_.end()); }

double Stopwatch::At(double share) const {
  if (samples_.empty()) return 0;
  const auto index = static_cast<size_t>(share * static_cast<double>(samples_.size()));
  return samples_[std::min(index, samples_.size() - 1)];
}

double CpuSeconds(pid_t pid) {
  clockid_t clock{};
  timespec spent{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0) return 0;
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

double MemoryMiB(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

void PrintHead() {
  std::printf("%-28s %6s %4s %10s %9s %9s %9s %9s %9s %8s %8s %7s %7s\n", "row", "window", "pubs",
              "events/s", "p50 us", "p99 us", "p99.9 us", "hub us/ev", "+ us/ev", "hub MiB", "behind",
              "rate/L", "p50/L");
}

void Print(const Row& row) {
  std::printf("%-28s %6d %4d %10.0f %9.0f %9.0f %9.0f %9.1f %9.1f %8.0f %8lu", row.name.c_str(),
              row.window, row.publishers, row.rate, row.p50, row.p99, row.p999, row.hub_cpu,
              row.other_cpu, row.rss, static_cast<unsigned long>(row.lag));
  if (row.rate_ratio > 0)
    std::printf(" %7.2f %7.2f", row.rate_ratio, row.p50_ratio);
  else
    std::printf(" %7s %7s", "-", "-");
  std::printf("%s\n", row.whole ? "" : "  NOT ALL ANSWERED");
  std::fflush(stdout);
}

std::string ToJson(const Row& row) {
  char text[512];
  std::snprintf(text, sizeof text,
                "{\"row\":\"%s\",\"window\":%d,\"publishers\":%d,\"rate\":%.1f,\"p50_us\":%.1f,"
                "\"p99_us\":%.1f,\"p999_us\":%.1f,\"hub_cpu_us\":%.2f,\"other_cpu_us\":%.2f,"
                "\"hub_rss_mib\":%.1f,\"behind\":%lu,\"rate_ratio\":%.3f,\"p50_ratio\":%.3f,"
                "\"whole\":%s}",
                row.name.c_str(), row.window, row.publishers, row.rate, row.p50, row.p99, row.p999,
                row.hub_cpu, row.other_cpu, row.rss, static_cast<unsigned long>(row.lag),
                row.rate_ratio, row.p50_ratio, row.whole ? "true" : "false");
  return text;
}

}  // namespace sam::bench
