// The rows of RowCodec that hold something apart: events, messages as they came, what was put aside.
#include <utility>

#include "adapters/kit/rows.h"
#include "broker/base/text.h"
#include "broker/contract/place.h"
#include "broker/wire/codec.h"
#include "schemas/adapter.capnp.h"

namespace sam::kit {
namespace {

constexpr size_t kLengthBytes = 4;
// Contexts: what stands alone in a row is called as in the first builds.
constexpr const char* kEvent = "outbox";
constexpr const char* kEventRest = "outbox-rest";
constexpr const char* kEventPlace = "outbox-place";
constexpr const char* kRawWhole = "raw";
constexpr const char* kRawHead = "raw-head";
constexpr const char* kRawContent = "raw-content";
constexpr const char* kEntryWhole = "quarantine";
constexpr const char* kEntryContent = "quarantine-content";

// What cannot be read could be anything: then all of it is a place.
contract::PlaceSplit SplitEvent(std::string_view event) {
  using Split = contract::PlaceSplit;
  Result<Split> split = wire::ReadOwn<schema::Event>(
      event, [](schema::Event::Reader reader) -> Result<Split> {
        return contract::SplitPlaces(reader);
      });
  return split.ok() ? std::move(split).value() : Split{"", std::string(event)};
}

RawMessage HeadOfRaw(schema::RawRow::Reader row) {
  return {Millis(row.getReceivedAt()), Millis(row.getExpiresAt()),
          std::string(wire::View(row.getPeer())), "", row.getFullSize()};
}

}  // namespace

std::string RowCodec::Join(std::string_view open, std::string_view apart) {
  std::string out = BigEndian64(open.size()).substr(8 - kLengthBytes);
  out.reserve(kLengthBytes + open.size() + apart.size());
  out.append(open).append(apart);
  return out;
}

std::optional<RowCodec::Parts> RowCodec::PartsOf(std::string_view row) {
  if (row.size() < kLengthBytes) return std::nullopt;
  const uint64_t length =
      ReadBigEndian64(std::string(8 - kLengthBytes, '\0').append(row.substr(0, kLengthBytes)));
  row.remove_prefix(kLengthBytes);
  if (length > row.size()) return std::nullopt;
  return Parts{row.substr(0, length), row.substr(length)};
}

std::string RowCodec::EncodeEvent(std::string_view event, uint64_t seq) {
  const contract::PlaceSplit split = SplitEvent(event);
  if (!split.apart()) return Close(kEvent, BigEndian64(seq), event);
  return Join(Close(kEventRest, BigEndian64(seq), split.rest),
              CloseApart(kEventPlace, BigEndian64(seq), split.place));
}

Result<std::string> RowCodec::DecodeEvent(std::string_view bytes, uint64_t seq) {
  if (const std::optional<Parts> parts = PartsOf(bytes)) {
    Result<std::string> rest = OpenRow(kEventRest, BigEndian64(seq), parts->open);
    if (rest.ok()) return rest;
  }
  SAM_ASSIGN(std::string event, OpenRow(kEvent, BigEndian64(seq), bytes));
  contract::PlaceSplit split = SplitEvent(event);  // older builds kept events whole
  return split.apart() ? std::move(split.rest) : std::move(event);
}

Result<std::string> RowCodec::DecodeWholeEvent(std::string_view bytes, uint64_t seq) {
  const std::optional<Parts> parts = PartsOf(bytes);
  const Result<std::string> rest =
      parts ? OpenRow(kEventRest, BigEndian64(seq), parts->open) : Corrupt("a row of one part");
  if (!rest.ok()) return OpenRow(kEvent, BigEndian64(seq), bytes);
  SAM_ASSIGN(std::string place, OpenApart(kEventPlace, BigEndian64(seq), parts->apart));
  if (rest->empty()) return place;
  return wire::ReadOwn<schema::Event>(
      *rest, [&](schema::Event::Reader event) -> Result<std::string> {
        return wire::ReadOwn<schema::Event>(
            place, [&](schema::Event::Reader places) -> Result<std::string> {
              return contract::JoinPlaces(event, places);
            });
      });
}

std::string RowCodec::Encode(const RawMessage& row, uint64_t seq) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<schema::RawRow>();
  root.setReceivedAt(row.received_at.value);
  root.setExpiresAt(row.expires_at.value);
  root.setPeer(row.peer);
  root.setFullSize(row.full_size);
  return Join(Close(kRawHead, BigEndian64(seq), wire::Flatten(message)),
              CloseApart(kRawContent, BigEndian64(seq), row.bytes));
}

Result<RawMessage> RowCodec::DecodeRaw(std::string_view bytes, uint64_t seq) {
  using Row = schema::RawRow;
  const std::optional<Parts> parts = PartsOf(bytes);
  const Result<std::string> head =
      parts ? OpenRow(kRawHead, BigEndian64(seq), parts->open) : Corrupt("a row of one part");
  if (head.ok()) {
    SAM_ASSIGN(RawMessage out, wire::ReadOwn<Row>(*head, [](Row::Reader row) -> Result<RawMessage> {
                 return HeadOfRaw(row);
               }));
    SAM_ASSIGN(out.bytes, OpenApart(kRawContent, BigEndian64(seq), parts->apart));
    return out;
  }
  SAM_ASSIGN(const std::string plain, OpenRow(kRawWhole, BigEndian64(seq), bytes));
  const auto read = [](Row::Reader row) -> Result<RawMessage> {
    RawMessage out = HeadOfRaw(row);
    out.bytes = wire::View(row.getBytes());
    return out;
  };
  return wire::ReadOwn<Row>(plain, read, kMaxRowBytes);
}

Result<Millis> RowCodec::DecodeRawExpiry(std::string_view bytes, uint64_t seq) {
  using Row = schema::RawRow;
  const std::optional<Parts> parts = PartsOf(bytes);
  Result<std::string> head =
      parts ? OpenRow(kRawHead, BigEndian64(seq), parts->open) : Corrupt("a row of one part");
  if (!head.ok()) head = OpenRow(kRawWhole, BigEndian64(seq), bytes);
  if (!head.ok()) return head.error();
  const auto read = [](Row::Reader row) -> Result<Millis> { return Millis(row.getExpiresAt()); };
  return wire::ReadOwn<Row>(*head, read, kMaxRowBytes);
}

std::string RowCodec::Encode(const QuarantineContent& row, uint64_t seq) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<schema::QuarantineRow>();
  root.setRaw(wire::AsData(row.raw));
  root.setEvent(wire::AsData(row.event));
  return CloseApart(kEntryContent, BigEndian64(seq), wire::Flatten(message));
}

Result<QuarantineContent> RowCodec::DecodeContent(std::string_view bytes, uint64_t seq) {
  using Row = schema::QuarantineRow;
  Result<std::string> plain = OpenApart(kEntryContent, BigEndian64(seq), bytes);
  if (!plain.ok()) plain = OpenRow(kEntryWhole, BigEndian64(seq), bytes);  // of an older build
  if (!plain.ok()) return plain.error();
  const auto read = [](Row::Reader row) -> Result<QuarantineContent> {
    return QuarantineContent{std::string(wire::View(row.getRaw())),
                             std::string(wire::View(row.getEvent()))};
  };
  return wire::ReadOwn<Row>(*plain, read, kMaxRowBytes);
}

}  // namespace sam::kit
