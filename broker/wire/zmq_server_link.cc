#include <zmq.h>

#include <array>
#include <cerrno>
#include <utility>

#include "broker/base/metrics.h"
#include "broker/wire/zmq_link.h"
#include "broker/wire/zmq_options.h"
#include "broker/wire/zmq_part.h"

namespace sam::wire {
namespace {

using internal::Part;

// A flooded socket must not keep the monitor from being read out.
constexpr unsigned kMonitorEvery = 64;

Error BindError(const std::string& endpoint, int error) {
  const std::string text = "listening at " + endpoint + ": " + zmq_strerror(error);
  if (error == EADDRINUSE)
    return Unavailable(text + "; another process (perhaps an older hub) holds the port");
  if (error == EACCES) return Denied(text + "; ports below 1024 need a capability");
  return Invalid(text);
}

}  // namespace

ZmqServerLink::ZmqServerLink(ServerOptions options) : options_(std::move(options)) {}

ZmqServerLink::~ZmqServerLink() {
  monitor_.Close();
  if (socket_ != nullptr) zmq_close(socket_);
}

Result<std::unique_ptr<ZmqServerLink>> ZmqServerLink::Open(ZmqContext& context,
                                                           ServerOptions options) {
  if (options.listeners.empty()) return Invalid("no address to listen at");
  if (options.domain.empty()) return Invalid("the ZAP domain may not be empty");
  std::unique_ptr<ZmqServerLink> link(new ZmqServerLink(std::move(options)));
  link->socket_ = zmq_socket(context.raw(), ZMQ_ROUTER);
  if (link->socket_ == nullptr)
    return Unavailable(std::string("opening a socket: ") + zmq_strerror(errno));
  void* socket = link->socket_;
  const ServerOptions& set = link->options_;
  SAM_TRY(internal::SetCommon(socket, set.times, set.high_water_mark, set.max_message_bytes));
  const bool all = internal::SetInt(socket, ZMQ_ROUTER_MANDATORY, 1) &&
                   internal::SetInt(socket, ZMQ_BACKLOG, 256) &&
                   internal::SetInt(socket, ZMQ_CURVE_SERVER, 1) &&
                   internal::SetText(socket, ZMQ_ZAP_DOMAIN, set.domain) &&
                   internal::SetInt(socket, internal::kZapEnforceDomain, 1);
  if (!all) return Internal(std::string("server options: ") + zmq_strerror(errno));
  SAM_TRY(link->monitor_.Watch(context, socket));
  for (size_t i = 0; i < set.listeners.size(); ++i) SAM_TRY(link->Bind(i));
  link->bound_ = true;
  return link;
}

Status ZmqServerLink::Bind(size_t index) {
  const Listener& listener = options_.listeners[index];
  if (listener.endpoint.rfind("tcp://", 0) != 0)
    return Invalid("listening at " + listener.endpoint + ": only tcp:// with CURVE is offered");
  if (listener.keys.empty()) return Invalid("listening at " + listener.endpoint + ": no key");
  // Options are copied at bind, so each listener has its own key.
  if (!internal::SetText(socket_, ZMQ_CURVE_SECRETKEY, listener.keys.secret_key()))
    return Invalid("listening at " + listener.endpoint + ": the key is not usable");
  const bool again = index < endpoints_.size();
  const std::string& endpoint = again ? endpoints_[index] : listener.endpoint;
  // An unbound port is let go by another thread; it is ours again within moments.
  for (int attempt = 0; zmq_bind(socket_, endpoint.c_str()) != 0; ++attempt) {
    if (errno != EADDRINUSE || !again || attempt >= 200) return BindError(endpoint, errno);
    zmq_poll(nullptr, 0, 10);
  }
  if (!again) {
    std::array<char, 256> bound{};
    size_t size = bound.size();
    if (zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, bound.data(), &size) != 0)
      return Internal("the bound address is unknown");
    endpoints_.emplace_back(bound.data());
  }
  return Ok();
}

void ZmqServerLink::Unbind() {
  if (!bound_) return;
  for (const std::string& endpoint : endpoints_) zmq_unbind(socket_, endpoint.c_str());
  bound_ = false;
}

Status ZmqServerLink::DropAll() {
  Unbind();
  for (size_t i = 0; i < options_.listeners.size(); ++i) SAM_TRY(Bind(i));
  bound_ = true;
  return Ok();
}

void ZmqServerLink::Dropped(const char* why) {
  ++dropped_count_;
  metrics::Counter("samsignal_wire_dropped_total", "Messages of a wrong shape, thrown away",
                   {{"link", options_.label}, {"reason", why}})
      .Add();
}

std::optional<Incoming> ZmqServerLink::Receive() {
  if (++since_monitor_ >= kMonitorEvery) DrainMonitor();
  for (;;) {
    Part route;
    if (!route.Receive(socket_)) {
      DrainMonitor();
      return std::nullopt;
    }
    if (!route.more()) {
      Dropped("parts");
      continue;
    }
    Part payload;
    if (!payload.Receive(socket_)) return std::nullopt;  // parts arrive together or not at all
    if (payload.more()) {
      for (bool more = true; more;) {
        Part rest;
        more = rest.Receive(socket_) && rest.more();
      }
      Dropped("parts");
      continue;
    }
    // Empty: ZAP named nobody. Option 93 keeps such a peer out; this is the second lock.
    if (payload.user().empty()) {
      Dropped("nameless");
      continue;
    }
    return Incoming{{std::string(payload.user()), std::string(route.view())},
                    std::string(payload.view())};
  }
}

// The only place that sends: when the first part is refused, the second must not follow, or it
// would be read as a route.
Status ZmqServerLink::Send(const PeerId& peer, std::string_view bytes) {
  if (static_cast<int64_t>(bytes.size()) > options_.max_message_bytes)
    return Invalid("frame is larger than the limit; the receiver would cut the connection");
  if (zmq_send(socket_, peer.route.data(), peer.route.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
    if (errno == EHOSTUNREACH) return Unavailable("peer is gone");
    if (errno == EAGAIN) return Exhausted("queue to the peer is full");
    return Internal(std::string("sending: ") + zmq_strerror(errno));
  }
  if (zmq_send(socket_, bytes.data(), bytes.size(), ZMQ_DONTWAIT) < 0)
    return Internal(std::string("sending the second part: ") + zmq_strerror(errno));
  return Ok();
}

void ZmqServerLink::DrainMonitor() {
  since_monitor_ = 0;
  while (auto event = monitor_.Next()) {
    // Also how a frame above the limit ends: libzmq cuts the line and does not say why.
    if (event->kind == MonitorEvent::Kind::kDisconnected) {
      metrics::Counter("samsignal_connections_closed_total", "Connections that ended",
                       {{"link", options_.label}})
          .Add();
      continue;
    }
    // Refusals by key are counted by the ZAP handler, which knows why.
    if (event->kind != MonitorEvent::Kind::kProtocol &&
        event->kind != MonitorEvent::Kind::kNoDetail)
      continue;
    metrics::Counter("samsignal_handshake_failures_total", "Connections refused in the handshake",
                     {{"reason", FailureReason(*event)}})
        .Add();
  }
}

}  // namespace sam::wire
