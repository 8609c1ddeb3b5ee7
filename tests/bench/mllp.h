// The MLLP rows: N connections in lock-step (send, await AA, next) from one thread, realistic SIU^S26
// messages, against the real samsignal-adapter with the hub running.
#pragma once

#include "tests/bench/lab.h"
#include "tests/bench/measure.h"

namespace sam::bench {

// Latency: last byte handed to the socket -> the whole AA read.
Row MllpRow(const Lab& lab, int connections, double seconds);

}  // namespace sam::bench
