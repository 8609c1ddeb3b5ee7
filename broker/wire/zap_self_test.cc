#include <zmq.h>

#include <string>
#include <utility>

#include "broker/wire/zap.h"

namespace sam::wire {
namespace {

constexpr int64_t kPatienceMicros = 3'000'000;
constexpr std::string_view kProbe = "probe";

struct Probe {
  bool connected = false;
  bool refused = false;
  std::string heard_as;  // the name under which the server got our message
};

// Connects with these keys until a verdict is there or patience is out.
Result<Probe> Knock(ZmqContext& context, ZmqServerLink& server, const CurveKeys& keys,
                    const std::string& server_key, const Clock& clock) {
  ClientOptions options;
  options.endpoint = server.endpoints().front();
  options.server_key = server_key;
  options.keys = keys.Clone();
  options.retry_us_min = kPatienceMicros;  // one verdict is enough
  SAM_ASSIGN(auto client, ZmqClientLink::Open(context, std::move(options), clock,
                                              Random::FromKernel()));
  Probe probe;
  const int64_t deadline = clock.SteadyMicros() + kPatienceMicros;
  bool sent = false;
  while (clock.SteadyMicros() < deadline) {
    if (!sent) sent = client->Send(kProbe).ok();
    probe.connected = client->generation() > 0;
    while (auto incoming = server.Receive()) {
      if (incoming->bytes == kProbe) probe.heard_as = incoming->peer.user;
    }
    probe.refused = !probe.connected && !client->last_failure().empty();
    if (probe.refused || !probe.heard_as.empty()) return probe;
    zmq_poll(nullptr, 0, 5);
  }
  return probe;
}

}  // namespace

Status ProveDoor(ZmqContext& context, const ServerOptions& like, const CurveKeys& self_keys,
                 const Clock& clock) {
  ServerOptions options;
  options.domain = ZapHandler::kSelfTestDomain;
  options.times = like.times;
  options.high_water_mark = like.high_water_mark;
  options.max_message_bytes = like.max_message_bytes;
  options.label = "self-test";
  const CurveKeys server_keys = CurveKeys::Generate();
  options.listeners.push_back({"tcp://127.0.0.1:*", server_keys.Clone()});
  SAM_ASSIGN(auto server, ZmqServerLink::Open(context, std::move(options)));

  SAM_ASSIGN(const Probe stranger,
             Knock(context, *server, CurveKeys::Generate(), server_keys.public_key(), clock));
  if (stranger.connected || !stranger.heard_as.empty())
    return Denied("self-test: a random key was let in, so anybody could send reports; refusing to "
                  "serve. Check that libzmq is the packaged one");
  if (!stranger.refused)
    return Denied("self-test: the ZAP handler gave no answer about a random key; refusing to "
                  "serve");
  SAM_ASSIGN(const Probe known,
             Knock(context, *server, self_keys, server_keys.public_key(), clock));
  if (known.heard_as != ZapHandler::kSelfTestName)
    return Denied("self-test: a known key was not let in under its own name; refusing to serve");
  return Ok();
}

}  // namespace sam::wire
