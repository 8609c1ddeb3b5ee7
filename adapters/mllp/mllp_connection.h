// MllpConnection: one sender's connection: its bytes in, the frames that wait, the answers that
// have not been written yet. One thread; owned by the server. Limits: kOutMax of unwritten answers,
// the framer's frame size, and no reading while frames wait. With TLS the bytes of the socket go
// through a tls::Session first; everything else is the same.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/hl7/mllp_framer.h"
#include "adapters/tls/session.h"

namespace sam::mllp {

class MllpConnection {
 public:
  static constexpr size_t kReadStep = size_t{64} << 10;
  static constexpr size_t kReadMax =
      size_t{1} << 20;  // a turn's share, so that one sender cannot hold the others up
  static constexpr size_t kOutMax = size_t{1}
                                    << 20;  // answers a sender does not fetch: some thousands

  // `tls`: null for a plain connection.
  MllpConnection(int fd, std::string peer, hl7::FramerOptions options,
                 std::unique_ptr<tls::Session> tls, int64_t now_us);
  ~MllpConnection();
  MllpConnection(const MllpConnection&) = delete;
  MllpConnection& operator=(const MllpConnection&) = delete;

  void Read(int64_t now_us);
  // False: nothing more can be written (the peer is gone).
  bool Write();
  void Answer(const std::string& message);
  // Says the first words of TLS: for who connected.
  void Start();
  // The last words of a connection that is closed in order: TLS says goodbye.
  void End();
  // Another protocol, or nothing sensible: everything is dropped and the server closes it.
  void Abandon() {
    gone_ = true;
    frames_.clear();
    out_.clear();
    out_bytes_ = 0;
  }
  // The CR after FS did not come in time, or nothing comes any more.
  void FinishWaiting();

  bool WantsRead() const { return !ended_ && !gone_ && frames_.empty() && out_bytes_ < kOutMax; }
  bool WantsWrite() const { return !out_.empty() && !gone_; }
  // All that was received is worked on, all answers are out, and nothing comes any more.
  bool Finished() const {
    return gone_ ? frames_.empty() : ended_ && frames_.empty() && out_.empty();
  }
  bool idle() const { return frames_.empty() && out_.empty() && !framer_.HasPartial(); }

  int fd() const { return fd_; }
  const std::string& peer() const { return peer_; }
  std::deque<hl7::FrameEvent>& frames() { return frames_; }
  const hl7::MllpFramer& framer() const { return framer_; }
  int64_t last_read_us() const { return last_read_us_; }
  int64_t opened_us() const { return opened_us_; }
  // TLS and its handshake is not over: nothing can be said or heard yet.
  bool shaking_hands() const { return tls_ != nullptr && !tls_->established(); }
  // Why TLS ended this connection; empty: it did not.
  const std::string& tls_error() const { return tls_error_; }
  bool spoke_plain() const { return spoke_plain_; }  // the peer does not know that this port is TLS
  // What the peer showed; null: nothing.
  const tls::Certificate* certificate() const {
    return tls_ != nullptr && tls_->peer() ? &*tls_->peer() : nullptr;
  }
  // How long answers have waited without a byte of them leaving. To be asked each turn.
  int64_t StuckUs(int64_t now_us);
  int64_t frame_since_us() const { return frame_since_us_; }  // -1: no frame under way
  bool gone() const { return gone_; }
  bool ClosedByPeer() const { return gone_ || ended_; }

 private:
  void Collect(int64_t now_us);
  void Take(std::string_view bytes);
  void TakeSealed(std::string_view bytes);
  void PushOut(std::string bytes);

  int fd_;
  std::string peer_;
  hl7::MllpFramer framer_;
  std::unique_ptr<tls::Session> tls_;
  std::string tls_error_;
  bool first_read_ = true;
  bool spoke_plain_ = false;
  std::deque<hl7::FrameEvent> frames_;
  std::deque<std::string> out_;
  size_t out_bytes_ = 0;
  size_t out_written_ = 0;  // of the first answer
  uint64_t sent_ = 0;       // bytes in all
  uint64_t sent_seen_ = 0;  // when it was asked last
  int64_t stuck_since_us_ = -1;
  int64_t opened_us_;
  int64_t last_read_us_;
  int64_t frame_since_us_ = -1;
  bool ended_ = false;  // the peer shut its sending side; it may still wait for answers
  bool gone_ = false;   // reset or broken: what came in whole is still stored
};

}  // namespace sam::mllp
