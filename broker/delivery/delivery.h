// DeliveryStage: hands each subscription its mailbox, in order per child and lane, until everything
// is acknowledged. Reads rows and decisions, writes nothing itself: what subscribers acknowledged,
// what is given up and what must be decided anew goes to the journal as records.
// Thread "delivery"; owned by main. All doors must outlive the stage.
//
// Rules kept here
//  - durable before disclosed: only decisions below the durable mark are sent;
//  - a decision that rests on an older consent, protection or configuration is not sent: a recheck
//    is journaled and its number, with the same child's later ones, waits for dispatch's answer;
//  - a slow or dead subscriber costs the others nothing: work per session and round is bounded, and
//    so is memory (positions only; payload is read anew for each sending);
//  - two connections for one subscription: the newest wins, the older is told and let go;
//  - class A is never given up: it stays, and people are alarmed.
// Limits: kFramesPerRound, kItemsPerSession, kItemsPerRound; windows in lane_queue.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/quiet_log.h"
#include "broker/base/random.h"
#include "broker/delivery/lane_queue.h"
#include "broker/delivery/receivers.h"
#include "broker/delivery/session.h"
#include "broker/journal/inbox.h"
#include "broker/journal/place_door.h"
#include "broker/journal/reader.h"
#include "broker/mailbox/mailbox.h"
#include "broker/stage/latest.h"
#include "broker/stage/stage.h"

namespace sam::delivery {

struct DeliveryOptions {
  HubId hub;
  uint32_t epoch = 1;
  std::string software = "samsignald";
  bool test = false;  // environment "test"
  int64_t heartbeat_us = wire::kHeartbeatMicros;  // three without a sign: the session is over
  RetryPolicy retry;
  size_t sessions_max = 1024;
  int64_t silent_us = int64_t{24} * 3'600'000'000;  // a receiver that is away for so long is told
  // The log is told before a connection gets anything, and again what may have left when it ends, so
  // that a withdrawal knows whom it must be told to. False: stages that are tried out alone.
  bool tell_offers = false;
};

struct DeliveryDoors {
  wire::ServerLink& link;
  const Store& store;  // rows of mailboxes and lanes
  const journal::Reader& log;
  const journal::PlaceDoor& places;  // of reports that the gate let through
  journal::Port& port;
  stage::Doorbell& bell;
  const Clock& clock;
  // Whether the directory lets this peer (its authenticated name) subscribe as this function. Asked
  // when it subscribes and again before each sending: a key withdrawn stops the flow.
  std::function<bool(const std::string& peer, const std::string& function)> may_subscribe;
  // The versions that hold now for this subject (dispatch's state and configuration).
  std::function<Result<mailbox::Versions>(const SubjectId&)> versions_now;
  // The latest signed checkpoint, told in Welcome; may be empty.
  std::function<std::string()> checkpoint;
  // The newest one, and the proof that it goes on from the first `from` records. Empty: never answered.
  std::function<wire::CheckpointWord(uint64_t from)> checkpoint_from = {};
  // Functions that have a key and ought to be connected; the newest table of receivers goes there.
  std::function<std::vector<std::string>()> expected = {};
  stage::Latest<ReceiverTable>* receivers = nullptr;
  // What was decided before this place in the log is asked for again, though its versions hold. Empty: never.
  std::function<Result<Offset>()> valid_since = {};
};

class DeliveryStage final : public stage::Stage {
 public:
  static constexpr int kFramesPerRound = 256;   // frames taken in one Work()
  static constexpr int kItemsPerSession = 64;   // signals to one subscriber in one Work()
  static constexpr int kItemsPerRound = 1024;   // signals in one Work(), all subscribers together
  static constexpr int kAcutePerNormal = 4;     // acute first, but a busy one starves nobody

  DeliveryStage(DeliveryDoors doors, DeliveryOptions options, Random random);
  ~DeliveryStage() override;

  std::string_view name() const override { return "delivery"; }
  Result<int> Work() override;
  std::vector<wire::Pollable> Pollables() override;
  int64_t IdleMicros() const override { return 50'000; }
  void Stop() override;  // says goodbye; what was acknowledged is still journaled
  bool Drained() const override;

  size_t sessions() const { return sessions_.size(); }

 private:
  struct LaneBox {
    explicit LaneBox(const RetryPolicy& retry) : queue(retry) {}
    LaneQueue queue;
    std::optional<uint64_t> scanned_at;  // durable mark when the rows were read to their end
    bool dirty = false;                  // acknowledged since the last progress record
    bool busy = false;                   // a progress record is at the journal
    std::vector<uint64_t> dead;          // given up, not yet told
    uint64_t hole_told = 0;
    uint64_t offered_below = 0;          // without a connection; 0: not to be told
    uint64_t claim = 0;                  // of the connection that stands
    bool claimed = false;                // dispatch knows of it: numbers may leave
  };
  struct Subscription;
  struct Frame;      // a Deliver being filled
  struct Recheck {
    Subscription* subscription;
    Lane lane;
    uint64_t sequence;
  };
  struct Told {  // one draft at the journal
    Subscription* subscription;
    Lane lane;
    std::vector<uint64_t> dead;
    std::optional<Recheck> recheck;
  };

  // sessions.cc: the conversation
  Status DropIfAsked();
  int Receive();
  void Handle(const wire::PeerId& peer, std::string_view bytes);
  void OnHello(const wire::PeerId& peer, const wire::Hello& hello);
  void OnSubscribe(Session& session, const wire::Subscribe& subscribe);
  void OnAck(Session& session, const wire::DeliverAck& ack);
  void OnCheckpoint(Session& session, uint64_t from);
  void Refuse(const wire::PeerId& peer, wire::Refusal code, std::string_view field);
  void Say(Session& session, std::string_view bytes);
  void Leave(Session& session, bool broken);  // its subscription is free again
  void End(const wire::PeerId& peer, bool broken, bool bye);
  void WatchSessions();
  Result<Subscription*> Load(const std::string& name);
  bool TakeSeen(Session& session, Subscription& subscription, const std::vector<Position>& seen);

  // sending.cc: from the mailbox to the channel
  Result<int> SendAll();
  Result<int> SendTo(Session& session, int budget);
  Result<bool> Claimed(Subscription& subscription);
  Status ReadAhead(Subscription& subscription, Lane lane);
  LaneQueue::Verdict Offer(Frame& frame, Lane lane, uint64_t sequence, Flight& flight);
  Result<bool> Prepare(Frame& frame, Lane lane, uint64_t sequence, Flight& flight,
                       wire::Delivery* item);
  Result<bool> PrepareSignal(Frame& frame, Lane lane, uint64_t sequence, const mailbox::Row& row,
                             Flight& flight, wire::Delivery* item);
  struct PartAt {
    Lane lane;
    uint64_t sequence;
    Offset bytes;
  };
  Result<bool> FillPart(Subscription& subscription, const PartAt& at, Flight& flight,
                        const std::string& signal, wire::Delivery* item);
  bool IsOld(const journal::Header& decision) const;
  void AskAgain(Subscription& subscription, Lane lane, uint64_t sequence, Flight& flight);
  bool Flush(Frame& frame);

  // progress.cc: to and from the journal
  int TakeOutcomes();
  int Submit();
  Result<int> LookForRenewed();
  void Expire();
  Status UpdateGauges();
  Result<int64_t> Oldest(Subscription& subscription, Lane lane, Millis now) const;
  void NoteReceiver(Subscription& subscription, bool expected, Millis now, ReceiverTable& table);
  Status TellUnclosed();
  uint64_t OfferedBelow(const Subscription& subscription, const LaneBox& lane) const;

  DeliveryDoors doors_;
  DeliveryOptions options_;
  Random random_;
  mailbox::MailboxReader mailbox_;
  std::map<std::string, std::unique_ptr<Subscription>> subscriptions_;
  std::map<wire::PeerId, std::unique_ptr<Session>> sessions_;
  wire::PeerId last_served_;
  std::vector<Recheck> rechecks_;
  std::map<uint64_t, std::vector<Told>> at_journal_;
  uint64_t next_token_ = 1;
  uint64_t renewed_mark_ = UINT64_MAX;
  int64_t now_us_ = 0;
  int64_t watch_at_us_ = 0;
  int64_t renewed_at_us_ = 0;
  int64_t gauges_at_us_ = 0;
  int64_t started_us_ = -1;  // whoever has not come since then is away since then
  bool stopping_ = false;
  bool unclosed_told_ = false;
  metrics::Gauge sessions_gauge_;
  metrics::Counter protocol_errors_;
  QuietLog quiet_;
};

// Inside the folder: one subscription with what it measures. Lives as long as the stage, since a
// subscriber's next connection goes on where the last one stood.
struct DeliveryStage::Subscription {
  Subscription(std::string name_in, const RetryPolicy& retry);
  LaneBox& lane(Lane which) { return lanes[static_cast<size_t>(which)]; }
  LaneQueue& queue(Lane which) { return lane(which).queue; }
  size_t in_flight() const { return lanes[0].queue.in_flight() + lanes[1].queue.in_flight(); }
  size_t in_flight_bytes() const {
    return lanes[0].queue.in_flight_bytes() + lanes[1].queue.in_flight_bytes();
  }

  std::string name;
  std::string peer;            // who acknowledged last, for the journal
  LaneBox lanes[kLanes];
  bool loaded = false;         // false: known for its metrics only, nobody subscribed yet
  Session* session = nullptr;  // the connection that serves it now
  metrics::Counter delivered;
  metrics::Counter redelivered;
  metrics::Counter dead_letters;
  metrics::Counter rechecks;
  metrics::Counter gap;
  metrics::Counter statutory_stuck;
  metrics::Gauge oldest[kLanes];
  metrics::Gauge connected, silent;
  // The newest stands at 1. Whoever says something new each time fills no table: the rest is "other".
  static constexpr size_t kSoftwareMax = 8;
  std::map<std::string, metrics::Gauge> software_seen;
  std::string software;
  Millis seen;
  int64_t seen_us = 0;
  bool is_silent = false;
  int64_t oldest_ms = 0;
};

}  // namespace sam::delivery
