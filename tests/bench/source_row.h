// One row of the table of sources, and how work on messages is measured against its limit: by turns,
// a fifth of a second each, so that a neighbour's load falls on both. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sam::bench {

struct SourceRow {
  std::string name;
  std::string limit_name;
  double rate = 0;    // messages a second of wall time
  double mb = 0;      // megabytes a second of the source's bytes
  double cpu_us = 0;  // processor time a message
  double p50 = 0, p99 = 0;  // microseconds a message; 0: makes no sense here
  double limit = 0;   // the limit's messages a second
  double ratio = 0;   // rate to limit; for one thread's work by processor time
  double rss = 0;     // MiB of the process that did the work
  bool whole = true;  // every message became what it should
};

void PrintSourceHead();
void Print(const SourceRow& row);
std::string ToJson(const SourceRow& row);

// Work on message number i; false: it failed.
using Work = std::function<bool(size_t)>;

// `sizes`: the bytes of each message, as its source sends them.
SourceRow MeasureWork(const std::string& name, const std::string& limit_name,
                      const std::vector<size_t>& sizes, double seconds, const Work& work,
                      const Work& limit);

}  // namespace sam::bench
