#include "adapters/mllp/probe.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "adapters/hl7/ack.h"
#include "adapters/hl7/header.h"
#include "adapters/hl7/mllp_framer.h"
#include "adapters/mllp/net.h"
#include "broker/base/text.h"

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

Result<std::string> Receive(int fd, const Clock& clock, int timeout_ms, Steps& steps) {
  hl7::MllpFramer framer;
  std::string all;
  const int64_t until = clock.SteadyMicros() + int64_t{timeout_ms} * 1000;
  std::array<char, 4096> buffer;
  while (true) {
    const int64_t left_ms = (until - clock.SteadyMicros()) / 1000;
    pollfd wait{fd, POLLIN, 0};
    const bool ready = left_ms > 0 && ::poll(&wait, 1, static_cast<int>(left_ms)) > 0;
    const ssize_t got = ready ? ::recv(fd, buffer.data(), buffer.size(), 0) : 0;
    if (got <= 0) {
      const std::string how = ready ? "the peer closed the connection" : "no answer in time";
      if (all.empty()) return Unavailable(how + (ready ? " without an answer" : ""));
      const std::string what = all.find(hl7::kStartBlock) == std::string::npos
                                   ? "bytes came but no VT (no MLLP frame): "
                                   : "a frame began and did not end: ";
      return Invalid(how + "; " + what + std::to_string(all.size()) +
                     " bytes, first in hex: " + ToHex(all.substr(0, kShown)));
    }
    if (all.empty()) steps.Done("first byte of the answer");
    all.append(buffer.data(), static_cast<size_t>(got));
    framer.Feed({buffer.data(), static_cast<size_t>(got)});
    while (std::optional<hl7::FrameEvent> event = framer.Next())
      if (event->kind == hl7::FrameEvent::Kind::kFrame) return event->bytes;
  }
}

}  // namespace

Status Probe(const std::string& address, const std::string& file, const Clock& clock,
             const ProbeOptions& options, const Tell& tell) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return NotFound("cannot open " + file);
  std::string message((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  // Files are written with line feeds; on the wire a segment ends with CR.
  if (message.find('\r') == std::string::npos)
    std::replace(message.begin(), message.end(), '\n', '\r');
  const hl7::Header header = hl7::ReadHeader(message);
  if (!header.found) return Invalid(file + " holds no MSH segment");
  Steps steps(clock, tell);
  SAM_ASSIGN(const int fd, ConnectTo(address, options.connect_ms));
  const Socket socket{fd};
  steps.Done("connected to " + address);
  SAM_TRY(SendAll(fd, hl7::Frame(message)));
  steps.Done("sent " + std::to_string(message.size()) + " bytes in one frame");
  SAM_ASSIGN(const std::string answer, Receive(fd, clock, options.answer_ms, steps));
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
