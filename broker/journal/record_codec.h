// Records and rows to bytes and back. The header bytes that EncodeHeader gives are what is stored
// and what the Merkle leaf hashes: they are never encoded a second time.
// Free functions: any thread. A Sealer has one owner thread (it keeps its compression contexts).
// Limits: kMaxPayloadBytes of plaintext. Decoding errors are kCorrupt: these are our own bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/crypto/seal.h"
#include "broker/crypto/secret.h"
#include "broker/journal/record.h"

namespace sam::journal {

const char* KindName(Kind kind);  // stable lower-case word, for metrics and tools

std::string EncodeHeader(const Header& header);
Result<Header> DecodeHeader(std::string_view bytes);

// The row of space kDedupe: what was first seen under a message key.
struct Dedupe {
  Offset offset;
  std::string content_digest;
  EventId event;
};
std::string EncodeDedupe(const Dedupe& row);
Result<Dedupe> DecodeDedupe(std::string_view bytes);

// The row of space kEvent: 8 bytes of offset, big-endian, then the message key (16 bytes or none).
std::string EncodeEventRow(Offset offset, std::string_view message_key);
struct EventRow {
  Offset offset;
  std::string message_key;
};
Result<EventRow> DecodeEventRow(std::string_view bytes);

// The row "identity" of space kMeta.
struct Identity {
  HubId hub;
  uint32_t epoch = 1;
  uint32_t format = 1;
  Millis created;
  KeyId highest_key;  // of the vault, when the log last used a new key
};
std::string EncodeIdentity(const Identity& identity);
Result<Identity> DecodeIdentity(std::string_view bytes);

// Offset of the decision that a mailbox row points to, for checking the log.
Result<Offset> DecisionOfMailboxRow(std::string_view bytes);

// The subkey that seals what tells where a person stays, made of the subject's (or the hub's) key.
// It opens nothing else, and the key of the rest of a record does not open it.
SecretKey PlaceKeyOf(const SecretKey& wrapping);

// Payloads: compressed, then sealed under a random key of this record, and that key wrapped by the
// subject's (or the hub's). Offset and kind are bound in, so a row cannot be moved. What tells where
// a person stays lies beside it under the place key.
class Sealer {
 public:
  struct Row {
    std::string bytes;   // the SealedPayload row
    std::string digest;  // SHA-256 of it
  };
  // `place` may be empty: the record then has no such part.
  Row Seal(std::string_view plain, std::string_view place, Offset offset, Kind kind,
           const SecretKey& wrapping);
  // All but the places; `apart` (may be null) tells whether there are any. kCorrupt: changed bytes,
  // another place, or another key.
  Result<std::string> Open(std::string_view row, Offset offset, Kind kind,
                           const SecretKey& wrapping, bool* apart = nullptr);
  // The places alone; empty: the record has none. `place_key`: PlaceKeyOf. Errors as Open.
  Result<std::string> OpenPlace(std::string_view row, Offset offset, Kind kind,
                                const SecretKey& place_key);

 private:
  Result<std::string> Unpack(const SecretKey& key, std::string_view sealed,
                             std::string_view context);

  Compressor compressor_;
};

}  // namespace sam::journal
