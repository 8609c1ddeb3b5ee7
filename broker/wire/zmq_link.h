// ZmqLinks: CURVE over tcp, the production side of link.h. A link belongs to the one thread that
// polls it; options are fixed before bind or connect.
// Limits: see limits.h. A message over kMaxFrameBytes closes its connection before it is read; one
// with more parts than one is dropped and counted. Never HANDOVER, never a client routing id: the
// peer's name is what ZAP said about its key and nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/base/result.h"
#include "broker/wire/curve.h"
#include "broker/wire/limits.h"
#include "broker/wire/link.h"
#include "broker/wire/zmq_context.h"
#include "broker/wire/zmq_monitor.h"

namespace sam::wire {

struct LinkTimes {
  int heartbeat_ms = 10'000;  // proves the other's input/output thread, not its application
  int heartbeat_timeout_ms = 30'000;
  int handshake_ms = 5'000;
};

// Where to listen and with which key. Two listeners with two keys on one link are how a server key
// is changed without a standstill.
struct Listener {
  std::string endpoint;  // "tcp://127.0.0.1:*" takes any free port
  CurveKeys keys;
};

struct ServerOptions {
  std::string domain = "samsignal";  // ZAP
  std::vector<Listener> listeners;
  LinkTimes times;
  int high_water_mark = kHighWaterMark;
  int64_t max_message_bytes = kMaxFrameBytes;
  std::string label = "ingress";  // in metrics
};

class ZmqServerLink final : public ServerLink {
 public:
  // Binds. kInvalid: endpoint or key is not usable (tcp only); kUnavailable: the address is taken;
  // kDenied: the port needs rights.
  static Result<std::unique_ptr<ZmqServerLink>> Open(ZmqContext& context, ServerOptions options);
  ~ZmqServerLink() override;

  std::optional<Incoming> Receive() override;
  Status Send(const PeerId& peer, std::string_view bytes) override;
  Pollable pollable() const override { return {socket_, -1}; }

  // As bound, wildcards resolved, in the order of the listeners.
  const std::vector<std::string>& endpoints() const { return endpoints_; }
  Status DropAll() override;
  // Stops listening and closes all connections; clean stop.
  void Unbind();
  uint64_t dropped() const { return dropped_count_; }  // of a wrong shape or without a name

 private:
  explicit ZmqServerLink(ServerOptions options);
  Status Bind(size_t index);
  void DrainMonitor();
  void Dropped(const char* why);

  ServerOptions options_;
  void* socket_ = nullptr;
  std::vector<std::string> endpoints_;
  bool bound_ = false;
  ZmqMonitor monitor_;
  unsigned since_monitor_ = 0;
  uint64_t dropped_count_ = 0;
};

struct ClientOptions {
  std::string endpoint;    // "tcp://hub.example:7411"
  std::string server_key;  // Z85, public
  CurveKeys keys;
  LinkTimes times;
  int high_water_mark = kHighWaterMark;
  int64_t max_message_bytes = kMaxFrameBytes;
  int64_t retry_us_min = 200'000;  // back-off after a refused handshake, doubling with jitter
  int64_t retry_us_max = 30'000'000;
};

class ZmqClientLink final : public ClientLink {
 public:
  // Connects in the background; an absent hub is no error. kInvalid: endpoint or keys not usable.
  static Result<std::unique_ptr<ZmqClientLink>> Open(ZmqContext& context, ClientOptions options,
                                                     const Clock& clock, Random random);
  ~ZmqClientLink() override;

  std::optional<std::string> Receive() override;
  Status Send(std::string_view bytes) override;
  uint64_t generation() override;
  Pollable pollable() const override { return {socket_, -1}; }

  bool connected();
  // Why the last attempt failed, in plain words with the next step, for `samsignal doctor`; empty
  // when the connection stands.
  const std::string& last_failure() const { return last_failure_; }

 private:
  ZmqClientLink(ClientOptions options, const Clock& clock, Random random);
  Status Connect();
  void Pump();
  void OnFailure(const MonitorEvent& event);

  ClientOptions options_;
  const Clock& clock_;
  Random random_;
  void* socket_ = nullptr;
  ZmqMonitor monitor_;
  bool connected_ = false;
  uint64_t generation_ = 0;
  uint64_t failures_ = 0;     // in a row
  int64_t retry_at_us_ = -1;  // -1: libzmq is at it, or the connection stands
  std::string last_failure_;
};

}  // namespace sam::wire
