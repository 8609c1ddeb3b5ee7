#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "broker/wire/zmq_link.h"
#include "broker/wire/zmq_options.h"
#include "broker/wire/zmq_part.h"

namespace sam::wire {

ZmqClientLink::ZmqClientLink(ClientOptions options, const Clock& clock, Random random)
    : options_(std::move(options)), clock_(clock), random_(random) {}

ZmqClientLink::~ZmqClientLink() {
  monitor_.Close();
  if (socket_ != nullptr) zmq_close(socket_);
}

Result<std::unique_ptr<ZmqClientLink>> ZmqClientLink::Open(ZmqContext& context,
                                                           ClientOptions options,
                                                           const Clock& clock, Random random) {
  if (options.endpoint.rfind("tcp://", 0) != 0)
    return Invalid("connecting to " + options.endpoint + ": the address must begin with tcp://");
  if (!IsCurveKey(options.server_key))
    return Invalid("connecting to " + options.endpoint +
                   ": the server key is not a CURVE key (40 characters of Z85)");
  if (options.keys.empty()) return Invalid("connecting to " + options.endpoint + ": no own key");
  std::unique_ptr<ZmqClientLink> link(new ZmqClientLink(std::move(options), clock, random));
  link->socket_ = zmq_socket(context.raw(), ZMQ_DEALER);
  if (link->socket_ == nullptr)
    return Unavailable(std::string("opening a socket: ") + zmq_strerror(errno));
  void* socket = link->socket_;
  const ClientOptions& set = link->options_;
  SAM_TRY(internal::SetCommon(socket, set.times, set.high_water_mark, set.max_message_bytes));
  const bool all = internal::SetText(socket, ZMQ_CURVE_SERVERKEY, set.server_key) &&
                   internal::SetText(socket, ZMQ_CURVE_PUBLICKEY, set.keys.public_key()) &&
                   internal::SetText(socket, ZMQ_CURVE_SECRETKEY, set.keys.secret_key()) &&
                   // Without a finished handshake nothing is queued: what is sent, is sent to
                   // a hub, or is known not to be.
                   internal::SetInt(socket, ZMQ_IMMEDIATE, 1) &&
                   internal::SetInt(socket, ZMQ_RECONNECT_IVL, 200) &&
                   internal::SetInt(socket, ZMQ_RECONNECT_IVL_MAX, 5'000);
  if (!all) return Internal(std::string("client options: ") + zmq_strerror(errno));
  SAM_TRY(link->monitor_.Watch(context, socket));
  SAM_TRY(link->Connect());
  return link;
}

Status ZmqClientLink::Connect() {
  if (zmq_connect(socket_, options_.endpoint.c_str()) != 0)
    return Invalid("connecting to " + options_.endpoint + ": " + zmq_strerror(errno));
  return Ok();
}

// libzmq gives up for ever after a refused key and tries seven times a second after a wrong server
// key; both become: stop, wait longer each time, connect afresh on the same socket.
void ZmqClientLink::OnFailure(const MonitorEvent& event) {
  connected_ = false;
  last_failure_ = FailureAdvice(event, options_.endpoint);
  if (retry_at_us_ >= 0) return;
  zmq_disconnect(socket_, options_.endpoint.c_str());  // gone already after a refused key
  const int shift = static_cast<int>(std::min<uint64_t>(failures_, 20));
  ++failures_;
  const int64_t wait = std::min(options_.retry_us_max, options_.retry_us_min << shift);
  const auto jitter =
      static_cast<int64_t>(random_.Below(static_cast<uint64_t>(std::max<int64_t>(1, wait / 4))));
  retry_at_us_ = clock_.SteadyMicros() + wait - jitter;
}

void ZmqClientLink::Pump() {
  while (auto event = monitor_.Next()) {
    switch (event->kind) {
      case MonitorEvent::Kind::kConnected:
        connected_ = true;
        failures_ = 0;
        retry_at_us_ = -1;
        last_failure_.clear();
        ++generation_;
        break;
      case MonitorEvent::Kind::kDisconnected:
        connected_ = false;
        if (last_failure_.empty())
          last_failure_ = "the connection to " + options_.endpoint + " was lost; trying again";
        break;
      case MonitorEvent::Kind::kRefusedByKey:
      case MonitorEvent::Kind::kProtocol:
      case MonitorEvent::Kind::kNoDetail:
        OnFailure(*event);
        break;
      case MonitorEvent::Kind::kOther:
        break;
    }
  }
  if (retry_at_us_ >= 0 && clock_.SteadyMicros() >= retry_at_us_) {
    retry_at_us_ = -1;
    const Status again = Connect();
    if (!again.ok()) last_failure_ = again.error().message;
  }
}

std::optional<std::string> ZmqClientLink::Receive() {
  Pump();
  for (;;) {
    internal::Part part;
    if (!part.Receive(socket_)) return std::nullopt;
    if (!part.more()) return std::string(part.view());
    internal::DropRest(socket_, true);  // a hub sends one part only; anything else is not for us
  }
}

Status ZmqClientLink::Send(std::string_view bytes) {
  Pump();
  if (static_cast<int64_t>(bytes.size()) > options_.max_message_bytes)
    return Invalid("frame is larger than the limit; the hub would cut the connection");
  if (zmq_send(socket_, bytes.data(), bytes.size(), ZMQ_DONTWAIT) >= 0) return Ok();
  if (errno != EAGAIN) return Internal(std::string("sending: ") + zmq_strerror(errno));
  if (connected_) return Exhausted("queue to the hub is full");
  return Unavailable("not connected to " + options_.endpoint);
}

uint64_t ZmqClientLink::generation() {
  Pump();
  return generation_;
}

bool ZmqClientLink::connected() {
  Pump();
  return connected_;
}

}  // namespace sam::wire
