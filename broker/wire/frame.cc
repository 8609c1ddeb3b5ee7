#include "broker/wire/frame.h"

#include <capnp/message.h>

#include "broker/base/check.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"

namespace sam::wire {
namespace {

// Frames are built in one segment of about the right size, since Flatten copies segment by segment.
class FrameBuilder {
 public:
  explicit FrameBuilder(size_t payload_bytes = 0)
      : message_(static_cast<unsigned>(payload_bytes / sizeof(capnp::word) + 64)),
        root_(message_.initRoot<schema::Frame>()) {}
  schema::Frame::Builder* operator->() { return &root_; }
  std::string Done() { return Flatten(message_); }

 private:
  capnp::MallocMessageBuilder message_;
  schema::Frame::Builder root_;
};

void SetRefused(schema::Refused::Builder out, const RefusedRecord& in) {
  out.setSequence(in.sequence);
  out.setCode(in.code);
  if (!in.field.empty()) out.setField(in.field);
}

void SetPosition(schema::Position::Builder out, const Position& in) {
  out.setHub(AsData(in.hub.view()));
  out.setEpoch(in.epoch);
  out.setLane(static_cast<uint8_t>(in.lane));
  out.setSequence(in.sequence.value);
}

}  // namespace

const char* RefusalName(Refusal code) {
  switch (code) {
    case Refusal::NONE: return "none";
    case Refusal::MALFORMED: return "malformed";
    case Refusal::TOO_LARGE: return "tooLarge";
    case Refusal::SCHEMA_UNKNOWN: return "schemaUnknown";
    case Refusal::NOT_ALLOWED: return "notAllowed";
    case Refusal::MISSING_FIELD: return "missingField";
    case Refusal::BAD_VALUE: return "badValue";
    case Refusal::ENVELOPE_REUSED: return "envelopeReused";
    case Refusal::CONFLICT: return "conflict";
    case Refusal::BUSY: return "busy";
    case Refusal::WRONG_ENVIRONMENT: return "wrongEnvironment";
    case Refusal::DERIVED_ONLY: return "derivedOnly";
  }
  return "unknown";  // a newer hub's code
}

const char* WithheldName(WithheldCode code) {
  switch (code) {
    case WithheldCode::NONE: return "none";
    case WithheldCode::REFUSED_AT_DELIVERY: return "refusedAtDelivery";
    case WithheldCode::DEAD_LETTERED: return "deadLettered";
    case WithheldCode::ERASED: return "erased";
    case WithheldCode::WITHDRAWN: return "withdrawn";
  }
  return "unknown";
}

std::string Encode(const Hello& frame) {
  FrameBuilder builder;
  auto hello = builder->initHello();
  hello.setProtocol(frame.protocol);
  hello.setSoftware(frame.software);
  hello.setRole(frame.role == Role::kSource ? schema::Hello::Role::SOURCE
                                            : schema::Hello::Role::SUBSCRIBER);
  hello.setSystemId(frame.system_id);
  hello.setLastAccepted(frame.last_accepted);
  if (!frame.last_hub.empty()) hello.setLastHub(AsData(frame.last_hub.view()));
  hello.setLastEpoch(frame.last_epoch);
  return builder.Done();
}

std::string Encode(const Welcome& frame) {
  FrameBuilder builder(frame.checkpoint.size());
  auto welcome = builder->initWelcome();
  welcome.setProtocol(frame.protocol);
  welcome.setHub(AsData(frame.hub.view()));
  welcome.setEpoch(frame.epoch);
  welcome.setSoftware(frame.software);
  welcome.setMaxEventBytes(frame.max_event_bytes);
  welcome.setMaxBatchBytes(frame.max_batch_bytes);
  welcome.setAcceptedTo(frame.accepted_to);
  if (!frame.checkpoint.empty()) welcome.setCheckpoint(frame.checkpoint);
  welcome.setTest(frame.test);
  welcome.setAcknowledgement(frame.standby ? schema::Welcome::Acknowledgement::STANDBY
                                           : schema::Welcome::Acknowledgement::LOCAL);
  return builder.Done();
}

std::string Encode(const Publish& frame) {
  size_t bytes = 0;
  for (const PublishedRecord& record : frame.records) bytes += record.event.size() + 40;
  FrameBuilder builder(bytes);
  auto records = builder->initPublish().initRecords(static_cast<unsigned>(frame.records.size()));
  for (unsigned i = 0; i < records.size(); ++i) {
    const PublishedRecord& record = frame.records[i];
    records[i].setSequence(record.sequence);
    if (record.event.empty()) {
      records[i].setVoidFrom(record.void_from);
    } else {
      records[i].setEvent(AsData(record.event));
    }
  }
  return builder.Done();
}

std::string Encode(const Ack& frame) {
  FrameBuilder builder(frame.refused.size() * 48);
  auto ack = builder->initAck();
  ack.setAcceptedTo(frame.accepted_to);
  ack.setTrimTo(frame.trim_to);
  ack.setDuplicates(frame.duplicates);
  if (!frame.refused.empty()) {
    auto refused = ack.initRefused(static_cast<unsigned>(frame.refused.size()));
    for (unsigned i = 0; i < refused.size(); ++i) SetRefused(refused[i], frame.refused[i]);
  }
  return builder.Done();
}

std::string Encode(const Credit& frame) {
  FrameBuilder builder;
  auto credit = builder->initCredit();
  credit.setMessages(frame.messages);
  credit.setBytes(frame.bytes);
  credit.setRetryAfterMs(frame.retry_after_ms);
  return builder.Done();
}

std::string Encode(const Subscribe& frame) {
  FrameBuilder builder;
  auto subscribe = builder->initSubscribe();
  subscribe.setSubscription(frame.subscription);
  auto seen = subscribe.initSeen(static_cast<unsigned>(frame.seen.size()));
  for (unsigned i = 0; i < seen.size(); ++i) SetPosition(seen[i], frame.seen[i]);
  return builder.Done();
}

std::string Encode(const Deliver& frame) {
  size_t bytes = 0;
  for (const Delivery& item : frame.items) bytes += item.signal.size() + 80;
  FrameBuilder builder(bytes);
  auto deliver = builder->initDeliver();
  deliver.setSubscription(frame.subscription);
  auto items = deliver.initItems(static_cast<unsigned>(frame.items.size()));
  for (unsigned i = 0; i < items.size(); ++i) {
    const Delivery& item = frame.items[i];
    SetPosition(items[i].initPosition(), item.position);
    if (!item.signal.empty()) items[i].setSignal(AsData(item.signal));
    items[i].setWithheld(item.withheld);
    items[i].setLate(item.late);
    items[i].setReplayed(item.replayed);
    items[i].setAttempt(item.attempt);
  }
  return builder.Done();
}

std::string Encode(const DeliverAck& frame) {
  FrameBuilder builder(frame.also.size() * 8);
  auto ack = builder->initDeliverAck();
  ack.setSubscription(frame.subscription);
  ack.setLane(static_cast<uint8_t>(frame.lane));
  ack.setFloor(frame.floor);
  ack.setEpoch(frame.epoch);
  if (!frame.also.empty()) {
    auto also = ack.initAlso(static_cast<unsigned>(frame.also.size()));
    for (unsigned i = 0; i < also.size(); ++i) also.set(i, frame.also[i]);
  }
  return builder.Done();
}

std::string Encode(const Heartbeat&) {
  FrameBuilder builder;
  builder->setHeartbeat();
  return builder.Done();
}

std::string Encode(const RefusedFrame& frame) {
  FrameBuilder builder;
  SetRefused(builder->initRefused(), frame.refused);
  return builder.Done();
}

std::string Encode(const Bye&) {
  FrameBuilder builder;
  builder->setBye();
  return builder.Done();
}

std::string Encode(const Trial& frame) {
  FrameBuilder builder(frame.event.size());
  auto trial = builder->initTrial();
  trial.setNumber(frame.number);
  trial.setEvent(AsData(frame.event));
  return builder.Done();
}

std::string Encode(const TrialAnswer& frame) {
  FrameBuilder builder(frame.signals.size() * 512);
  auto answer = builder->initTrialAnswer();
  answer.setNumber(frame.number);
  answer.setRefused(frame.refused);
  answer.setField(frame.field);
  answer.setConfig(frame.config);
  answer.setWatched(frame.watched);
  auto signals = answer.initSignals(static_cast<unsigned>(frame.signals.size()));
  for (unsigned i = 0; i < signals.size(); ++i) {
    const TrialSignal& one = frame.signals[i];
    signals[i].setCode(one.code);
    signals[i].setLegalClass(one.legal_class);
    signals[i].setOutcome(one.outcome);
    signals[i].setReceiver(one.receiver);
    signals[i].setSender(one.sender);
    signals[i].setGround(one.ground);
    signals[i].setRule(one.rule);
    SetTexts(signals[i].initReasons(static_cast<unsigned>(one.reasons.size())), one.reasons);
    SetTexts(signals[i].initMasked(static_cast<unsigned>(one.masked.size())), one.masked);
  }
  return builder.Done();
}

std::string Encode(const CheckpointWord& frame) {
  FrameBuilder builder(frame.note.size() + frame.consistency.size() * 48);
  auto word = builder->initCheckpoint();
  if (!frame.note.empty()) word.setNote(frame.note);
  word.setFrom(frame.from);
  auto proof = word.initConsistency(static_cast<unsigned>(frame.consistency.size()));
  for (unsigned i = 0; i < proof.size(); ++i) proof.set(i, AsData(frame.consistency[i].view()));
  if (!frame.key.empty()) word.setKey(AsData(frame.key));
  return builder.Done();
}

}  // namespace sam::wire
