// Session: one connection of one subscriber, as a small state machine in data. Knows who it is, how
// far the greeting got and how much the subscriber lets be unanswered; nothing of signals.
// Owned by DeliveryStage, delivery thread only. Times are steady microseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "broker/delivery/channel.h"
#include "broker/wire/link.h"

namespace sam::delivery {

enum class SessionState : uint8_t { kNew, kGreeted, kSubscribed, kFlowing };
enum class SessionEvent : uint8_t { kHello, kSubscribe, kCredit, kAck, kHeartbeat };

// The next state, or false: this frame has no place here (the conversation starts anew).
bool NextState(SessionState from, SessionEvent event, SessionState* to);

class Session {
 public:
  Session(wire::PeerId peer, std::unique_ptr<Channel> channel, int64_t now_us)
      : peer_(std::move(peer)), channel_(std::move(channel)), heard_us_(now_us), sent_us_(now_us) {}

  // False: the frame does not fit; the state is unchanged.
  bool Take(SessionEvent event);
  SessionState state() const { return state_; }
  bool flowing() const { return state_ == SessionState::kFlowing; }

  const wire::PeerId& peer() const { return peer_; }
  Channel& channel() { return *channel_; }

  // At most so much may be unanswered; the newest word holds.
  void SetWindow(uint32_t messages, uint64_t bytes) {
    window_messages_ = messages;
    window_bytes_ = bytes;
  }
  // Room for one more of `bytes` in a lane. A fourth of the window is kept for the acute lane, so
  // that a stalled normal lane never shuts it out. One signal always fits an empty window.
  bool HasRoom(bool acute, size_t in_flight, size_t in_flight_bytes, size_t bytes) const;

  std::string subscription;  // set when subscribed
  std::string software;      // as it greeted, made harmless

  void Heard(int64_t now_us) { heard_us_ = now_us; }
  void Sent(int64_t now_us) { sent_us_ = now_us; }
  // A proof costs some hundred rows: not more often than this is one made for a connection.
  static constexpr int64_t kProofMicros = 1'000'000;
  bool MayAskProof(int64_t now_us) {
    if (now_us < proof_at_us_) return false;
    proof_at_us_ = now_us + kProofMicros;
    return true;
  }
  int64_t heard_us() const { return heard_us_; }
  int64_t sent_us() const { return sent_us_; }

 private:
  wire::PeerId peer_;
  std::unique_ptr<Channel> channel_;
  SessionState state_ = SessionState::kNew;
  uint32_t window_messages_ = 0;
  uint64_t window_bytes_ = 0;
  int64_t heard_us_;
  int64_t sent_us_;
  int64_t proof_at_us_ = 0;
};

}  // namespace sam::delivery
