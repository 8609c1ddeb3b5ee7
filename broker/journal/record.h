// One journal record in memory: header in clear, payload sealed. Plain values, any thread.
// On disk: Space kJournal offset -> RecordHeader bytes; Space kPayload offset -> SealedPayload.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "schemas/storage.capnp.h"

namespace sam::journal {

using Kind = schema::RecordKind;
inline constexpr uint64_t kNoCause = UINT64_MAX;

struct Header {
  Offset offset;
  Millis time;
  Kind kind = Kind::UNSET;
  EventId event;              // zero when the record is not an event
  SubjectId subject;          // zero when the record concerns no person
  KeyId key;                  // of the subject, when the vault named it for this record; else 0
  std::string controller_org;
  std::string controller_board;
  std::string message_key;    // 16 bytes, keyed; empty when not an event
  std::string content_digest; // 32 bytes, keyed
  std::string payload_digest; // 32 bytes, of the SealedPayload row; empty: none was ever written
  uint32_t payload_bytes = 0;
  std::string peer;           // authenticated name of who handed it in; "hub" for our own
  uint64_t cause = kNoCause;  // decisions: offset of the input; parts: that of their report
  uint16_t schema_version = 1;
  std::string about;          // parts of attachments: the message key of their report
  std::vector<SubjectId> linked;  // person.id.linked: who is said to be `subject` too
                                  // A correction: whom the event it replaces was about, when another
};

// The name under which the vault keeps this controller's index: an authority is organisation and
// board together. The length in front keeps ("55", "6x") apart from ("556", "x").
inline std::string VaultController(const std::string& org, const std::string& board) {
  return std::to_string(org.size()) + ":" + org + "/" + board;
}

// Payloads above this are a programmer error: ingress takes 128 KiB, configuration texts a few MB.
inline constexpr size_t kMaxPayloadBytes = size_t{16} << 20;

struct Record {
  Header header;
  std::optional<std::string> payload;  // plaintext; empty: disposed of or the key is erased
  bool apart = false;  // `payload` lacks its places: they are sealed apart (place_door.h)
};

}  // namespace sam::journal
