// The sources and receivers of the hub rows: the product's own clients, CURVE on, each in its thread.
// A row starts its threads, waits until all are warm, measures for a while and drains.
#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/events.h"
#include "tests/bench/lab.h"
#include "tests/bench/measure.h"

namespace sam::bench {

struct RowPlan {
  std::string name;
  int window = 1;
  int publishers = 1;
  double seconds = 5;
  uint32_t children = 2000;
};

enum class Receiver { kNone, kMemory, kInbox };

// Publishes through the hub. kNone: latency is publish -> the source has its acknowledgement; else
// publish -> the receiver has committed the signal and sent its confirmation.
Row HubRow(Lab& lab, const RowPlan& plan, Receiver receiver);

// `events` through the hub, a line with rate, memory and lag every so often.
Row SoakRow(Lab& lab, const RowPlan& plan, uint64_t events);

// The number of a row: multiples of 16, publishers count within: unique per row for one hub, over restarts of the
// bench as well, since each bench makes its own hub.
uint32_t NextRun();

// The bare ZeroMQ and RocksDB of limit.h with the same window and record size.
Row LimitRow(const std::string& folder, const RowPlan& plan);

}  // namespace sam::bench
