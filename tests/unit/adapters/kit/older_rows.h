// OlderRows: rows as builds of format 1 and 2 wrote them, all under the one key of the store. Written
// out here once more, so that a change of RowCodec cannot change what those builds left on disks.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "adapters/kit/rows.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/crypto/seal.h"
#include "broker/wire/codec.h"
#include "schemas/adapter.capnp.h"

namespace sam::kit::test {

class OlderRows {
 public:
  explicit OlderRows(const SecretKey& store_key)
      : key_(std::move(
                 SecretKey::FromBytes(KeyedHash(store_key, {"samsignal adapter rows"}).view()))
                 .value()) {}

  static std::string KeyOf(const std::string& space, uint64_t number) {
    return std::string(1, static_cast<char>(space.size())) + space + "e" + BigEndian64(number);
  }
  std::string Event(std::string_view event, uint64_t number) {
    return Row("outbox", number, event);
  }
  std::string Raw(const RawMessage& raw, uint64_t number) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::RawRow>();
    root.setReceivedAt(raw.received_at.value);
    root.setExpiresAt(raw.expires_at.value);
    root.setPeer(raw.peer);
    root.setBytes(wire::AsData(raw.bytes));
    root.setFullSize(raw.full_size);
    return Row("raw", number, wire::Flatten(message));
  }
  // Head and content in one, as format 1 had them; format 2 had the head beside it too.
  std::string Entry(const Quarantined& entry, uint64_t number) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::QuarantineRow>();
    root.setAt(entry.at.value);
    root.setReason(entry.reason);
    root.setState(static_cast<schema::QuarantineRow::State>(entry.state));
    root.setClosedAt(entry.closed_at.value);
    root.setRaw(wire::AsData(entry.raw));
    root.setEvent(wire::AsData(entry.event));
    return Row("quarantine", number, wire::Flatten(message));
  }
  // What the one key of those builds opens. Empty: it does not open it.
  std::string Opened(const std::string& context, uint64_t number, std::string_view sealed) {
    const Result<std::string> packed = Open(key_, sealed, context + ":" + BigEndian64(number));
    if (!packed.ok()) return "";
    const Result<std::string> plain = compressor_.Decompress(*packed, size_t{1} << 30);
    return plain.ok() ? *plain : "";
  }

 private:
  std::string Row(const std::string& space, uint64_t number, std::string_view plain) {
    return Seal(key_, compressor_.Compress(plain), space + ":" + BigEndian64(number));
  }

  SecretKey key_;
  Compressor compressor_;
};

}  // namespace sam::kit::test
