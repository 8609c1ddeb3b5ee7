// MllpConnection: one sender's connection: its bytes in, the frames that wait, the answers that
// have not been written yet. One thread; owned by the server. Limits: kOutMax of unwritten answers,
// the framer's frame size, and no reading while frames wait.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "adapters/hl7/mllp_framer.h"

namespace sam::mllp {

class MllpConnection {
 public:
  static constexpr size_t kReadStep = size_t{64} << 10;
  static constexpr size_t kReadMax =
      size_t{1} << 20;  // a turn's share, so that one sender cannot hold the others up
  static constexpr size_t kOutMax = size_t{1}
                                    << 20;  // answers a sender does not fetch: some thousands

  MllpConnection(int fd, std::string peer, hl7::FramerOptions options, int64_t now_us);
  ~MllpConnection();
  MllpConnection(const MllpConnection&) = delete;
  MllpConnection& operator=(const MllpConnection&) = delete;

  void Read(int64_t now_us);
  // False: nothing more can be written (the peer is gone).
  bool Write();
  void Answer(const std::string& message) {
    out_.push_back(hl7::Frame(message));
    out_bytes_ += out_.back().size();
  }
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
  int64_t frame_since_us() const { return frame_since_us_; }  // -1: no frame under way
  bool gone() const { return gone_; }

 private:
  void Collect(int64_t now_us);

  int fd_;
  std::string peer_;
  hl7::MllpFramer framer_;
  std::deque<hl7::FrameEvent> frames_;
  std::deque<std::string> out_;
  size_t out_bytes_ = 0;
  size_t out_written_ = 0;  // of the first answer
  int64_t last_read_us_;
  int64_t frame_since_us_ = -1;
  bool ended_ = false;  // the peer shut its sending side; it may still wait for answers
  bool gone_ = false;   // reset or broken: what came in whole is still stored
};

}  // namespace sam::mllp
