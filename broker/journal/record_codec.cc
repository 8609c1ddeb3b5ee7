#include "broker/journal/record_codec.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include "broker/base/check.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/capnp_values.h"

namespace sam::journal {
namespace {

constexpr std::string_view kSealContext = "sam-record-1";
constexpr std::string_view kPlaceContext = "sam-place-1";

capnp::Data::Reader Bytes(std::string_view bytes) { return wire::AsData(bytes); }


template <typename T>
capnp::Data::Reader BytesOrNone(const T& id) {
  return id.empty() ? capnp::Data::Reader() : Bytes(id.view());
}

std::string Text(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

using wire::View;

// Ids are empty or whole.
template <typename T>
bool ReadId(capnp::Data::Reader data, T& out) {
  if (data.size() == 0) return true;
  const auto id = T::From(View(data));
  if (id) out = *id;
  return id.has_value();
}

// A builder on the stack: one header fits without touching the heap.
class SmallMessage {
 public:
  SmallMessage() : builder_(kj::arrayPtr(words_, kWords)) {}
  template <typename T>
  typename T::Builder Root() {
    return builder_.initRoot<T>();
  }
  // One segment, which is the flat array without a detour.
  std::string Take() {
    const auto segments = builder_.getSegmentsForOutput();
    if (segments.size() != 1) return wire::Flatten(builder_);
    const auto body = segments[0].asBytes();
    const auto count = static_cast<uint32_t>(segments[0].size());
    std::string out;
    out.reserve(8 + body.size());
    out.append(4, '\0');
    for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(count >> shift));
    out.append(reinterpret_cast<const char*>(body.begin()), body.size());
    return out;
  }

 private:
  static constexpr size_t kWords = 128;
  capnp::word words_[kWords] = {};
  capnp::MallocMessageBuilder builder_;
};

Error Damaged(const char* what, const std::string& why) {
  return Corrupt(std::string(what) + ": " + why +
                 "; the store is damaged: run `samsignal log verify` and restore from a backup");
}

std::string Context(std::string_view of, Offset offset, Kind kind) {
  std::string out(of);
  out += BigEndian64(offset.value);
  out.push_back(static_cast<char>(static_cast<uint16_t>(kind) >> 8));
  out.push_back(static_cast<char>(static_cast<uint16_t>(kind) & 0xff));
  return out;
}

}  // namespace

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::UNSET: return "unset";
    case Kind::EVENT: return "event";
    case Kind::CONFLICT: return "conflict";
    case Kind::TICK: return "tick";
    case Kind::CONFIG: return "config";
    case Kind::PROGRESS: return "progress";
    case Kind::COMMAND: return "command";
    case Kind::RECHECK: return "recheck";
    case Kind::DECISION: return "decision";
    case Kind::AUDIT: return "audit";
    case Kind::DISPOSED: return "disposed";
  }
  return "unknown";
}

std::string EncodeHeader(const Header& header) {
  SmallMessage message;
  auto root = message.Root<schema::RecordHeader>();
  root.setOffset(header.offset.value);
  root.setTime(header.time.value);
  root.setKind(header.kind);
  root.setEventId(BytesOrNone(header.event));
  root.setSubject(BytesOrNone(header.subject));
  root.setKeyId(header.key.value);
  root.setControllerOrg(wire::AsText(header.controller_org));
  root.setControllerBoard(wire::AsText(header.controller_board));
  root.setMessageKey(Bytes(header.message_key));
  root.setContentDigest(Bytes(header.content_digest));
  root.setPayloadDigest(Bytes(header.payload_digest));
  root.setPayloadBytes(header.payload_bytes);
  root.setPeer(wire::AsText(header.peer));
  root.setCause(header.cause);
  root.setSchemaVersion(header.schema_version);
  if (!header.linked.empty()) {
    auto linked = root.initLinked(static_cast<unsigned>(header.linked.size()));
    for (unsigned i = 0; i < linked.size(); ++i) linked.set(i, Bytes(header.linked[i].view()));
  }
  if (!header.about.empty()) root.setAbout(Bytes(header.about));
  return message.Take();
}

Result<Header> DecodeHeader(std::string_view bytes) {
  Header out;
  bool whole = true;
  using Row = schema::RecordHeader;
  auto read = wire::ReadOwn<Row>(bytes, [&](Row::Reader root) -> Status {
    out.offset = Offset(root.getOffset());
    out.time = Millis(root.getTime());
    out.kind = root.getKind();
    whole = ReadId(root.getEventId(), out.event) && ReadId(root.getSubject(), out.subject);
    out.key = KeyId(root.getKeyId());
    out.controller_org = Text(root.getControllerOrg());
    out.controller_board = Text(root.getControllerBoard());
    out.message_key = std::string(View(root.getMessageKey()));
    out.content_digest = std::string(View(root.getContentDigest()));
    out.payload_digest = std::string(View(root.getPayloadDigest()));
    out.payload_bytes = root.getPayloadBytes();
    out.peer = Text(root.getPeer());
    out.cause = root.getCause();
    out.schema_version = root.getSchemaVersion();
    for (const auto linked : root.getLinked()) {
      SubjectId subject;
      whole = whole && ReadId(linked, subject);
      out.linked.push_back(subject);
    }
    out.about = std::string(View(root.getAbout()));
    return Ok();
  });
  if (!read.ok()) return Damaged("record header", read.error().message);
  if (!whole) return Damaged("record header", "an id has the wrong length");
  return out;
}

std::string EncodeDedupe(const Dedupe& row) {
  SmallMessage message;
  auto root = message.Root<schema::DedupeRow>();
  root.setOffset(row.offset.value);
  root.setContentDigest(Bytes(row.content_digest));
  root.setEventId(BytesOrNone(row.event));
  return message.Take();
}

Result<Dedupe> DecodeDedupe(std::string_view bytes) {
  Dedupe out;
  bool whole = true;
  using Row = schema::DedupeRow;
  auto read = wire::ReadOwn<Row>(bytes, [&](Row::Reader root) -> Status {
    out.offset = Offset(root.getOffset());
    out.content_digest = std::string(View(root.getContentDigest()));
    whole = ReadId(root.getEventId(), out.event);
    return Ok();
  });
  if (!read.ok()) return Damaged("dedupe row", read.error().message);
  if (!whole) return Damaged("dedupe row", "an id has the wrong length");
  return out;
}

std::string EncodeEventRow(Offset offset, std::string_view message_key) {
  return BigEndian64(offset.value).append(message_key);
}

Result<EventRow> DecodeEventRow(std::string_view bytes) {
  if (bytes.size() < 8) return Damaged("event row", "shorter than an offset");
  return EventRow{Offset(ReadBigEndian64(bytes)), std::string(bytes.substr(8))};
}

std::string EncodeIdentity(const Identity& identity) {
  SmallMessage message;
  auto root = message.Root<schema::HubIdentity>();
  root.setHub(Bytes(identity.hub.view()));
  root.setEpoch(identity.epoch);
  root.setFormat(identity.format);
  root.setCreatedAt(identity.created.value);
  root.setHighestKeyId(identity.highest_key.value);
  return message.Take();
}

Result<Identity> DecodeIdentity(std::string_view bytes) {
  Identity out;
  bool whole = true;
  using Row = schema::HubIdentity;
  auto read = wire::ReadOwn<Row>(bytes, [&](Row::Reader root) -> Status {
    whole = root.getHub().size() == HubId::kSize && ReadId(root.getHub(), out.hub);
    out.epoch = root.getEpoch();
    out.format = root.getFormat();
    out.created = Millis(root.getCreatedAt());
    out.highest_key = KeyId(root.getHighestKeyId());
    return Ok();
  });
  if (!read.ok()) return Damaged("hub identity", read.error().message);
  if (!whole) return Damaged("hub identity", "the hub id is not 8 bytes");
  return out;
}

Result<Offset> DecisionOfMailboxRow(std::string_view bytes) {
  using Row = schema::MailboxRow;
  auto decision = wire::ReadOwn<Row>(
      bytes, [](Row::Reader root) -> Result<Offset> { return Offset(root.getDecision()); });
  if (!decision.ok()) return Damaged("mailbox row", decision.error().message);
  return decision;
}

SecretKey PlaceKeyOf(const SecretKey& wrapping) {
  auto key = SecretKey::FromBytes(KeyedHash(wrapping, {kPlaceContext}).view());
  SAM_CHECK(key.ok());  // a digest has the size of a key
  return std::move(key).value();
}

Sealer::Row Sealer::Seal(std::string_view plain, std::string_view place, Offset offset, Kind kind,
                         const SecretKey& wrapping) {
  const std::string context = Context(kSealContext, offset, kind);
  const SecretKey record_key = SecretKey::Random();
  const std::string wrapped = Wrap(wrapping, record_key, context);
  const std::string sealed = sam::Seal(record_key, compressor_.Compress(plain), context);
  std::string apart;
  if (!place.empty())
    apart = sam::Seal(PlaceKeyOf(wrapping), compressor_.Compress(place),
                      Context(kPlaceContext, offset, kind));
  SmallMessage message;
  auto root = message.Root<schema::SealedPayload>();
  root.setWrappedKey(Bytes(wrapped));
  root.setSealed(Bytes(sealed));
  if (!apart.empty()) root.setPlace(Bytes(apart));
  Row row;
  row.bytes = message.Take();
  row.digest = std::string(Sha256({row.bytes}).view());
  return row;
}

Result<std::string> Sealer::Unpack(const SecretKey& key, std::string_view sealed,
                                   std::string_view context) {
  auto packed = sam::Open(key, sealed, context);
  if (!packed.ok()) return Damaged("sealed payload", packed.error().message);
  auto plain = compressor_.Decompress(*packed, kMaxPayloadBytes);
  if (!plain.ok()) return Damaged("sealed payload", plain.error().message);
  return plain;
}

Result<std::string> Sealer::Open(std::string_view row, Offset offset, Kind kind,
                                 const SecretKey& wrapping, bool* apart) {
  std::string wrapped;
  std::string sealed;
  using Stored = schema::SealedPayload;
  auto read = wire::ReadOwn<Stored>(row, [&](Stored::Reader root) -> Status {
    wrapped = std::string(View(root.getWrappedKey()));
    sealed = std::string(View(root.getSealed()));
    if (apart != nullptr) *apart = root.getPlace().size() > 0;
    return Ok();
  });
  if (!read.ok()) return Damaged("sealed payload", read.error().message);
  const std::string context = Context(kSealContext, offset, kind);
  auto key = Unwrap(wrapping, wrapped, context);
  if (!key.ok()) return Damaged("sealed payload", key.error().message);
  return Unpack(*key, sealed, context);
}

Result<std::string> Sealer::OpenPlace(std::string_view row, Offset offset, Kind kind,
                                      const SecretKey& place_key) {
  std::string sealed;
  using Stored = schema::SealedPayload;
  auto read = wire::ReadOwn<Stored>(row, [&](Stored::Reader root) -> Status {
    sealed = std::string(View(root.getPlace()));
    return Ok();
  });
  if (!read.ok()) return Damaged("sealed places", read.error().message);
  if (sealed.empty()) return std::string();
  return Unpack(place_key, sealed, Context(kPlaceContext, offset, kind));
}

}  // namespace sam::journal
