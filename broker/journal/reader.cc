#include "broker/journal/reader.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/journal/place_door.h"
#include "broker/journal/record_codec.h"
#include "broker/store/spaces.h"

namespace sam::journal {
namespace {

// A scan reads headers and payloads in strides of this size, so that it costs two store scans a
// stride and not two point reads a record.
constexpr size_t kStride = 256;
constexpr size_t kStrideBytes = size_t{4} << 20;

std::string At(Offset offset) { return "journal: record " + std::to_string(offset.value); }

}  // namespace

// Both doors stand on it; which of its functions a holder can reach is the door's matter.
class Opener {
 public:
  Opener(const Store& store, const Vault& vault, const SecretKey& hub_key, const DurableMark& mark)
      : store_(store), hub_key_(hub_key), mark_(mark), keys_(vault) {}

  Offset durable() const { return mark_.get(); }
  bool may_disclose() const { return mark_.may_disclose(); }

  Result<Header> ReadHeader(Offset offset) const {
    if (offset >= durable()) return NotFound(At(offset) + " is not written yet");
    SAM_ASSIGN(const auto bytes, store_.Get(spaces::kJournal, BigEndian64(offset.value)));
    if (!bytes) return Corrupt(At(offset) + " is missing; run `samsignal log verify`");
    return Decode(offset, *bytes);
  }

  Result<Record> Read(Offset offset) {
    Record record;
    SAM_ASSIGN(record.header, ReadHeader(offset));
    SAM_ASSIGN(const auto row, store_.Get(spaces::kPayload, BigEndian64(offset.value)));
    if (row) {
      SAM_TRY(OpenPayload(*row, record));
    }
    return record;
  }

  Result<std::string> OpenPlace(Offset offset) {
    SAM_ASSIGN(const Header header, ReadHeader(offset));
    SAM_ASSIGN(const auto row, store_.Get(spaces::kPayload, BigEndian64(offset.value)));
    if (!row) return std::string();
    SAM_ASSIGN(const SecretKey* const key, KeyOf(header, *row));
    if (key == nullptr) return std::string();
    auto place = sealer_.OpenPlace(*row, offset, header.kind, PlaceKeyOf(*key));
    if (!place.ok()) return Wrap(At(offset), place.error());
    return place;
  }

  Status Scan(Offset from, Offset until, size_t limit,
              const std::function<bool(Record&&)>& visit) {
    until = std::min(until, durable());
    while (from < until && limit > 0) {
      std::vector<Record> stride;
      SAM_TRY(ReadStride(from, until, std::min(limit, kStride), stride));
      for (Record& record : stride)
        if (!visit(std::move(record))) return Ok();
      from = Offset(from.value + stride.size());
      limit -= stride.size();
    }
    return Ok();
  }

 private:
  static Result<Header> Decode(Offset offset, std::string_view bytes) {
    SAM_ASSIGN(Header header, DecodeHeader(bytes));
    if (header.offset != offset)
      return Corrupt(At(offset) + " says it is record " + std::to_string(header.offset.value) +
                     "; run `samsignal log verify`");
    return header;
  }

  // At least one record, or an error.
  Status ReadStride(Offset from, Offset until, size_t most, std::vector<Record>& out) {
    Status failed = Ok();
    size_t bytes = 0;
    uint64_t next = from.value;
    SAM_TRY(store_.Scan(
        spaces::kJournal, BigEndian64(from.value), BigEndian64(until.value),
        [&](std::string_view key, std::string_view value) {
          if (key.size() != 8 || ReadBigEndian64(key) != next) return false;  // a hole: told below
          auto header = Decode(Offset(next), value);
          if (!header.ok()) {
            failed = header.error();
            return false;
          }
          bytes += header->payload_bytes;
          out.push_back({std::move(*header), std::nullopt, false});
          ++next;
          return out.size() < most && bytes < kStrideBytes;
        }));
    SAM_TRY(failed);
    if (out.empty()) return Corrupt(At(from) + " is missing; run `samsignal log verify`");
    SAM_TRY(store_.Scan(spaces::kPayload, BigEndian64(from.value), BigEndian64(next),
                        [&](std::string_view key, std::string_view value) {
                          if (key.size() != 8) return true;
                          const uint64_t offset = ReadBigEndian64(key);
                          Record& record = out[static_cast<size_t>(offset - from.value)];
                          failed = OpenPayload(value, record);
                          return failed.ok();
                        }));
    return failed;
  }

  // Null: the key is erased.
  Result<const SecretKey*> KeyOf(const Header& header, std::string_view row) {
    if (Sha256({row}).view() != header.payload_digest)
      return Corrupt(At(header.offset) +
                     ": its payload is not the one that was written; run `samsignal log verify`");
    if (header.subject.empty()) return &hub_key_;
    auto found = keys_.Get(header.subject);
    if (!found.ok() && found.error().code == Code::kNotFound)
      return static_cast<const SecretKey*>(nullptr);
    return found;
  }

  Status OpenPayload(std::string_view row, Record& record) {
    const Header& header = record.header;
    SAM_ASSIGN(const SecretKey* const key, KeyOf(header, row));
    if (key == nullptr) return Ok();
    auto plain = sealer_.Open(row, header.offset, header.kind, *key, &record.apart);
    if (!plain.ok()) return Wrap(At(header.offset), plain.error());
    record.payload = std::move(*plain);
    return Ok();
  }

  const Store& store_;
  const SecretKey& hub_key_;
  const DurableMark& mark_;
  KeyCache keys_;
  Sealer sealer_;
};

Reader::Reader(const Store& store, const Vault& vault, const SecretKey& hub_key,
               const DurableMark& mark)
    : opener_(std::make_unique<Opener>(store, vault, hub_key, mark)) {}
Reader::~Reader() = default;

Offset Reader::durable() const { return opener_->durable(); }
bool Reader::may_disclose() const { return opener_->may_disclose(); }
Result<Header> Reader::ReadHeader(Offset offset) const { return opener_->ReadHeader(offset); }
Result<Record> Reader::Read(Offset offset) const { return opener_->Read(offset); }
Status Reader::Scan(Offset from, Offset until, size_t limit,
                    const std::function<bool(Record&&)>& visit) const {
  return opener_->Scan(from, until, limit, visit);
}

PlaceDoor::PlaceDoor(const Store& store, const Vault& vault, const SecretKey& hub_key,
                     const DurableMark& mark)
    : opener_(std::make_unique<Opener>(store, vault, hub_key, mark)) {}
PlaceDoor::~PlaceDoor() = default;

Result<std::string> PlaceDoor::Open(Offset offset) const { return opener_->OpenPlace(offset); }

}  // namespace sam::journal
