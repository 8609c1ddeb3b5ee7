// What one row of the table is made of: a stopwatch per event, the processor time and memory of a
// process, and the row itself. A Stopwatch is used from one thread; its samples are merged later.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace sam::bench {

int64_t NowMicros();  // steady

// Shared by all threads of one row; main owns it.
struct Phase {
  std::atomic<int> warm{0};           // publishers whose first events have been acknowledged
  std::atomic<bool> measuring{false};
  std::atomic<bool> stop{false};      // publish nothing more
  std::atomic<bool> abandon{false};   // and do not wait for what is under way
};

class Stopwatch {
 public:
  void Add(int64_t micros) { samples_.push_back(static_cast<uint32_t>(micros)); }
  void Merge(const Stopwatch& other);
  void Sort();
  size_t count() const { return samples_.size(); }
  double At(double share) const;  // microseconds; after Sort

 private:
  std::vector<uint32_t> samples_;
};

double CpuSeconds(pid_t pid);   // user and system, all threads, in nanosecond steps
double MemoryMiB(pid_t pid);    // resident now

struct Row {
  std::string name;  // "limit", "hub acknowledged", ...
  int window = 0;    // or connections
  int publishers = 1;
  double rate = 0;   // events a second
  double p50 = 0, p99 = 0, p999 = 0;  // microseconds
  double hub_cpu = 0, other_cpu = 0;  // microseconds an event; other: adapter or inbox
  double rss = 0;                     // MiB of the hub
  double rate_ratio = 0, p50_ratio = 0;  // to the limit of the same window, measured just before
  uint64_t lag = 0;                      // records that dispatch had not folded at the end
  bool whole = true;                     // everything published was answered
};

void PrintHead();
void Print(const Row& row);
std::string ToJson(const Row& row);

}  // namespace sam::bench
