// From the mailbox to the channel: what may go out, in which order, and how much at a time.
#include <algorithm>
#include <utility>

#include "broker/base/log.h"
#include "broker/contract/place.h"
#include "broker/delivery/delivery.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "schemas/signal.capnp.h"
#include "schemas/storage.capnp.h"

namespace sam::delivery {

namespace {

constexpr size_t kReadAhead = 64;              // rows looked at in one go
constexpr size_t kItemOverhead = 96;           // position and flags of one delivery in a frame
constexpr int64_t kAskAgainMicros = 1'000'000;   // at most one recheck a second for one number
constexpr int64_t kUnreadableMicros = 60'000'000;  // a damaged decision is tried again this often

struct Decided {
  bool deliver = false;
  bool statutory = false;
  wire::WithheldCode withheld = wire::WithheldCode::NONE;
  std::string signal;
  std::optional<Offset> bytes_at;  // a part of an attachment: whose record holds its bytes
};

Result<Decided> ReadDecision(std::string_view payload) {
  return wire::ReadOwn<schema::Decision>(payload, [](schema::Decision::Reader in) {
    Decided out;
    out.deliver = in.getOutcome() == schema::Outcome::DELIVER && in.getSignal().size() > 0;
    out.statutory = in.getLegalClass() == schema::LegalClass::A;
    out.withheld = in.getWithheldCode();
    out.signal = std::string(wire::View(in.getSignal()));
    const bool part = wire::View(in.getCode()) == "ATTACHMENT";
    if (part && in.getEvidence().size() > 0) out.bytes_at = Offset(in.getEvidence()[0]);
    return Result<Decided>(std::move(out));
  });
}

// The signal byte for byte as it was composed. kNotFound: its subject was erased since the rest was
// read; the next try finds nothing at all and asks again.
Result<Decided> AddPlaces(const journal::PlaceDoor& door, Offset offset, Decided decided) {
  SAM_ASSIGN(const std::string places, door.Open(offset));
  if (places.empty()) return NotFound("a decision's places are gone");
  SAM_ASSIGN(const auto rest, wire::Parse<schema::Signal>(decided.signal));
  SAM_ASSIGN(const auto place, wire::Parse<schema::Signal>(places));
  decided.signal = contract::JoinPlaces(rest.get(), place.get());
  return decided;
}

// The signal as it was decided, with digest and bytes as the source told them.
Result<std::string> WithBytes(std::string_view signal, std::string_view event) {
  capnp::MallocMessageBuilder message(
      static_cast<unsigned>((signal.size() + event.size()) / sizeof(capnp::word) + 64));
  SAM_TRY(wire::ReadOwn<schema::Signal>(signal, [&](schema::Signal::Reader in) -> Status {
    message.setRoot(in);
    return Ok();
  }));
  SAM_TRY(wire::ReadOwn<schema::Event>(event, [&](schema::Event::Reader in) -> Status {
    auto body = message.getRoot<schema::Signal>().getBody();
    if (!in.getBody().isReportAttachment() || !body.isAttachment())
      return Corrupt("a decision on an attachment names a record that holds none");
    auto out = body.getAttachment();
    out.setDigest(in.getBody().getReportAttachment().getDigest());
    out.setBytes(in.getBody().getReportAttachment().getBytes());
    return Ok();
  }));
  return wire::Flatten(message);
}

}  // namespace

struct DeliveryStage::Frame {
  Frame(Session& session_in, Subscription& subscription_in)
      : session(session_in), subscription(subscription_in) {
    deliver.subscription = subscription.name;
  }
  Session& session;
  Subscription& subscription;
  wire::Deliver deliver;
  std::vector<std::pair<Lane, uint64_t>> numbers;
  size_t bytes = 0;
  int sent = 0;
  bool full = false;  // the channel took nothing more
  bool gone = false;  // the receiver is gone
  Status error = Ok();
};

Result<int> DeliveryStage::SendAll() {
  // What is acknowledged could not be journaled: a disclosure that cannot be audited may not happen.
  if (!doors_.log.may_disclose()) return 0;
  int sent = 0;
  const size_t count = sessions_.size();
  for (size_t i = 0; i < count && sent < kItemsPerRound; ++i) {
    // Each round begins after the one served last, so that a long round shuts nobody out.
    auto next = sessions_.upper_bound(last_served_);
    if (next == sessions_.end()) next = sessions_.begin();
    if (next == sessions_.end()) break;
    last_served_ = next->first;
    Session& session = *next->second;
    if (!session.flowing()) continue;
    if (!doors_.may_subscribe(session.peer().user, session.subscription)) {
      log::Warn("delivery", "rights-withdrawn",
                {{"peer", session.peer().user}, {"subscription", session.subscription}});
      End(last_served_, /*broken=*/false, /*bye=*/true);
      Refuse(last_served_, wire::Refusal::NOT_ALLOWED, "subscription");
      continue;
    }
    SAM_ASSIGN(const int one, SendTo(session, std::min(kItemsPerSession, kItemsPerRound - sent)));
    sent += one;
  }
  return sent;
}

Status DeliveryStage::ReadAhead(Subscription& subscription, Lane which) {
  LaneBox& lane = subscription.lane(which);
  const uint64_t durable = doors_.log.durable().value;
  if (!lane.queue.WantsMore() || lane.scanned_at == durable) return Ok();
  bool more = false;
  size_t seen = 0;
  SAM_TRY(mailbox_.Scan(
      subscription.name, which, Sequence(lane.queue.next_read()), kReadAhead,
      [&](Sequence sequence, const mailbox::Row& row) {
        if (row.decision >= durable) return false;  // not synced yet: the next doorbell tells
        if (sequence.value != lane.queue.next_read() && lane.hole_told != sequence.value) {
          lane.hole_told = sequence.value;
          subscription.gap.Add();
          log::Error("delivery", "mailbox-hole",
                     {{"subscription", subscription.name}, {"missing", lane.queue.next_read()}});
        }
        lane.queue.Add(sequence.value, row.subject);
        more = ++seen == kReadAhead || !lane.queue.WantsMore();
        return lane.queue.WantsMore();
      }));
  if (more)
    lane.scanned_at.reset();
  else
    lane.scanned_at = durable;
  return Ok();
}

// Nothing leaves before dispatch has folded that it may: else a withdrawal that it folds first would
// take for unsent what is sent a moment later.
Result<bool> DeliveryStage::Claimed(Subscription& subscription) {
  if (!options_.tell_offers) return true;
  for (Lane which : {Lane::kNormal, Lane::kAcute}) {
    LaneBox& lane = subscription.lane(which);
    if (lane.claimed) continue;
    SAM_ASSIGN(const auto below, mailbox_.OfferedBelow(subscription.name, which));
    if (below != lane.claim) return false;
    lane.claimed = true;
  }
  return true;
}

Result<int> DeliveryStage::SendTo(Session& session, int budget) {
  Subscription& subscription = *subscriptions_.at(session.subscription);
  SAM_ASSIGN(const bool claimed, Claimed(subscription));
  if (!claimed) return 0;
  SAM_TRY(ReadAhead(subscription, Lane::kAcute));
  SAM_TRY(ReadAhead(subscription, Lane::kNormal));
  Frame frame(session, subscription);
  const auto pump = [&](Lane lane, int most) {
    int left = most;
    return subscription.queue(lane).Pump(now_us_, [&](uint64_t sequence, Flight& flight) {
      if (left == 0) return LaneQueue::Verdict::kStop;
      const LaneQueue::Verdict verdict = Offer(frame, lane, sequence, flight);
      if (verdict == LaneQueue::Verdict::kTaken) --left;
      return verdict;
    });
  };
  while (budget > 0 && !frame.full && !frame.gone && frame.error.ok()) {
    const int acute = pump(Lane::kAcute, std::min(budget, kAcutePerNormal));
    const int normal = budget > acute ? pump(Lane::kNormal, 1) : 0;
    if (acute + normal == 0) break;
    budget -= acute + normal;
  }
  Flush(frame);
  SAM_TRY(std::move(frame.error));
  const int sent = frame.sent;
  if (frame.gone) End(session.peer(), /*broken=*/true, /*bye=*/false);
  return sent;
}

LaneQueue::Verdict DeliveryStage::Offer(Frame& frame, Lane lane, uint64_t sequence,
                                        Flight& flight) {
  using Verdict = LaneQueue::Verdict;
  const bool acute = lane == Lane::kAcute;
  const Subscription& subscription = frame.subscription;
  // Before the payload is read: is there room for even the smallest?
  if (!frame.session.HasRoom(acute, subscription.in_flight(), subscription.in_flight_bytes(), 1))
    return Verdict::kStop;
  wire::Delivery item;
  auto prepared = Prepare(frame, lane, sequence, flight, &item);
  if (!prepared.ok()) {
    frame.error = prepared.error();
    return Verdict::kStop;
  }
  if (!*prepared) return Verdict::kWait;
  flight.bytes = item.signal.size() + kItemOverhead;
  if (!frame.session.HasRoom(acute, subscription.in_flight(), subscription.in_flight_bytes(),
                             flight.bytes))
    return Verdict::kStop;
  if (frame.bytes > 0 && frame.bytes + flight.bytes > wire::kMaxBatchBytes && !Flush(frame))
    return Verdict::kStop;
  frame.bytes += flight.bytes;
  frame.numbers.emplace_back(lane, sequence);
  frame.deliver.items.push_back(std::move(item));
  return Verdict::kTaken;
}

// False: not now. An error is the store's own.
Result<bool> DeliveryStage::Prepare(Frame& frame, Lane lane, uint64_t sequence, Flight& flight,
                                    wire::Delivery* item) {
  Subscription& subscription = frame.subscription;
  SAM_ASSIGN(const auto row, mailbox_.Get(subscription.name, lane, Sequence(sequence)));
  if (!row || row->decision >= doors_.log.durable().value) {
    flight.due_us = now_us_ + kAskAgainMicros;
    return false;
  }
  flight.decision = row->decision;
  item->position = {options_.hub, options_.epoch, lane, Sequence(sequence)};
  item->replayed = row->replayed;
  item->late = row->late;
  item->attempt = static_cast<uint16_t>(std::min<int>(flight.attempt + 1, UINT16_MAX));
  item->withheld = row->withheld;
  flight.withheld = row->withheld != wire::WithheldCode::NONE;
  if (flight.withheld) return true;
  return PrepareSignal(frame, lane, sequence, *row, flight, item);
}

Result<bool> DeliveryStage::PrepareSignal(Frame& frame, Lane lane, uint64_t sequence,
                                          const mailbox::Row& row, Flight& flight,
                                          wire::Delivery* item) {
  Subscription& subscription = frame.subscription;
  SAM_ASSIGN(const mailbox::Versions now, doors_.versions_now(row.subject));
  Offset since(0);
  if (doors_.valid_since) {
    SAM_ASSIGN(since, doors_.valid_since());
  }
  if (now != row.versions || row.decision < since.value) {
    AskAgain(subscription, lane, sequence, flight);
    return false;
  }
  auto record = doors_.log.Read(Offset(row.decision));
  auto decided = !record.ok()            ? Result<Decided>(record.error())
                 : !record->payload      ? Result<Decided>(Decided{})
                                         : ReadDecision(*record->payload);
  if (decided.ok() && record->apart && decided->deliver && decided->statutory)
    decided = AddPlaces(doors_.places, Offset(row.decision), std::move(*decided));
  if (!decided.ok()) {
    // One damaged record must not stop the hub for all others; verify names it, people act.
    log::Error("delivery", "decision-unreadable",
               {{"subscription", subscription.name}, {"offset", row.decision},
                {"code", decided.error().code}});
    flight.due_us = now_us_ + kUnreadableMicros;
    return false;
  }
  if (!record->payload) {  // disposed of or erased since: dispatch fills the number
    AskAgain(subscription, lane, sequence, flight);
    return false;
  }
  if (IsOld(record->header)) {
    AskAgain(subscription, lane, sequence, flight);
    return false;
  }
  flight.statutory = decided->statutory;
  if (decided->deliver && decided->bytes_at)
    return FillPart(subscription, {lane, sequence, *decided->bytes_at}, flight, decided->signal,
                    item);
  if (decided->deliver) {
    item->signal = std::move(decided->signal);
    return true;
  }
  flight.withheld = true;
  item->withheld = decided->withheld == wire::WithheldCode::NONE
                       ? wire::WithheldCode::REFUSED_AT_DELIVERY
                       : decided->withheld;
  return true;
}

// An attachment's bytes are kept once, in the record of their event: taken from there each time.
Result<bool> DeliveryStage::FillPart(Subscription& subscription, const PartAt& at, Flight& flight,
                                     const std::string& signal, wire::Delivery* item) {
  auto record = doors_.log.Read(at.bytes);
  if (record.ok() && !record->payload) {  // disposed of or erased since
    AskAgain(subscription, at.lane, at.sequence, flight);
    return false;
  }
  auto whole = record.ok() ? WithBytes(signal, *record->payload)
                           : Result<std::string>(record.error());
  if (!whole.ok()) {
    log::Error("delivery", "decision-unreadable",
               {{"subscription", subscription.name}, {"offset", at.bytes},
                {"code", whole.error().code}});
    flight.due_us = now_us_ + kUnreadableMicros;
    return false;
  }
  item->signal = std::move(whole).value();
  return true;
}

// Agreements, functions and consents end by time alone, and nothing in the log says so: what has
// waited a day is asked for again: a day of this machine's clock, by which the log is written, for the
// time that a test environment is told may stand still or lie in the past.
bool DeliveryStage::IsOld(const journal::Header& decision) const {
  return doors_.clock.Now().value - decision.time.value >= kDayMs;
}

void DeliveryStage::AskAgain(Subscription& subscription, Lane lane, uint64_t sequence,
                             Flight& flight) {
  if (flight.asked_us >= 0 && now_us_ - flight.asked_us < kAskAgainMicros) {
    flight.due_us = flight.asked_us + kAskAgainMicros;
    return;
  }
  subscription.rechecks.Add();
  subscription.queue(lane).Asked(sequence, now_us_);
  rechecks_.push_back({&subscription, lane, sequence});
}

// False: the channel took nothing; what was in the frame is unsent again.
bool DeliveryStage::Flush(Frame& frame) {
  if (frame.deliver.items.empty()) return true;
  const Status sent = frame.session.channel().Deliver(frame.deliver);
  if (sent.ok()) {
    frame.session.Sent(now_us_);
    frame.sent += static_cast<int>(frame.numbers.size());
    frame.subscription.delivered.Add(static_cast<double>(frame.numbers.size()));
    for (const wire::Delivery& item : frame.deliver.items)
      if (item.attempt > 1) frame.subscription.redelivered.Add();
  } else {
    (sent.error().code == Code::kUnavailable ? frame.gone : frame.full) = true;
    for (const auto& [lane, sequence] : frame.numbers)
      frame.subscription.queue(lane).Unsent(sequence);
  }
  frame.deliver.items.clear();
  frame.numbers.clear();
  frame.bytes = 0;
  return sent.ok();
}

}  // namespace sam::delivery
