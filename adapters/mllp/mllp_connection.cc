#include "adapters/mllp/mllp_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace sam::mllp {

MllpConnection::MllpConnection(int fd, std::string peer, hl7::FramerOptions options, int64_t now_us)
    : fd_(fd), peer_(std::move(peer)), framer_(options), last_read_us_(now_us) {}

MllpConnection::~MllpConnection() { ::close(fd_); }

void MllpConnection::Read(int64_t now_us) {
  std::array<char, kReadStep> buffer;
  size_t total = 0;
  while (total < kReadMax && WantsRead()) {
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (got <= 0) {
      ended_ = got == 0;
      gone_ = got < 0;
      framer_.FinishWaiting();
    } else {
      framer_.Feed({buffer.data(), static_cast<size_t>(got)});
      total += static_cast<size_t>(got);
      last_read_us_ = now_us;
    }
    Collect(now_us);
    if (ended_ || gone_) break;
  }
}

void MllpConnection::FinishWaiting() {
  framer_.FinishWaiting();
  Collect(last_read_us_);
}

void MllpConnection::Collect(int64_t now_us) {
  const size_t before = frames_.size();
  while (std::optional<hl7::FrameEvent> event = framer_.Next())
    frames_.push_back(std::move(*event));
  if (!framer_.HasPartial())
    frame_since_us_ = -1;
  else if (frame_since_us_ < 0 || frames_.size() != before)
    frame_since_us_ = now_us;
}

bool MllpConnection::Write() {
  while (WantsWrite()) {
    const std::string& first = out_.front();
    // One call for each answer: some peers break when the frame comes in pieces.
    const ssize_t sent =
        ::send(fd_, first.data() + out_written_, first.size() - out_written_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    if (sent < 0) {
      gone_ = true;
      out_.clear();
      out_bytes_ = 0;
      return false;
    }
    out_written_ += static_cast<size_t>(sent);
    if (out_written_ < first.size()) continue;
    out_bytes_ -= first.size();
    out_.pop_front();
    out_written_ = 0;
  }
  return true;
}

}  // namespace sam::mllp
