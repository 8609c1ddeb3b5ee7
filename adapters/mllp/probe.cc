#include "adapters/mllp/probe.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "adapters/hl7/ack.h"
#include "adapters/hl7/header.h"
#include "adapters/hl7/mllp_framer.h"
#include "adapters/mllp/net.h"
#include "adapters/tls/session.h"
#include "broker/base/text.h"
#include "broker/base/whole_file.h"

namespace sam::mllp {
namespace {

constexpr size_t kShown = 64;  // bytes of an unreadable answer: enough to tell HTTP from a bare ACK

class Steps {
 public:
  Steps(const Clock& clock, const Tell& tell)
      : clock_(clock), tell_(tell), start_(clock.SteadyMicros()) {}
  void Done(const std::string& what) {
    std::array<char, 32> time{};
    std::snprintf(time.data(), time.size(), "%9.3f ms  ",
                  static_cast<double>(clock_.SteadyMicros() - start_) / 1000);
    tell_(time.data() + what);
  }

 private:
  const Clock& clock_;
  const Tell& tell_;
  int64_t start_;
};

struct Socket {
  int fd;
  ~Socket() { ::close(fd); }
};

Status SendAll(int fd, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return Unavailable(std::string("sending failed: ") + std::strerror(errno));
    sent += static_cast<size_t>(n);
  }
  return Ok();
}

// A blocking connection with time limits, plain or over TLS.
class Wire {
 public:
  Wire(int fd, std::unique_ptr<tls::Session> session, const Clock& clock)
      : fd_(fd), session_(std::move(session)), clock_(clock) {}

  Status Handshake(int timeout_ms) {
    if (session_ == nullptr) return Ok();
    const int64_t until = Until(timeout_ms);
    SAM_TRY(session_->Start());
    SAM_TRY(SendAll(fd_, session_->TakeOutput()));
    while (!session_->established()) {
      SAM_ASSIGN(const bool open, Take(until, early_));
      if (!open) return Unavailable("TLS: the peer closed the connection during the handshake");
    }
    return Ok();
  }
  Status Send(const std::string& bytes) {
    if (session_ == nullptr) return SendAll(fd_, bytes);
    SAM_TRY(session_->Write(bytes));
    return SendAll(fd_, session_->TakeOutput());
  }
  // False: nothing more comes. kUnavailable: nothing came in time.
  Result<bool> Receive(int64_t until, std::string& plain) {
    plain = std::exchange(early_, "");
    while (plain.empty()) {
      SAM_ASSIGN(const bool open, Take(until, plain));
      if (!open) return false;
    }
    return true;
  }
  int64_t Until(int timeout_ms) const { return clock_.SteadyMicros() + int64_t{timeout_ms} * 1000; }
  std::string version() const { return session_ ? session_->version() : ""; }

 private:
  Result<bool> Take(int64_t until, std::string& plain) {
    const int64_t left_ms = (until - clock_.SteadyMicros()) / 1000;
    pollfd wait{fd_, POLLIN, 0};
    if (left_ms <= 0 || ::poll(&wait, 1, static_cast<int>(left_ms)) <= 0)
      return Unavailable("no answer in time");
    std::array<char, 4096> buffer;
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    const std::string_view bytes(buffer.data(), static_cast<size_t>(got));
    if (session_ == nullptr) {
      plain.append(bytes);
      return true;
    }
    const Status status = session_->Feed(bytes, plain);
    SAM_TRY(SendAll(fd_, session_->TakeOutput()));
    if (!status.ok()) return Unavailable("TLS: " + status.error().message);
    return !session_->ended() || !plain.empty();
  }

  int fd_;
  std::unique_ptr<tls::Session> session_;
  const Clock& clock_;
  std::string early_;  // came with the end of the handshake
};

Result<std::string> Receive(Wire& wire, int timeout_ms, Steps& steps) {
  hl7::MllpFramer framer;
  std::string all;
  const int64_t until = wire.Until(timeout_ms);
  while (true) {
    std::string more;
    const Result<bool> got = wire.Receive(until, more);
    if (!got.ok() || !*got) {
      const std::string how = got.ok() ? "the peer closed the connection" : got.error().message;
      if (all.empty()) return Unavailable(how + (got.ok() ? " without an answer" : ""));
      const std::string what = all.find(hl7::kStartBlock) == std::string::npos
                                   ? "bytes came but no VT (no MLLP frame): "
                                   : "a frame began and did not end: ";
      return Invalid(how + "; " + what + std::to_string(all.size()) +
                     " bytes, first in hex: " + ToHex(all.substr(0, kShown)));
    }
    if (all.empty()) steps.Done("first byte of the answer");
    all.append(more);
    framer.Feed(more);
    while (std::optional<hl7::FrameEvent> event = framer.Next())
      if (event->kind == hl7::FrameEvent::Kind::kFrame) return event->bytes;
  }
}

}  // namespace

Status Probe(const std::string& address, const std::string& file, const Clock& clock,
             const ProbeOptions& options, const Tell& tell) {
  SAM_ASSIGN(std::string message, ReadWholeFile(file));
  // Files are written with line feeds; on the wire a segment ends with CR.
  if (message.find('\r') == std::string::npos)
    std::replace(message.begin(), message.end(), '\n', '\r');
  const hl7::Header header = hl7::ReadHeader(message);
  if (!header.found) return Invalid(file + " holds no MSH segment");
  Steps steps(clock, tell);
  SAM_ASSIGN(const int fd, ConnectTo(address, options.connect_ms));
  const Socket socket{fd};
  steps.Done("connected to " + address);
  std::unique_ptr<tls::Session> session;
  if (options.tls) {
    SAM_ASSIGN(const tls::Context context, tls::Context::Client(*options.tls));
    session = context.NewSession();
  }
  Wire wire(fd, std::move(session), clock);
  SAM_TRY(wire.Handshake(options.connect_ms));
  if (options.tls) steps.Done("handshake over, " + wire.version());
  SAM_TRY(wire.Send(hl7::Frame(message)));
  steps.Done("sent " + std::to_string(message.size()) + " bytes in one frame");
  SAM_ASSIGN(const std::string answer, Receive(wire, options.answer_ms, steps));
  const Result<hl7::ParsedAck> ack = hl7::ParseAck(answer);
  if (!ack.ok()) return ack.error();
  steps.Done("acknowledgement " + std::string(hl7::AckCodeName(ack->code)) +
             (ack->text.empty() ? "" : ": " + ack->text));
  if (ack->control_id != header.Field(10))
    return Invalid(
        "the answer is for another message: MSA-2 differs from the MSH-10 that was sent");
  steps.Done("MSA-2 is the MSH-10 that was sent");
  if (!ack->positive())
    return Denied("the receiver said no: " + std::string(hl7::AckCodeName(ack->code)));
  return Ok();
}

}  // namespace sam::mllp
