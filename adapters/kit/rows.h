// What an adapter keeps on its disk, as plain values, and their bytes (schemas/adapter.capnp).
// Every row is compressed and sealed with a key made of the store key, bound to its space and key,
// so that rows cannot be swapped. What tells where somebody stays is sealed apart, with the place
// key: of an event the fields with that mark, of a message as it came all of it, since it may hold
// an address anywhere. One thread (the store's writer); reading tools use an object of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/ack.h"
#include "adapters/hl7/error_code.h"
#include "adapters/kit/told_order.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/crypto/digest.h"
#include "broker/crypto/seal.h"
#include "broker/crypto/secret.h"
#include "broker/store/store.h"

namespace sam::kit {

namespace spaces {
inline constexpr Space kMeta{0};        // format number, canary, the watch
inline constexpr Space kRaw{1};         // sequence of RawRow
inline constexpr Space kOutbox{2};      // sequence of Event bytes, places apart
inline constexpr Space kSeen{3};        // message key -> SeenRow; and by time, for pruning
inline constexpr Space kQuarantine{4};  // sequence of contents; beside each its QuarantineRow
inline constexpr Space kCursor{5};      // accepted, and the hub that said so
inline constexpr Space kEpisode{6};     // (type, episode) -> EpisodeRow; episode -> EpisodeOrderRow
inline constexpr Space kAudit{7};       // sequence of AccessRow
inline std::vector<std::string> AdapterNames() {
  return {"meta", "raw", "outbox", "seen", "quarantine", "cursor", "episode", "audit"};
}
}  // namespace spaces

// Of one message in one row. A longer one is kept by its beginning, with a note of its size: what
// can be written can be read again.
inline constexpr size_t kMaxKept = size_t{192} << 20;
inline constexpr size_t kKeptBeginning = size_t{64} << 10;
// Above what any build has written (a list of bytes ends at 512 MiB), so that a row that was taken
// in can always be read; kMaxKept bounds what is written.
inline constexpr size_t kMaxRowBytes = size_t{544} << 20;

struct RawMessage {
  Millis received_at;
  Millis expires_at;
  std::string peer;
  std::string bytes;
  uint64_t full_size = 0;  // of the message, when only its beginning is here; 0: it is whole
};

// The answer a message got. The same message again gets the same one.
struct Answer {
  hl7::Outcome outcome = hl7::Outcome::kStored;
  std::vector<hl7::AckError> errors;
};

struct SeenMessage {
  Digest digest;  // keyed, over the bytes as they came
  Millis seen_at;
  Answer answer;
  uint16_t events = 0;
  uint64_t raw_ref = 0;
  // The entry it lies in, where that matters: an error turns when a person has dealt with it. 0: none
  uint64_t quarantine = 0;
};

// kExpired: nobody dealt with it in open_days, and its content is gone.
enum class QuarantineState : uint8_t { kOpen, kResent, kFixed, kDiscarded, kExpired };
const char* QuarantineStateName(QuarantineState state);

// What is known of an entry of the quarantine without its content. It lies in a small row beside
// the entry, so that lists, filters and pruning read no messages; and it alone changes, while the
// entry stays as it was put.
struct QuarantineHead {
  uint64_t number = 0;  // its place in the sequence; not stored in the row
  Millis at;
  std::string reason;  // code
  std::string detail;  // no personal data
  std::string peer;
  std::string source;  // system id; empty: put aside by an older build
  std::string trigger;
  std::string mapping;
  QuarantineState state = QuarantineState::kOpen;
  uint64_t fix_of = 0;
  uint64_t fixed_by = 0;
  uint16_t resends = 0;
  Millis closed_at;
  std::string operator_name;
  uint64_t full_size = 0;  // as in RawMessage
  uint64_t raw_bytes = 0;
  uint64_t event_bytes = 0;
  uint64_t disk_bytes = 0;  // of the entry's own row
};

struct QuarantineContent {
  std::string raw;
  std::string event;  // hub refusals: the event's bytes
};

struct Quarantined : QuarantineHead, QuarantineContent {};

struct Access {
  Millis at;
  std::string operator_name;
  std::string action;
  std::string subject;
  std::string reason;
};

// What the watch over the feeds remembers over a restart (watch.h).
struct WatchState {
  struct Alarm {
    std::string kind;
    std::string source;
    Millis since;
    Millis ended;  // 0: it goes on
    bool start_told = false;
    bool end_told = false;
    bool active() const { return ended.value == 0; }
  };
  struct Heard {
    std::string source;
    Millis at;          // its last message, or since when one is waited for
    bool ever = false;  // a message it was
  };
  std::vector<Alarm> alarms;  // oldest first
  std::vector<Heard> heard;
};

// The keys an adapter's store needs, derived from its one key file.
class RowCodec {
 public:
  explicit RowCodec(SecretKey store_key);

  std::string Encode(const RawMessage& row, uint64_t seq);
  Result<RawMessage> DecodeRaw(std::string_view bytes, uint64_t seq);
  Result<Millis> DecodeRawExpiry(std::string_view bytes, uint64_t seq);  // leaves its content shut
  std::string Encode(const SeenMessage& row, const Mac16& key);
  Result<SeenMessage> DecodeSeen(std::string_view bytes, const Mac16& key);
  std::string Encode(const QuarantineContent& row, uint64_t seq);
  Result<QuarantineContent> DecodeContent(std::string_view bytes, uint64_t seq);
  std::string EncodeHead(const QuarantineHead& row, uint64_t seq);
  Result<QuarantineHead> DecodeHead(std::string_view bytes, uint64_t seq);
  // The head of an entry of format 1, which has none yet, without a copy of its content.
  Result<QuarantineHead> HeadOfEntry(std::string_view bytes, uint64_t seq);
  std::string Encode(const Access& row, uint64_t seq);
  Result<Access> DecodeAccess(std::string_view bytes, uint64_t seq);
  std::string EncodeEvent(std::string_view event, uint64_t seq);
  // The event without its places, also of a row of an older build. Empty: the row is no event.
  Result<std::string> DecodeEvent(std::string_view bytes, uint64_t seq);
  // With its places: canonical if it has any, else as it was given. For OutboxPlaceDoor.
  Result<std::string> DecodeWholeEvent(std::string_view bytes, uint64_t seq);
  std::string EncodeEpisode(const EventId& id, Millis told_at, const Mac16& key);
  Result<EventId> DecodeEpisode(std::string_view bytes, const Mac16& key);

  std::string Encode(const ToldOrders& row, const Mac16& key);
  Result<ToldOrders> DecodeOrders(std::string_view bytes, const Mac16& key);
  std::string Encode(const WatchState& row);
  Result<WatchState> DecodeWatch(std::string_view bytes);
  std::string SealMark(const std::string& name, std::string_view bytes) {
    return Close("mark", name, bytes);
  }
  Result<std::string> OpenMark(const std::string& name, std::string_view sealed) {
    return OpenRow("mark", name, sealed);
  }

  Mac16 MessageKey(std::string_view system_id, std::string_view message_id) const;
  Mac16 EpisodeKey(std::string_view type, std::string_view episode) const;
  Digest ContentDigest(std::string_view bytes) const;
  // For what a connector keeps in files of its own.
  SecretKey FileKey() const { return file_key_.Clone(); }

 private:
  // Two sealed parts in one row: the length of the first in four bytes, the first, the second.
  struct Parts {
    std::string_view open;
    std::string_view apart;
  };
  static std::string Join(std::string_view open, std::string_view apart);
  // Empty: the row has one part. A row of an older build may look like two: the first part then
  // does not open.
  static std::optional<Parts> PartsOf(std::string_view row);

  std::string CloseWith(const SecretKey& key, const char* space, std::string_view row,
                        std::string_view plain);
  Result<std::string> OpenWith(const SecretKey& key, const char* space, std::string_view row,
                               std::string_view sealed);
  std::string Close(const char* space, std::string_view row, std::string_view plain) {
    return CloseWith(seal_key_, space, row, plain);
  }
  Result<std::string> OpenRow(const char* space, std::string_view row, std::string_view sealed) {
    return OpenWith(seal_key_, space, row, sealed);
  }
  std::string CloseApart(const char* space, std::string_view row, std::string_view plain) {
    return CloseWith(place_key_, space, row, plain);
  }
  Result<std::string> OpenApart(const char* space, std::string_view row, std::string_view sealed) {
    return OpenWith(place_key_, space, row, sealed);
  }

  SecretKey seal_key_;
  SecretKey place_key_;
  SecretKey index_key_;
  SecretKey file_key_;
  Compressor compressor_;
};

}  // namespace sam::kit
