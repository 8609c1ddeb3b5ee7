// The MLLP rows: N connections in lock-step (send, await AA, next) from one thread, realistic SIU^S26
// messages, against the real samsignal-adapter with the hub running.
#pragma once

#include "tests/bench/lab.h"
#include "tests/bench/measure.h"

namespace sam::bench {

inline constexpr size_t kMllpMessageBytes = 560;  // about: the number of the message grows

// The client alone, against whatever answers "MSA|AA|" in a frame on this port of the loopback. A pid
// of 0: its processor time is not looked at.
Row MllpLoad(uint16_t port, int connections, double seconds, pid_t hub_pid, pid_t other_pid);

// Latency: last byte handed to the socket -> the whole AA read.
Row MllpRow(const Lab& lab, int connections, double seconds);

}  // namespace sam::bench
