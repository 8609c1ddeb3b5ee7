// SourceClient: ships one outbox to the hub, at least once, in order. Public interface for
// adapters. No thread of its own: the owner calls Step() from one thread, when link.pollable() is
// ready and at least every 100 ms. Nothing here is durable: all state that must survive is the
// outbox's. After a reconnect or a silence everything above the acknowledged number is sent again;
// the hub recognizes what it has and gives the same answer.
// Limits: batches of 256 KiB; unanswered records and bytes never above the hub's window.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/wire/frame.h"
#include "broker/wire/link.h"

namespace sam::client {

// The caller's outbox. Called on the owner's thread, during Step(). An error ends that Step and is
// handed to the caller; the next Step tries again.
class OutboxSource {
 public:
  using Visitor = std::function<bool(OutboxSeq, std::string_view event)>;  // false: enough
  virtual ~OutboxSource() = default;

  // Records from `from`, rising, until the visitor says stop or about `max_bytes` are given.
  // Numbers that hold nothing any more are passed over; the client tells the hub about the hole.
  virtual Status Read(OutboxSeq from, size_t max_bytes, const Visitor& visit) = 0;
  // Everything up to here is durable at the hub or was refused. Must be durable on return; never
  // falls, except that a hub restored from a backup may ask for older records again.
  virtual Status AcceptedTo(OutboxSeq seq) = 0;
  // May be forgotten up to here.
  virtual Status TrimTo(OutboxSeq seq) = 0;
  // The hub will never take this record: to quarantine. Told before AcceptedTo passes it, and
  // possibly again: after a crash, and while a hub restored from a backup is filled again, which
  // may also refuse what was accepted before.
  virtual Status Refused(OutboxSeq seq, wire::Refusal code, std::string_view field) = 0;
  // What to say in Hello: the last AcceptedTo, and the hub it was told by.
  virtual OutboxSeq accepted() const = 0;
};

struct SourceOptions {
  std::string system_id;
  std::string software = "samsignal-source/1";
  int64_t resend_us = 5'000'000;  // unanswered for so long: send again; doubles up to 60 s
  int64_t heartbeat_us = wire::kHeartbeatMicros;
};

struct SourceStatus {
  bool welcomed = false;
  bool test_hub = false;
  HubId hub;
  uint32_t epoch = 0;
  uint64_t accepted_to = 0;
  uint64_t trim_to = 0;
  uint64_t sent_to = 0;
  uint64_t resends = 0;     // times the window was sent again
  uint64_t duplicates = 0;  // as the hub counts them
  uint64_t refused = 0;
  uint32_t window = 0;      // 0: the hub is busy
  // Why the hub does not talk to us (wrong key's rights, protocol); NONE when it does.
  wire::Refusal denied = wire::Refusal::NONE;
  std::string denied_field;
};

class SourceClient {
 public:
  SourceClient(wire::ClientLink& link, OutboxSource& outbox, SourceOptions options);

  // Receives, acknowledges, sends what the window allows. Returns how much was done (0: idle).
  // Errors are the outbox's own.
  Result<int> Step(int64_t now_us);
  const SourceStatus& status() const { return status_; }

 private:
  static constexpr int kFramesPerStep = 64;

  Status Handle(std::string_view bytes, int64_t now_us);
  Status TakeWelcome(const wire::Welcome& welcome, int64_t now_us);
  Status TakeAck(const wire::Ack& ack, int64_t now_us);
  void TakeCredit(const wire::Credit& credit, int64_t now_us);
  void SayHello(int64_t now_us);
  void Forget();  // the conversation: everything unanswered is unsent again
  Result<int> SendBatch(int64_t now_us);
  void KeepAlive(int64_t now_us);

  wire::ClientLink& link_;
  OutboxSource& outbox_;
  SourceOptions options_;
  SourceStatus status_;
  uint64_t generation_ = 0;
  bool said_hello_ = false;
  int64_t hello_at_ = 0;
  int64_t hello_wait_us_ = 0;
  int64_t last_sent_us_ = 0;
  int64_t last_progress_us_ = 0;
  int64_t resend_wait_us_ = 0;
  int64_t busy_until_us_ = 0;
  uint64_t window_bytes_ = 0;
  uint64_t max_batch_bytes_ = wire::kMaxBatchBytes;
  struct InFlight {
    uint64_t upto;
    uint64_t bytes;
    uint32_t records;
  };
  std::vector<InFlight> in_flight_;  // batches, oldest first
  uint64_t in_flight_bytes_ = 0;
  uint64_t in_flight_records_ = 0;
};

}  // namespace sam::client
