#include "adapters/hl7/mllp_framer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace sam::hl7 {
namespace {

struct Signature {
  std::string_view bytes;
  const char* what;
};
constexpr std::array<Signature, 9> kOtherProtocols = {{
    {"GET ", "HTTP"},
    {"POST ", "HTTP"},
    {"PUT ", "HTTP"},
    {"HEAD ", "HTTP"},
    {"OPTIONS ", "HTTP"},
    {"HTTP/", "an HTTP answer"},
    {"PRI * HTTP/2", "HTTP/2"},
    {"\x16\x03", "TLS on a port that is configured as plain"},
    {"SSH-", "SSH"},
}};

bool IsBlank(char c) { return c == '\r' || c == '\n' || c == '\0' || c == ' '; }

bool AllBlank(std::string_view text) { return std::all_of(text.begin(), text.end(), IsBlank); }

// Where the first VT or FS stands, or the size. In windows: a chunk of many VT and no FS would
// otherwise be searched to its end for each of them.
size_t FindControl(std::string_view bytes) {
  constexpr size_t kWindow = 1024;
  for (size_t at = 0; at < bytes.size(); at += kWindow) {
    const std::string_view window = bytes.substr(at, kWindow);
    const size_t end = std::min(window.find(kEndBlock), window.size());
    const size_t start = std::min(window.substr(0, end).find(kStartBlock), end);
    if (start < window.size()) return at + start;
  }
  return bytes.size();
}

constexpr std::string_view kMsh = "MSH";

}  // namespace

MllpFramer::MllpFramer(FramerOptions options) : options_(options) {}

void MllpFramer::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t used = 1;
    switch (state_) {
      case State::kBetween: used = TakeBetween(bytes); break;
      case State::kInFrame: used = TakeInFrame(bytes); break;
      case State::kDrain: used = TakeDrain(bytes); break;
      case State::kAfterFs: AfterFs(bytes[0]); break;
      case State::kDrainAfterFs: DrainAfterFs(bytes[0]); break;
      case State::kMaybeStart: MaybeStart(bytes[0]); break;
      case State::kDead: skipped_ += bytes.size(); return;
    }
    bytes.remove_prefix(used);
  }
}

std::optional<FrameEvent> MllpFramer::Next() {
  if (events_.empty()) return std::nullopt;
  FrameEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void MllpFramer::FinishWaiting() {
  if (state_ == State::kAfterFs) {
    ++missing_cr_;
    if (options_.strict_end) broken_ = "end byte 0x1C without 0x0D at the end of the data";
    EndFrame();
  } else if (state_ == State::kDrainAfterFs) {
    ++missing_cr_;
    EndDrain();
  }
  if (state_ == State::kBetween) EmitJunk();
}

size_t MllpFramer::TakeBetween(std::string_view bytes) {
  const char byte = bytes[0];
  if (byte == kStartBlock) {
    EmitJunk();
    BeginFrame();
  } else if (IsBlank(byte) && junk_.empty()) {
    ++silent_;
  } else {
    Junk(byte);
  }
  return 1;
}

void MllpFramer::Junk(char byte) {
  ++skipped_;
  if (junk_told_) return;
  junk_ += byte;
  if (first_bytes_) {
    for (const Signature& s : kOtherProtocols) {
      if (junk_ != s.bytes) continue;
      Emit(FrameEvent::Kind::kWrongProtocol, std::move(junk_),
           std::string("the peer speaks ") + s.what + ", not MLLP");
      junk_.clear();
      state_ = State::kDead;
      return;
    }
  }
  if (junk_.size() == kJunkBytes) EmitJunk();
}

void MllpFramer::EmitJunk() {
  if (junk_told_ || junk_.empty()) return;
  junk_told_ = true;
  Emit(FrameEvent::Kind::kJunk, std::move(junk_), "bytes came outside a frame: no start byte 0x0B");
  junk_.clear();
}

void MllpFramer::BeginFrame() {
  first_bytes_ = false;
  frame_.clear();
  broken_ = nullptr;
  state_ = State::kInFrame;
}

size_t MllpFramer::TakeInFrame(std::string_view bytes) {
  const size_t run = FindControl(bytes);
  if (run > 0) {
    Append(bytes.substr(0, run));
    return run;
  }
  if (bytes[0] == kEndBlock) {
    state_ = State::kAfterFs;
  } else if (frame_.empty()) {
    ++skipped_;  // VT VT: the first one began nothing
  } else if (frame_.back() == '\r' || frame_.back() == '\n') {
    Broken(std::move(frame_), "a new start byte came before the end byte 0x1C");
    BeginFrame();
  } else {
    // Content, unless MSH follows: kept in the buffer until that is known.
    Append(bytes.substr(0, 1));
    if (state_ == State::kInFrame) state_ = State::kMaybeStart;
    start_match_ = 0;
  }
  return 1;
}

void MllpFramer::MaybeStart(char byte) {
  state_ = State::kInFrame;
  if (byte != kMsh[start_match_]) {
    Feed(std::string_view(&byte, 1));
    return;
  }
  Append(std::string_view(&byte, 1));
  if (state_ != State::kInFrame) return;  // it grew too large just now
  if (++start_match_ < kMsh.size()) {
    state_ = State::kMaybeStart;
    return;
  }
  frame_.resize(frame_.size() - kMsh.size() - 1);
  Broken(std::move(frame_), "a new message began before the end byte 0x1C");
  BeginFrame();
  frame_ = kMsh;
}

void MllpFramer::AfterFs(char byte) {
  if (byte == '\r') {
    EndFrame();
    return;
  }
  if (byte == kStartBlock) {
    ++missing_cr_;
    if (options_.strict_end) broken_ = "end byte 0x1C without 0x0D before the next start byte";
    EndFrame();
    BeginFrame();
    return;
  }
  ++fs_in_payload_;
  if (options_.strict_end) broken_ = "end byte 0x1C inside the message";
  state_ = State::kInFrame;
  Append(std::string_view(&kEndBlock, 1));
  if (byte != kEndBlock) {
    Feed(std::string_view(&byte, 1));
  } else {
    state_ = state_ == State::kInFrame ? State::kAfterFs : State::kDrainAfterFs;
  }
}

void MllpFramer::Append(std::string_view bytes) {
  if (frame_.size() + bytes.size() <= options_.max_frame_bytes) {
    frame_.append(bytes);
    return;
  }
  drained_ = frame_.size();
  frame_.resize(std::min(frame_.size(), kHeadBytes));
  frame_.shrink_to_fit();
  DrainBytes(bytes);
  start_match_ = 0;
  state_ = State::kDrain;
}

void MllpFramer::DrainBytes(std::string_view bytes) {
  drained_ += bytes.size();
  drain_last_ = bytes.back();
  if (frame_.size() < kHeadBytes) frame_.append(bytes.substr(0, kHeadBytes - frame_.size()));
}

// A frame that is too large may have lost its end as well: a start byte after CR ends it here too.
size_t MllpFramer::TakeDrain(std::string_view bytes) {
  const size_t run = FindControl(bytes);
  if (run > 0) {
    DrainBytes(bytes.substr(0, run));
    return run;
  }
  if (bytes[0] == kEndBlock) {
    state_ = State::kDrainAfterFs;
  } else if (drain_last_ == '\r' || drain_last_ == '\n') {
    EndDrain();
    BeginFrame();
  } else {
    DrainBytes(bytes.substr(0, 1));
  }
  return 1;
}

void MllpFramer::DrainAfterFs(char byte) {
  if (byte == '\r') {
    EndDrain();
  } else if (byte == kStartBlock) {
    ++missing_cr_;
    EndDrain();
    BeginFrame();
  } else {
    DrainBytes(std::string_view(&kEndBlock, 1));
    if (byte == kEndBlock) return;  // the second one may be the end
    DrainBytes(std::string_view(&byte, 1));
    state_ = State::kDrain;
  }
}

void MllpFramer::EndDrain() {
  Emit(FrameEvent::Kind::kTooLarge, std::move(frame_),
       "a message of " + std::to_string(drained_) + " bytes; the limit is " +
           std::to_string(options_.max_frame_bytes));
  frame_.clear();
  state_ = State::kBetween;
}

void MllpFramer::EndFrame() {
  state_ = State::kBetween;
  if (broken_ != nullptr) {
    Broken(std::move(frame_), broken_);
    broken_ = nullptr;
  } else if (AllBlank(frame_)) {
    Emit(FrameEvent::Kind::kEmptyFrame, std::move(frame_), "a frame without a message");
  } else {
    ++frames_;
    Emit(FrameEvent::Kind::kFrame, std::move(frame_), std::string());
  }
  frame_.clear();
}

void MllpFramer::Broken(std::string bytes, const char* detail) {
  Emit(FrameEvent::Kind::kLostEnd, std::move(bytes), detail);
  frame_.clear();
}

void MllpFramer::Emit(FrameEvent::Kind kind, std::string bytes, std::string detail) {
  events_.push_back(FrameEvent{kind, std::move(bytes), std::move(detail)});
}

std::string Frame(std::string_view message) {
  std::string out;
  out.reserve(message.size() + 3);
  out += kStartBlock;
  out += message;
  out += kEndBlock;
  out += '\r';
  return out;
}

}  // namespace sam::hl7
