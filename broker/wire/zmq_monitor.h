// ZmqMonitor: what libzmq tells about a socket's connections. Must be read out regularly, since
// events pile up without bound. Same thread as the socket it watches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "broker/base/result.h"
#include "broker/wire/zmq_context.h"

namespace sam::wire {

struct MonitorEvent {
  enum class Kind {
    kConnected,      // handshake done: the peer is authenticated
    kDisconnected,
    kRefusedByKey,   // ZAP said no (value: its code)
    kProtocol,       // the other end speaks other words (value: libzmq's code)
    kNoDetail,       // closed during the handshake, as with a wrong server key
    kOther,
  };
  Kind kind = Kind::kOther;
  uint32_t value = 0;
};

class ZmqMonitor {
 public:
  ZmqMonitor() = default;
  ~ZmqMonitor() { Close(); }
  ZmqMonitor(const ZmqMonitor&) = delete;
  ZmqMonitor& operator=(const ZmqMonitor&) = delete;

  Status Watch(ZmqContext& context, void* socket);
  std::optional<MonitorEvent> Next();  // empty: nothing new
  void Close();                        // before the watched socket is closed

 private:
  void* watched_ = nullptr;
  void* socket_ = nullptr;
};

// A short stable word for metrics.
const char* FailureReason(const MonitorEvent& event);
// One sentence for people: what it means and what to do.
std::string FailureAdvice(const MonitorEvent& event, const std::string& endpoint);

}  // namespace sam::wire
