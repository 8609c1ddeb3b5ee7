#include "broker/wire/zmq_monitor.h"

#include <zmq.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace sam::wire {

Status ZmqMonitor::Watch(ZmqContext& context, void* socket) {
  char address[64];
  std::snprintf(address, sizeof address, "inproc://sam-monitor-%p", socket);
  constexpr int kEvents = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                          ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_DISCONNECTED;
  if (zmq_socket_monitor(socket, address, kEvents) != 0)
    return Internal(std::string("monitor: ") + zmq_strerror(errno));
  watched_ = socket;
  socket_ = zmq_socket(context.raw(), ZMQ_PAIR);
  if (socket_ == nullptr || zmq_connect(socket_, address) != 0)
    return Internal(std::string("monitor: ") + zmq_strerror(errno));
  return Ok();
}

void ZmqMonitor::Close() {
  if (watched_ != nullptr) zmq_socket_monitor(watched_, nullptr, 0);
  if (socket_ != nullptr) zmq_close(socket_);
  watched_ = nullptr;
  socket_ = nullptr;
}

std::optional<MonitorEvent> ZmqMonitor::Next() {
  if (socket_ == nullptr) return std::nullopt;
  // Two parts: number (16 bits) and value (32 bits), then the address.
  char head[6];
  const int n = zmq_recv(socket_, head, sizeof head, ZMQ_DONTWAIT);
  if (n < 0) return std::nullopt;
  char address[1];
  zmq_recv(socket_, address, sizeof address, ZMQ_DONTWAIT);
  if (n != static_cast<int>(sizeof head)) return MonitorEvent{};
  uint16_t number = 0;
  MonitorEvent event;
  std::memcpy(&number, head, sizeof number);
  std::memcpy(&event.value, head + sizeof number, sizeof event.value);
  switch (number) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: event.kind = MonitorEvent::Kind::kConnected; break;
    case ZMQ_EVENT_DISCONNECTED: event.kind = MonitorEvent::Kind::kDisconnected; break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: event.kind = MonitorEvent::Kind::kRefusedByKey; break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: event.kind = MonitorEvent::Kind::kProtocol; break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: event.kind = MonitorEvent::Kind::kNoDetail; break;
    default: break;
  }
  return event;
}

const char* FailureReason(const MonitorEvent& event) {
  switch (event.kind) {
    case MonitorEvent::Kind::kRefusedByKey: return "refused-key";
    case MonitorEvent::Kind::kNoDetail: return "closed-in-handshake";
    case MonitorEvent::Kind::kProtocol:
      if (event.value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC) return "cryptographic";
      if (event.value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH) return "no-encryption";
      return "protocol";
    default: return "other";
  }
}

std::string FailureAdvice(const MonitorEvent& event, const std::string& endpoint) {
  switch (event.kind) {
    case MonitorEvent::Kind::kRefusedByKey:
      return "the hub at " + endpoint + " does not let this key in; ask its operator to enter this "
             "client's public key in peers.toml, or check that the key's dates are valid";
    case MonitorEvent::Kind::kNoDetail:
      return "the hub at " + endpoint + " closed the connection during the handshake; most often "
             "the configured server key is not the hub's present one: compare their fingerprints";
    case MonitorEvent::Kind::kProtocol:
      if (event.value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC)
        return "the handshake with " + endpoint + " can not be deciphered; the configured server "
               "key is not the hub's present one: compare their fingerprints";
      if (event.value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
        return "what answers at " + endpoint + " does not use CURVE encryption; check that the "
               "address and port are the hub's";
      return "what answers at " + endpoint + " does not speak this protocol; check that the "
             "address and port are the hub's";
    default:
      return "no connection to " + endpoint;
  }
}

}  // namespace sam::wire
