// Mailbox: one subscription's rows, numbered per lane. Rows hold references and versions, never
// payload: what is delivered stands in the decision record they name.
// Threads: encoders and keys are pure. MailboxReader: one per thread; sees applied rows, so who
// discloses must compare `decision` with the durable mark.
// Keys: length of subscription, subscription, lane byte, sequence 8 bytes big-endian (kMailbox);
// the same without the sequence (kLane).
// Limits: subscription 1-64 bytes (IsDirectoryId).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/store/store.h"
#include "schemas/storage.capnp.h"

namespace sam::mailbox {

// What a decision rested on; delivery asks again when one of them has changed since.
struct Versions {
  std::string config;
  uint32_t consent = 0;
  uint32_t protection = 0;
  bool operator==(const Versions&) const = default;
};

struct Row {
  uint64_t decision = 0;  // offset of the decision record
  SignalId signal;
  SubjectId subject;
  schema::WithheldCode withheld = schema::WithheldCode::NONE;
  Versions versions;
  bool replayed = false;
  bool late = false;
  Millis decided_at;
  bool operator==(const Row&) const = default;
};

struct LaneState {
  Sequence next{1};          // the number that the next row takes
  Sequence ack_floor;        // all up to here are acknowledged
  std::vector<Sequence> also;  // acknowledged above the floor, rising
  bool operator==(const LaneState&) const = default;
  bool Acked(Sequence sequence) const;
};

struct EncodedRow {
  std::string bytes;
  size_t decision_position = 0;  // where the 8 little-endian bytes of `decision` stand
};
EncodedRow EncodeRow(const Row& row);
Result<Row> DecodeRow(std::string_view bytes);  // kCorrupt: not a row
// Of kOffered: from here up every number may have left, for a connection stands or stood when the hub
// ended. Which connection it is stands in the other bits: a word about an earlier one is not its own.
inline constexpr uint64_t kAnyOffered = uint64_t{1} << 63;

std::string EncodeLane(const LaneState& lane);
Result<LaneState> DecodeLane(std::string_view bytes);

std::string RowKey(std::string_view subscription, Lane lane, Sequence sequence);
std::string LaneKey(std::string_view subscription, Lane lane);
Sequence SequenceOfKey(std::string_view row_key);
// The first key after all rows of this lane: the end of a scan.
std::string EndOfLane(std::string_view subscription, Lane lane);

class MailboxReader {
 public:
  explicit MailboxReader(const Store& store) : store_(store) {}

  // Rows from `from` on, rising, at most `limit`; visit returns false to stop.
  Status Scan(std::string_view subscription, Lane lane, Sequence from, size_t limit,
              const std::function<bool(Sequence, const Row&)>& visit) const;
  Result<std::optional<Row>> Get(std::string_view subscription, Lane lane,
                                 Sequence sequence) const;
  // A lane that nothing was ever put in has next = 1 and nothing acknowledged.
  Result<LaneState> StateOf(std::string_view subscription, Lane lane) const;
  // Numbers from here on have left for nobody; empty: nobody has told, as in a lane that has never had
  // a connection.
  Result<std::optional<uint64_t>> OfferedBelow(std::string_view subscription, Lane lane) const;
  // Subscriptions that have a lane, rising, each once.
  Result<std::vector<std::string>> Subscriptions() const;

 private:
  const Store& store_;
};

}  // namespace sam::mailbox
