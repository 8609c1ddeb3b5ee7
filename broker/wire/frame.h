// Frames: plain structs in, bytes out, and back; the whole wire protocol in one place, so that
// clients, ingress and delivery never touch a builder. Any thread, pure.
// The meaning of each field is told in schemas/control.capnp. What is added here:
//  - Credit is a window, not a grant: "at most so many records and bytes may be unanswered". A lost
//    Credit therefore heals with the next one; zero messages means busy, retryAfterMs says when to
//    ask again (with a heartbeat). The same holds for the credit a subscriber gives.
//  - Bye from a hub means "I do not know this conversation": say Hello again.
//  - A published record without event says that the numbers void_from..sequence hold nothing any
//    more at the source (trimmed or erased), so that succession stays checkable over holes.
//  - Numbers of records are from 1 to kMaxSequence: a frame with another is no frame, so that no
//    sum of two of them can run over.
//  - Each Ack, DeliverAck and Credit is sent again on every heartbeat: losing one is normal.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/wire/limits.h"
#include "schemas/control.capnp.h"

namespace sam::wire {

using Refusal = schema::Refusal;
using WithheldCode = schema::WithheldCode;
const char* RefusalName(Refusal code);  // stable word, as in the schema: metrics and messages
const char* WithheldName(WithheldCode code);

enum class Role : uint8_t { kSource, kSubscriber };

struct Hello {
  uint16_t protocol = kProtocolVersion;
  std::string software;
  Role role = Role::kSource;
  std::string system_id;       // sources: the outbox's name, one numbering each
  uint64_t last_accepted = 0;  // sources: highest acceptedTo ever told
  HubId last_hub;              // zero: never met one
  uint32_t last_epoch = 0;
};

struct Welcome {
  uint16_t protocol = kProtocolVersion;
  HubId hub;
  uint32_t epoch = 1;
  std::string software;
  uint32_t max_event_bytes = kMaxEventBytes;
  uint32_t max_batch_bytes = kMaxBatchBytes;
  uint64_t accepted_to = 0;
  std::string checkpoint;
  bool test = false;
  bool standby = false;  // acknowledged only when a standby has it too
};

struct PublishedRecord {
  uint64_t sequence = 0;
  std::string event;       // Event message; empty: the numbers below hold nothing
  uint64_t void_from = 0;  // used when `event` is empty
};
struct Publish {
  std::vector<PublishedRecord> records;
};

struct RefusedRecord {
  uint64_t sequence = 0;
  Refusal code = Refusal::NONE;
  std::string field;
  bool operator==(const RefusedRecord&) const = default;
};

struct Ack {
  uint64_t accepted_to = 0;
  uint64_t trim_to = 0;
  std::vector<RefusedRecord> refused;
  uint32_t duplicates = 0;
};

struct Credit {
  uint32_t messages = 0;
  uint64_t bytes = 0;
  uint32_t retry_after_ms = 0;
};

struct Subscribe {
  std::string subscription;
  std::vector<Position> seen;
};

struct Delivery {
  Position position;
  std::string signal;  // empty when withheld
  WithheldCode withheld = WithheldCode::NONE;
  bool late = false;
  bool replayed = false;
  uint16_t attempt = 1;
};
struct Deliver {
  std::string subscription;
  std::vector<Delivery> items;
};

struct DeliverAck {
  std::string subscription;
  Lane lane = Lane::kNormal;
  uint64_t floor = 0;          // everything up to here; 0 says nothing
  std::vector<uint64_t> also;  // and these above it
  uint32_t epoch = 1;
};

struct Heartbeat {};
struct Bye {};
// Not about one record but about the conversation (sequence 0).
struct RefusedFrame {
  RefusedRecord refused;
};
// What would become of one event (schemas/control.capnp). No conversation is needed for it.
struct Trial {
  uint64_t number = 0;
  std::string event;
};
struct TrialSignal {
  using Outcome = schema::TrialSignal::Outcome;
  std::string code;
  schema::LegalClass legal_class = schema::LegalClass::UNSET;
  Outcome outcome = Outcome::UNSET;
  std::string receiver, sender, ground, rule;
  std::vector<std::string> reasons, masked;
};
struct TrialAnswer {
  uint64_t number = 0;
  Refusal refused = Refusal::NONE;
  std::string field;
  std::vector<TrialSignal> signals;
  std::string config;
  uint32_t watched = 0;
};
// A question (from alone) or its answer.
struct CheckpointWord {
  std::string note;  // empty: there is none yet
  uint64_t from = 0;
  std::vector<Digest> consistency;
  std::string key;  // 32 bytes
};
struct UnknownFrame {};  // a newer peer's frame: ignored, counted

using AnyFrame = std::variant<UnknownFrame, Hello, Welcome, Publish, Ack, Credit, Subscribe,
                              Deliver, DeliverAck, Heartbeat, RefusedFrame, Bye, Trial,
                              TrialAnswer, CheckpointWord>;

std::string Encode(const Hello& frame);
std::string Encode(const Welcome& frame);
std::string Encode(const Publish& frame);
std::string Encode(const Ack& frame);
std::string Encode(const Credit& frame);
std::string Encode(const Subscribe& frame);
std::string Encode(const Deliver& frame);
std::string Encode(const DeliverAck& frame);
std::string Encode(const Heartbeat& frame);
std::string Encode(const RefusedFrame& frame);
std::string Encode(const Bye& frame);
std::string Encode(const Trial& frame);
std::string Encode(const TrialAnswer& frame);
std::string Encode(const CheckpointWord& frame);

// kInvalid: not a frame; ids of a wrong length and lanes that do not exist are refused here.
Result<AnyFrame> ParseFrame(std::string_view bytes);

}  // namespace sam::wire
