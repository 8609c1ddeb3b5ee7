// What the inbox stores, as plain values, and their bytes (schemas/inbox.capnp). Any thread, pure.
// Decode errors are kCorrupt: these are our own bytes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/intake/book.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/wire/frame.h"
#include "schemas/inbox.capnp.h"
#include "schemas/shared_events.capnp.h"

namespace sam::inbox {

using LadderState = schema::LadderState;
using Answer = schema::Answer;
using Decision = schema::PromptDecided::Decision;
using Way = schema::InboxStep::Way;

// What somebody said by telephone or on the paper form, and another person entered. DIRECT: nobody did.
struct Told {
  Way way = Way::DIRECT;
  std::string by;
  Millis at;
};

struct Step {
  LadderState state = LadderState::UNKNOWN;
  Millis at;
  std::string reference;  // case number
  Answer answer = Answer::UNSET;
  EventId event;
  uint64_t outbox = 0;
  std::string by;
  Told told = {};
};

struct View {
  Millis at;
  std::string by;
};

struct Row {
  SignalId id;
  uint64_t number = 0;  // order of arrival, from 1
  Position position;    // the first it came under
  Millis received_at;
  std::string signal;      // Signal message, byte for byte as delivered
  bool unreadable = false;  // kept and shown as such: a newer or broken message is not lost
  bool late = false;
  bool replayed = false;
  uint32_t copies = 1;
  SignalId withdrawn_by;  // zero: it stands
  std::string withdrawn_reason;
  std::vector<Step> steps;  // in the order they were taken
  std::vector<View> views;  // newest last
  Decision decision = Decision::UNKNOWN;
  std::string decision_reason;
  Millis decided_at;
  std::string decided_by;
  int reminded_percent = 0;  // the newest reminder: so much of the limit had gone; 0: none
  std::string reminded_clock;
  Millis disposed_at;       // not 0: nothing of what it said is here any more
  std::string disposed_by;  // the decision that allows it, or the reason of who erased it
  bool disposed() const { return disposed_at.value != 0; }

  static constexpr size_t kViewsMax = 200;  // the first and the newest are kept
};

// Numbers held of one (hub, epoch, lane).
struct LaneRow {
  uint64_t floor = 0;
  std::map<uint64_t, uint64_t> runs;  // above the floor: first -> last

  bool Has(uint64_t sequence) const;
  bool HasAll(uint64_t first, uint64_t last) const;
  void Add(uint64_t sequence);
};

// A number that the hub withheld, or a hole (withheld NONE) from position.sequence to `last`.
struct NumberRow {
  Position position;
  uint64_t last = 0;
  wire::WithheldCode withheld = wire::WithheldCode::NONE;
  Millis at;
};

struct RefusalRow {
  wire::Refusal code = wire::Refusal::NONE;
  std::string field;
  Millis at;
};

struct IdentityRow {
  uint32_t format = 1;
  std::string wrapped_key;
  std::string function;
};

std::string Encode(const intake::Entry& row);
Result<intake::Entry> DecodeIntake(std::string_view bytes);
std::string Encode(const Row& row);
std::string Encode(const LaneRow& row);
std::string Encode(const NumberRow& row);
std::string Encode(const RefusalRow& row);
std::string Encode(const IdentityRow& row);
Result<Row> DecodeRow(std::string_view bytes);
Result<LaneRow> DecodeLane(std::string_view bytes);
Result<NumberRow> DecodeNumber(std::string_view bytes);
Result<RefusalRow> DecodeRefusal(std::string_view bytes);
Result<IdentityRow> DecodeIdentity(std::string_view bytes);

// Hub, epoch, lane (13 bytes), and with the number (21 bytes); byte order is numeric order.
std::string LaneKey(const Position& position);
std::string NumberKey(const Position& position);
Result<Position> ParseLaneKey(std::string_view key);

}  // namespace sam::inbox
