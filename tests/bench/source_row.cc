#include "tests/bench/source_row.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tests/bench/measure.h"

namespace sam::bench {
namespace {

constexpr int64_t kTurnMicros = 200'000;

double ThreadSeconds() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

struct Tally {
  uint64_t count = 0;
  uint64_t bytes = 0;
  double wall = 0, cpu = 0;
  bool whole = true;
  size_t next = 0;
};

void Turn(const std::vector<size_t>& sizes, int64_t micros, const Work& work, Stopwatch* watch,
          Tally& tally) {
  const double cpu = ThreadSeconds();
  const int64_t begin = NowMicros();
  int64_t now = begin;
  while (now - begin < micros) {
    // The limits are so fast that asking for the time would be most of it.
    const int batch = watch != nullptr ? 1 : 64;
    for (int i = 0; i < batch; ++i) {
      tally.whole = work(tally.next) && tally.whole;
      tally.bytes += sizes[tally.next];
      ++tally.count;
      tally.next = tally.next + 1 == sizes.size() ? 0 : tally.next + 1;
    }
    const int64_t after = NowMicros();
    if (watch != nullptr) watch->Add(after - now);
    now = after;
  }
  tally.wall += static_cast<double>(now - begin) * 1e-6;
  tally.cpu += ThreadSeconds() - cpu;
}

}  // namespace

void PrintSourceHead() {
  std::printf("%-28s %10s %8s %8s %8s %8s %8s  %-24s %10s %7s\n", "row", "a second", "MB/s",
              "cpu us", "p50 us", "p99 us", "MiB", "limit", "a second", "rate/L");
}

void Print(const SourceRow& row) {
  std::printf("%-28s %10.0f %8.1f %8.1f %8.0f %8.0f %8.0f  %-24s %10.0f %7.4f%s\n",
              row.name.c_str(), row.rate, row.mb, row.cpu_us, row.p50, row.p99, row.rss,
              row.limit_name.c_str(), row.limit, row.ratio, row.whole ? "" : "  NOT ALL TAKEN");
  std::fflush(stdout);
}

std::string ToJson(const SourceRow& row) {
  char text[512];
  std::snprintf(text, sizeof text,
                "{\"row\":\"%s\",\"rate\":%.1f,\"mb\":%.2f,\"cpu_us\":%.2f,\"p50_us\":%.1f,"
                "\"p99_us\":%.1f,\"rss_mib\":%.1f,\"limit\":\"%s\",\"limit_rate\":%.1f,"
                "\"rate_ratio\":%.4f,\"whole\":%s}",
                row.name.c_str(), row.rate, row.mb, row.cpu_us, row.p50, row.p99, row.rss,
                row.limit_name.c_str(), row.limit, row.ratio, row.whole ? "true" : "false");
  return text;
}

SourceRow MeasureWork(const std::string& name, const std::string& limit_name,
                      const std::vector<size_t>& sizes, double seconds, const Work& work,
                      const Work& limit) {
  SourceRow row;
  row.name = name;
  row.limit_name = limit_name;
  Tally warm, done, bound;
  Turn(sizes, kTurnMicros / 2, work, nullptr, warm);
  Turn(sizes, kTurnMicros / 10, limit, nullptr, warm);
  Stopwatch watch;
  while (done.wall < seconds) {
    Turn(sizes, kTurnMicros, work, &watch, done);
    Turn(sizes, kTurnMicros / 4, limit, nullptr, bound);
  }
  watch.Sort();
  const auto count = static_cast<double>(done.count);
  row.rate = count / done.wall;
  row.mb = static_cast<double>(done.bytes) * 1e-6 / done.wall;
  row.cpu_us = done.cpu * 1e6 / count;
  row.p50 = watch.At(0.5);
  row.p99 = watch.At(0.99);
  row.limit = static_cast<double>(bound.count) / bound.wall;
  row.ratio = (bound.cpu / static_cast<double>(bound.count)) / (done.cpu / count);
  row.rss = MemoryMiB(getpid());
  row.whole = done.whole && warm.whole && bound.whole;
  return row;
}

}  // namespace sam::bench
