#include "adapters/mllp/mllp_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace sam::mllp {

MllpConnection::MllpConnection(int fd, std::string peer, hl7::FramerOptions options,
                               std::unique_ptr<tls::Session> tls, int64_t now_us)
    : fd_(fd),
      peer_(std::move(peer)),
      framer_(options),
      tls_(std::move(tls)),
      opened_us_(now_us),
      last_read_us_(now_us) {}

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
      Take({buffer.data(), static_cast<size_t>(got)});
      total += static_cast<size_t>(got);
      last_read_us_ = now_us;
    }
    Collect(now_us);
    if (ended_ || gone_) break;
  }
}

void MllpConnection::Take(std::string_view bytes) {
  if (tls_ == nullptr)
    framer_.Feed(bytes);
  else
    TakeSealed(bytes);
  first_read_ = false;
}

void MllpConnection::TakeSealed(std::string_view bytes) {
  if (first_read_ && bytes[0] != tls::kFirstByte && bytes[0] != tls::kAlertByte) {
    // No alert for it: whoever speaks plain could not read one.
    spoke_plain_ = true;
    ended_ = true;
    return;
  }
  std::string plain;
  const Status status = tls_->Feed(bytes, plain);
  framer_.Feed(plain);
  PushOut(tls_->TakeOutput());  // the handshake, or the alert that says why it failed
  if (!status.ok()) tls_error_ = status.error().message;
  if (status.ok() && !tls_->ended()) return;
  ended_ = true;
  framer_.FinishWaiting();
}

void MllpConnection::PushOut(std::string bytes) {
  if (bytes.empty()) return;
  out_bytes_ += bytes.size();
  out_.push_back(std::move(bytes));
}

void MllpConnection::Answer(const std::string& message) {
  std::string frame = hl7::Frame(message);
  if (tls_ == nullptr) return PushOut(std::move(frame));
  const Status status = tls_->Write(frame);
  if (!status.ok()) tls_error_ = status.error().message;
  PushOut(tls_->TakeOutput());
}

void MllpConnection::Start() {
  if (tls_ == nullptr) return;
  const Status status = tls_->Start();
  if (!status.ok()) tls_error_ = status.error().message;
  PushOut(tls_->TakeOutput());
}

void MllpConnection::End() {
  if (tls_ == nullptr || gone_ || !tls_->established()) return;
  tls_->End();
  PushOut(tls_->TakeOutput());
  Write();
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

int64_t MllpConnection::StuckUs(int64_t now_us) {
  if (!WantsWrite() || stuck_since_us_ < 0 || sent_ != sent_seen_) stuck_since_us_ = now_us;
  sent_seen_ = sent_;
  return now_us - stuck_since_us_;
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
    sent_ += static_cast<uint64_t>(sent);
    if (out_written_ < first.size()) continue;
    out_bytes_ -= first.size();
    out_.pop_front();
    out_written_ = 0;
  }
  return true;
}

}  // namespace sam::mllp
