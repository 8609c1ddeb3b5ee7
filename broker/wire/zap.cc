#include "broker/wire/zap.h"

#include <pthread.h>
#include <zmq.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "broker/base/log.h"
#include "broker/base/metrics.h"
#include "broker/wire/zmq_options.h"
#include "broker/wire/zmq_part.h"

namespace sam::wire {
namespace {

constexpr size_t kPointerBytes = sizeof(void*);

constexpr size_t kRawKeyBytes = 32;
// version, request id, domain, address, identity, mechanism, key
constexpr size_t kRequestParts = 7;

std::vector<std::string> ReceiveParts(void* socket) {
  std::vector<std::string> parts;
  for (bool more = true; more;) {
    internal::Part part;
    if (!part.Receive(socket)) break;
    parts.emplace_back(part.view());
    more = part.more();
  }
  return parts;
}

void SendParts(void* socket, const std::vector<std::string>& parts) {
  for (size_t i = 0; i < parts.size(); ++i) {
    const int flags = i + 1 < parts.size() ? ZMQ_SNDMORE : 0;
    zmq_send(socket, parts[i].data(), parts[i].size(), flags | ZMQ_DONTWAIT);
  }
}

const char* Reason(ZapTable::Verdict verdict) {
  switch (verdict) {
    case ZapTable::Verdict::kIn: return "none";
    case ZapTable::Verdict::kUnknownKey: return "unknown-key";
    case ZapTable::Verdict::kNotYetValid: return "not-yet-valid";
    case ZapTable::Verdict::kExpired: return "expired";
  }
  return "unknown-key";
}

}  // namespace

Result<std::unique_ptr<ZapHandler>> ZapHandler::Start(ZmqContext& context, const Clock& clock,
                                                      ZapTable table) {
  std::unique_ptr<ZapHandler> handler(new ZapHandler(clock));
  handler->self_keys_ = CurveKeys::Generate();
  handler->door_ = zmq_socket(context.raw(), ZMQ_REP);
  handler->control_in_ = zmq_socket(context.raw(), ZMQ_PAIR);
  handler->control_out_ = zmq_socket(context.raw(), ZMQ_PAIR);
  if (handler->door_ == nullptr || handler->control_in_ == nullptr ||
      handler->control_out_ == nullptr)
    return Unavailable(std::string("opening the ZAP sockets: ") + zmq_strerror(errno));
  if (zmq_bind(handler->door_, "inproc://zeromq.zap.01") != 0)
    return Conflict("a ZAP handler runs already in this process");
  char address[64];
  std::snprintf(address, sizeof address, "inproc://sam-zap-%p", static_cast<void*>(handler.get()));
  // Replace waits for the thread's word; it reads no disk, so five seconds mean that it hangs.
  if (!internal::SetInt(handler->control_out_, ZMQ_RCVTIMEO, 5'000) ||
      zmq_bind(handler->control_in_, address) != 0 ||
      zmq_connect(handler->control_out_, address) != 0)
    return Internal(std::string("the ZAP handler's control: ") + zmq_strerror(errno));
  ZapHandler* self = handler.get();
  handler->thread_ =
      std::jthread([self, first = std::move(table)]() mutable { self->Run(std::move(first)); });
  return handler;
}

ZapHandler::~ZapHandler() {
  if (thread_.joinable()) {
    zmq_send(control_out_, "", 0, 0);  // empty: stop
    thread_.join();
  }
  for (void* socket : {door_, control_in_, control_out_})
    if (socket != nullptr) zmq_close(socket);
}

Status ZapHandler::Replace(ZapTable table) {
  // The pointer travels through the inproc pair, which hands the memory over to the thread.
  auto* next = new ZapTable(std::move(table));
  if (zmq_send(control_out_, &next, kPointerBytes, 0) < 0) {
    delete next;
    return Internal(std::string("handing a table to the ZAP handler: ") + zmq_strerror(errno));
  }
  char done = 0;
  if (zmq_recv(control_out_, &done, 1, 0) != 1)
    return Internal("the ZAP handler does not answer; restart the hub");
  return Ok();
}

void ZapHandler::Run(ZapTable table) {
  pthread_setname_np(pthread_self(), "zap");
  for (;;) {
    zmq_pollitem_t items[2] = {{door_, 0, ZMQ_POLLIN, 0}, {control_in_, 0, ZMQ_POLLIN, 0}};
    if (zmq_poll(items, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if ((items[1].revents & ZMQ_POLLIN) != 0) {
      ZapTable* next = nullptr;
      const int n = zmq_recv(control_in_, &next, kPointerBytes, ZMQ_DONTWAIT);
      if (n == 0) return;
      if (n == static_cast<int>(kPointerBytes)) {
        const std::unique_ptr<ZapTable> owned(next);
        table = std::move(*owned);
        zmq_send(control_in_, "k", 1, 0);
      }
    }
    if ((items[0].revents & ZMQ_POLLIN) != 0) ServeOne(table);
  }
}

void ZapHandler::ServeOne(const ZapTable& table) {
  const std::vector<std::string> request = ReceiveParts(door_);
  if (request.empty()) return;
  const std::string id = request.size() > 1 ? request[1] : std::string();
  const bool readable = request.size() == kRequestParts && request[0] == "1.0" &&
                        request[5] == "CURVE" && request[6].size() == kRawKeyBytes;
  ZapTable::Answer answer;
  std::string fingerprint;
  if (readable) {
    const std::string key = ToZ85(request[6]);
    fingerprint = KeyFingerprint(key);
    if (key == self_keys_.public_key()) {
      answer = {ZapTable::Verdict::kIn, std::string(kSelfTestName)};
    } else {
      answer = table.Ask(key, clock_.Now());
    }
  }
  if (answer.verdict == ZapTable::Verdict::kIn) {
    admitted_.fetch_add(1, std::memory_order_relaxed);
    SendParts(door_, {"1.0", id, "200", "OK", answer.name, ""});
    return;
  }
  // The stranger of the self-test is our own: nobody shall look for it.
  if (request.size() > 2 && request[2] == kSelfTestDomain)
    return (void)SendParts(door_, {"1.0", id, "400", "No access", "", ""});
  refused_.fetch_add(1, std::memory_order_relaxed);
  const char* reason = readable ? Reason(answer.verdict) : "mechanism";
  metrics::Counter("samsignal_handshake_failures_total", "Connections refused in the handshake",
                   {{"reason", reason}})
      .Add();
  log::Warn("zap", "peer-refused", {{"reason", reason}, {"key", fingerprint}});
  SendParts(door_, {"1.0", id, "400", "No access", "", ""});
}

}  // namespace sam::wire
