// MllpFramer: cuts the byte stream of one MLLP connection into messages (VT message FS CR).
// One thread at a time; owned by the connection. Bytes in, values out: no sockets, no timers.
// Limits: a frame holds at most FramerOptions::max_frame_bytes; what is larger is drained.
// It works on bytes and its buffer survives across reads, so a frame may come in any number of
// pieces and a piece may hold any number of frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace sam::hl7 {

inline constexpr char kStartBlock = '\x0b';  // VT
inline constexpr char kEndBlock = '\x1c';    // FS

struct FramerOptions {
  // Documents of 20 MB as base64 exist, but are rare: a source that sends them raises its limit.
  size_t max_frame_bytes = size_t{16} << 20;
  // FS must be followed by CR; otherwise FS VT and FS at the end of the data end a frame too.
  bool strict_end = false;
};

struct FrameEvent {
  enum class Kind {
    kFrame,          // bytes: one message as sent, without the frame bytes
    kEmptyFrame,     // nothing but white space in it: count and keep, never answer
    kTooLarge,       // bytes: the first kHeadBytes, enough to read MSH and answer AR
    kLostEnd,        // bytes: a part whose end was lost or broken: quarantine, AR 207 if MSH reads
    kJunk,           // bytes: the first 64 bytes that came outside any frame; once a connection
    kWrongProtocol,  // bytes: what came first; the caller closes and logs detail
  };
  Kind kind = Kind::kFrame;
  std::string bytes;
  std::string detail;  // for the log: what and why, never content
  bool operator==(const FrameEvent&) const = default;
};

class MllpFramer {
 public:
  static constexpr size_t kHeadBytes = 4096;  // no MSH segment seen is longer than 1 KiB
  static constexpr size_t kJunkBytes = 64;    // enough to tell HTTP, a bare message and line noise

  explicit MllpFramer(FramerOptions options = FramerOptions());

  void Feed(std::string_view bytes);
  std::optional<FrameEvent> Next();

  // True while a frame has begun and not ended. When the peer closes then, nothing of it was
  // acknowledged, so the sender will send it again.
  bool HasPartial() const { return state_ != State::kBetween && state_ != State::kDead; }
  std::string_view Partial() const { return frame_; }  // for a quarantine record

  // FS was the last byte read. The caller gives CR 500 ms, or less if the peer half-closes, and
  // then calls FinishWaiting(): the frame is taken (or broken, if strict). FinishWaiting() also
  // hands out junk that never reached a start byte, so that "no VT came" can be said.
  bool WaitingForCr() const { return state_ == State::kAfterFs || state_ == State::kDrainAfterFs; }
  void FinishWaiting();

  uint64_t frames() const { return frames_; }
  uint64_t skipped_bytes() const { return skipped_; }        // junk outside frames
  uint64_t silent_bytes() const { return silent_; }          // CR, LF, NUL, space outside frames
  uint64_t fs_in_payload() const { return fs_in_payload_; }  // FS kept as content
  uint64_t missing_cr() const { return missing_cr_; }        // frames ended by FS alone

 private:
  enum class State { kBetween, kInFrame, kAfterFs, kMaybeStart, kDrain, kDrainAfterFs, kDead };

  size_t TakeBetween(std::string_view bytes);
  size_t TakeInFrame(std::string_view bytes);
  size_t TakeDrain(std::string_view bytes);
  void AfterFs(char byte);
  void DrainAfterFs(char byte);
  void MaybeStart(char byte);
  void Append(std::string_view bytes);
  void DrainBytes(std::string_view bytes);
  void BeginFrame();
  void EndFrame();
  void EndDrain();
  void Broken(std::string bytes, const char* detail);
  void Junk(char byte);
  void EmitJunk();
  void Emit(FrameEvent::Kind kind, std::string bytes, std::string detail);

  FramerOptions options_;
  State state_ = State::kBetween;
  std::string frame_;
  size_t start_match_ = 0;        // how much of "MSH" followed a VT inside the frame
  const char* broken_ = nullptr;  // strict: why the frame at hand is broken
  uint64_t drained_ = 0;          // full size of a frame that is too large
  char drain_last_ = 0;
  std::string junk_;
  bool junk_told_ = false;
  bool first_bytes_ = true;  // no frame yet: the peer may speak another protocol
  std::deque<FrameEvent> events_;
  uint64_t frames_ = 0, skipped_ = 0, silent_ = 0, fs_in_payload_ = 0, missing_cr_ = 0;
};

// VT message FS CR in one buffer, to be written in one call: some peers break when VT comes alone.
std::string Frame(std::string_view message);

}  // namespace sam::hl7
