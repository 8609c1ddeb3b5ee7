// SubscriberClient: receives one subscription's signals and acknowledges each only after the sink
// has it durably. Public interface for agencies' own clients and samsignal-inbox.
// No thread of its own: the owner calls Step() from one thread, when link.pollable() is ready and
// at least every 100 ms.
// Signals of different children may come out of number order (one child's redelivery does not hold
// up the others); a hole that stays open is reported as a gap, since every number is either
// delivered or said to be withheld.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/wire/frame.h"
#include "broker/wire/link.h"

namespace sam::client {

struct DeliveryFlags {
  bool late = false;
  bool replayed = false;
  uint16_t attempt = 1;
};

// The receiver's own storage. Called on the owner's thread, during Step().
class InboxSink {
 public:
  virtual ~InboxSink() = default;
  // One signal (bytes of a Signal message), or why a number stays empty. Durable when this or the
  // next Commit() returns. The same signal id may come again under another position (replay, a
  // restored hub): showing it once is the sink's duty. kExhausted: stop, try later.
  virtual Status Take(const Position& position, std::string_view signal,
                      wire::WithheldCode withheld, const DeliveryFlags& flags) = 0;
  virtual Status Commit() = 0;
  // Take or Commit failed: what was taken since the last Commit is acknowledged by nobody and comes
  // again, so no later Commit may keep it.
  virtual Status Drop() = 0;
  // Per (hub, epoch, lane): everything up to this number has been taken and committed. Asked at
  // each Hello.
  virtual std::vector<Position> Seen() = 0;
  // Nothing was ever taken. The hub is told so: when it has acknowledgements from this receiver, the receiver's
  // store is lost. A sink that keeps nothing says false, since its emptiness tells nobody anything.
  virtual bool IsEmpty() const { return false; }
};

// Keeps the hub's signed checkpoints as a witness. Called on the owner's thread, during Step().
class CheckpointKeeper {
 public:
  virtual ~CheckpointKeeper() = default;
  virtual uint64_t KeptRecords() const = 0;  // of the log, in the one that is kept; 0: none
  // What the hub told, true or not: judging it is the keeper's.
  virtual Status TakeCheckpoint(const wire::CheckpointWord& told) = 0;
};

struct SubscriberOptions {
  std::string subscription;
  std::string software = "samsignal-subscriber/1";
  uint32_t window_messages = 64;
  uint64_t window_bytes = wire::kWindowBytes;
  int64_t hello_retry_us = 5'000'000;
  int64_t heartbeat_us = wire::kHeartbeatMicros;
  CheckpointKeeper* keeper = nullptr;         // outlives the client; none: nothing is asked
  int64_t checkpoint_us = 3'600'000'000;      // after each greeting, and then so often
  int64_t gap_patience_us = 60'000'000;  // a hole open for so long is a gap
};

struct Gap {
  Position first;  // the missing numbers are first.sequence .. last
  uint64_t last = 0;
};

struct SubscriberStatus {
  bool welcomed = false;
  HubId hub;
  uint32_t epoch = 0;
  std::string checkpoint;  // the hub's signed checkpoint, to be kept as a witness
  uint64_t taken = 0;
  uint64_t withheld = 0;
  uint64_t duplicates = 0;
  uint64_t gaps = 0;
  wire::Refusal denied = wire::Refusal::NONE;
  std::string denied_field;
};

class SubscriberClient {
 public:
  using OnGap = std::function<void(const Gap&)>;
  SubscriberClient(wire::ClientLink& link, InboxSink& sink, SubscriberOptions options,
                   OnGap on_gap = {});

  // Receives, stores, commits, acknowledges. Returns how much was done. Errors are the sink's own:
  // nothing of that batch is acknowledged and the hub sends it again.
  Result<int> Step(int64_t now_us);
  const SubscriberStatus& status() const { return status_; }

 private:
  static constexpr int kFramesPerStep = 64;

  // Numbers taken in one lane: floor and the runs above it (first -> last).
  struct LaneView {
    uint64_t floor = 0;
    bool based = false;  // the floor is known, not assumed: holes above it are gaps
    std::map<uint64_t, uint64_t> runs;
    uint64_t hole_after = 0;  // the hole being watched begins after this number
    int64_t hole_since_us = -1;
    uint64_t reported_to = 0;
    bool Has(uint64_t sequence) const;
    void Add(uint64_t sequence);
  };
  using LaneKey = std::tuple<HubId, uint32_t, Lane>;

  Status Handle(std::string_view bytes, int64_t now_us);
  Status TakeDeliver(const wire::Deliver& deliver);
  Status CommitAndAck(int64_t now_us);
  Error DropTaken(const Error& why);
  void SendAck(const LaneKey& key, const LaneView& view, std::vector<uint64_t> numbers);
  void Greet(int64_t now_us);
  void WatchHoles(int64_t now_us);
  void AskCheckpoint(int64_t now_us);
  void KeepAlive(int64_t now_us);
  void Send(const std::string& bytes, int64_t now_us);

  wire::ClientLink& link_;
  InboxSink& sink_;
  SubscriberOptions options_;
  OnGap on_gap_;
  SubscriberStatus status_;
  uint64_t generation_ = 0;
  bool said_hello_ = false;
  int64_t hello_at_ = 0;
  int64_t last_sent_us_ = 0;
  int64_t checkpoint_at_ = 0;  // asked again from then on
  std::map<LaneKey, LaneView> lanes_;
  std::map<LaneKey, std::vector<uint64_t>> fresh_;  // taken, not yet committed
  std::map<LaneKey, std::vector<uint64_t>> again_;  // duplicates to acknowledge once more
};

}  // namespace sam::client
