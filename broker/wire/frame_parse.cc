#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"
#include "broker/wire/frame.h"

namespace sam::wire {
namespace {

constexpr unsigned kProofMax = 128;  // two digests for each level of the largest tree

std::string Copy(capnp::Text::Reader text) { return std::string(View(text)); }
std::string Copy(capnp::Data::Reader data) { return std::string(View(data)); }

Result<HubId> ReadHub(capnp::Data::Reader data, bool may_be_empty) {
  if (data.size() == 0 && may_be_empty) return HubId{};
  const std::optional<HubId> hub = HubId::From(View(data));
  if (!hub) return Invalid("hub id is not 8 bytes");
  return *hub;
}

Result<Lane> ReadLane(uint8_t lane) {
  if (lane >= kLanes) return Invalid("no such lane");
  return static_cast<Lane>(lane);
}

Result<Position> ReadPosition(schema::Position::Reader in) {
  Position out;
  SAM_ASSIGN(out.hub, ReadHub(in.getHub(), false));
  SAM_ASSIGN(out.lane, ReadLane(in.getLane()));
  out.epoch = in.getEpoch();
  out.sequence = Sequence(in.getSequence());
  return out;
}

RefusedRecord ReadRefused(schema::Refused::Reader in) {
  return {in.getSequence(), in.getCode(), Copy(in.getField())};
}

Result<AnyFrame> ReadHello(schema::Hello::Reader in) {
  Hello out;
  out.protocol = in.getProtocol();
  out.software = Copy(in.getSoftware());
  switch (in.getRole()) {
    case schema::Hello::Role::SOURCE: out.role = Role::kSource; break;
    case schema::Hello::Role::SUBSCRIBER: out.role = Role::kSubscriber; break;
    default: return Invalid("no such role");
  }
  out.system_id = Copy(in.getSystemId());
  out.last_accepted = in.getLastAccepted();
  SAM_ASSIGN(out.last_hub, ReadHub(in.getLastHub(), true));
  out.last_epoch = in.getLastEpoch();
  return AnyFrame(std::move(out));
}

Result<AnyFrame> ReadWelcome(schema::Welcome::Reader in) {
  Welcome out;
  out.protocol = in.getProtocol();
  SAM_ASSIGN(out.hub, ReadHub(in.getHub(), false));
  out.epoch = in.getEpoch();
  out.software = Copy(in.getSoftware());
  out.max_event_bytes = in.getMaxEventBytes();
  out.max_batch_bytes = in.getMaxBatchBytes();
  out.accepted_to = in.getAcceptedTo();
  out.checkpoint = Copy(in.getCheckpoint());
  out.test = in.getTest();
  out.standby = in.getAcknowledgement() == schema::Welcome::Acknowledgement::STANDBY;
  return AnyFrame(std::move(out));
}

Result<AnyFrame> ReadPublish(schema::Publish::Reader in) {
  Publish out;
  const auto records = in.getRecords();
  out.records.reserve(records.size());
  for (auto record : records) {
    PublishedRecord each;
    each.sequence = record.getSequence();
    if (each.sequence == 0 || each.sequence > kMaxSequence)
      return Invalid("record numbers are from 1 to 2^62");
    each.event = Copy(record.getEvent());
    if (each.event.empty()) {
      each.void_from = record.getVoidFrom() == 0 ? each.sequence : record.getVoidFrom();
      if (each.void_from > each.sequence) return Invalid("a hole ends before it begins");
    }
    out.records.push_back(std::move(each));
  }
  return AnyFrame(std::move(out));
}

AnyFrame ReadAck(schema::Ack::Reader in) {
  Ack out;
  out.accepted_to = in.getAcceptedTo();
  out.trim_to = in.getTrimTo();
  out.duplicates = in.getDuplicates();
  for (auto refused : in.getRefused()) out.refused.push_back(ReadRefused(refused));
  return AnyFrame(std::move(out));
}

Result<AnyFrame> ReadSubscribe(schema::Subscribe::Reader in) {
  Subscribe out;
  out.subscription = Copy(in.getSubscription());
  for (auto position : in.getSeen()) {
    SAM_ASSIGN(Position each, ReadPosition(position));
    out.seen.push_back(each);
  }
  return AnyFrame(std::move(out));
}

Result<AnyFrame> ReadDeliver(schema::Deliver::Reader in) {
  Deliver out;
  out.subscription = Copy(in.getSubscription());
  const auto items = in.getItems();
  out.items.reserve(items.size());
  for (auto item : items) {
    Delivery each;
    SAM_ASSIGN(each.position, ReadPosition(item.getPosition()));
    if (each.position.sequence.value == 0) return Invalid("delivery numbers start at 1");
    each.signal = Copy(item.getSignal());
    each.withheld = item.getWithheld();
    each.late = item.getLate();
    each.replayed = item.getReplayed();
    each.attempt = item.getAttempt();
    out.items.push_back(std::move(each));
  }
  return AnyFrame(std::move(out));
}

Result<AnyFrame> ReadDeliverAck(schema::DeliverAck::Reader in) {
  DeliverAck out;
  out.subscription = Copy(in.getSubscription());
  SAM_ASSIGN(out.lane, ReadLane(in.getLane()));
  out.floor = in.getFloor();
  out.epoch = in.getEpoch();
  const auto also = in.getAlso();
  out.also.reserve(also.size());
  for (uint64_t number : also) out.also.push_back(number);
  return AnyFrame(std::move(out));
}

AnyFrame ReadTrial(schema::Trial::Reader in) {
  return Trial{in.getNumber(), Copy(in.getEvent())};
}

AnyFrame ReadTrialAnswer(schema::TrialAnswer::Reader in) {
  TrialAnswer out;
  out.number = in.getNumber();
  out.refused = in.getRefused();
  out.field = Copy(in.getField());
  out.config = Copy(in.getConfig());
  out.watched = in.getWatched();
  for (auto signal : in.getSignals()) {
    TrialSignal each;
    each.code = Copy(signal.getCode());
    each.legal_class = signal.getLegalClass();
    each.outcome = signal.getOutcome();
    each.receiver = Copy(signal.getReceiver());
    each.sender = Copy(signal.getSender());
    each.ground = Copy(signal.getGround());
    each.rule = Copy(signal.getRule());
    each.reasons = TextsOf(signal.getReasons());
    each.masked = TextsOf(signal.getMasked());
    out.signals.push_back(std::move(each));
  }
  return out;
}

Result<AnyFrame> ReadCheckpoint(schema::Checkpoint::Reader in) {
  CheckpointWord out;
  out.note = Copy(in.getNote());
  out.from = in.getFrom();
  out.key = Copy(in.getKey());
  if (in.getConsistency().size() > kProofMax) return Invalid("a proof of so many steps proves nothing");
  for (auto each : in.getConsistency()) {
    const auto digest = Digest::From(View(each));
    if (!digest) return Invalid("a digest has 32 bytes");
    out.consistency.push_back(*digest);
  }
  return AnyFrame(std::move(out));
}

Result<AnyFrame> ReadFrame(schema::Frame::Reader frame) {
  switch (frame.which()) {
    case schema::Frame::UNSET: return Invalid("frame is empty");
    case schema::Frame::HELLO: return ReadHello(frame.getHello());
    case schema::Frame::WELCOME: return ReadWelcome(frame.getWelcome());
    case schema::Frame::PUBLISH: return ReadPublish(frame.getPublish());
    case schema::Frame::ACK: return ReadAck(frame.getAck());
    case schema::Frame::CREDIT: {
      const auto in = frame.getCredit();
      return AnyFrame(Credit{in.getMessages(), in.getBytes(), in.getRetryAfterMs()});
    }
    case schema::Frame::SUBSCRIBE: return ReadSubscribe(frame.getSubscribe());
    case schema::Frame::DELIVER: return ReadDeliver(frame.getDeliver());
    case schema::Frame::DELIVER_ACK: return ReadDeliverAck(frame.getDeliverAck());
    case schema::Frame::HEARTBEAT: return AnyFrame(Heartbeat{});
    case schema::Frame::REFUSED: return AnyFrame(RefusedFrame{ReadRefused(frame.getRefused())});
    case schema::Frame::BYE: return AnyFrame(Bye{});
    case schema::Frame::TRIAL: return ReadTrial(frame.getTrial());
    case schema::Frame::TRIAL_ANSWER: return ReadTrialAnswer(frame.getTrialAnswer());
    case schema::Frame::CHECKPOINT: return ReadCheckpoint(frame.getCheckpoint());
  }
  return AnyFrame(UnknownFrame{});
}

}  // namespace

Result<AnyFrame> ParseFrame(std::string_view bytes) {
  return Read<schema::Frame>(bytes, ReadFrame);
}

}  // namespace sam::wire
