// Socket options that both links share. Inside broker/wire only; includes zmq.
// The thread that owns the socket; nothing is kept.
#pragma once

#include <zmq.h>

#include <cerrno>
#include <string>

#include "broker/base/result.h"
#include "broker/wire/zmq_link.h"

namespace sam::wire::internal {

// ZMQ_ZAP_ENFORCE_DOMAIN: Debian's header hides the name, the library obeys the number. Without it
// a server with no ZAP handler lets strangers in.
inline constexpr int kZapEnforceDomain = 93;

inline bool SetInt(void* socket, int option, int value) {
  return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}
inline bool SetText(void* socket, int option, const std::string& value) {
  return zmq_setsockopt(socket, option, value.data(), value.size()) == 0;
}

// What CURVE adds to a frame is counted by ZMQ_MAXMSGSIZE (33 bytes with this mechanism).
inline constexpr int64_t kCurveOverheadBytes = 64;

inline Status SetCommon(void* socket, const LinkTimes& times, int high_water_mark,
                        int64_t max_message_bytes) {
  const int64_t limit = max_message_bytes + kCurveOverheadBytes;
  const bool all =
      SetInt(socket, ZMQ_LINGER, 0) && SetInt(socket, ZMQ_SNDHWM, high_water_mark) &&
      SetInt(socket, ZMQ_RCVHWM, high_water_mark) &&
      zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &limit, sizeof limit) == 0 &&
      SetInt(socket, ZMQ_HANDSHAKE_IVL, times.handshake_ms) &&
      SetInt(socket, ZMQ_HEARTBEAT_IVL, times.heartbeat_ms) &&
      SetInt(socket, ZMQ_HEARTBEAT_TIMEOUT, times.heartbeat_timeout_ms) &&
      SetInt(socket, ZMQ_HEARTBEAT_TTL, times.heartbeat_timeout_ms);
  if (!all) return Internal(std::string("socket options: ") + zmq_strerror(errno));
  return Ok();
}

}  // namespace sam::wire::internal
