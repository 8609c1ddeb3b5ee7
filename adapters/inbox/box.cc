#include "adapters/inbox/box.h"

#include "adapters/inbox/rows.h"
#include "adapters/inbox/spaces.h"
#include "broker/crypto/digest.h"
#include "broker/crypto/seal.h"

namespace sam::inbox {

namespace {

constexpr uint32_t kFormat = 1;
constexpr std::string_view kIdentityKey = "identity";
constexpr std::string_view kWrapContext = "samsignal-inbox-key-1";

std::string Place(Space space, std::string_view key) {
  std::string place = "inbox";
  place.push_back(static_cast<char>(space.index));
  place.append(key);
  return place;
}

Status Create(Store& store, const SecretKey& kek, const std::string& function,
              const SecretKey& key) {
  IdentityRow row;
  row.format = kFormat;
  row.wrapped_key = Wrap(kek, key, kWrapContext);
  row.function = function;
  Batch batch;
  batch.Put(spaces::kMeta, std::string(kIdentityKey), Encode(row));
  return store.Apply(batch, Durability::kNow);
}

}  // namespace

Result<Box> Box::Open(Store& store, const SecretKey& kek, const std::string& function) {
  SAM_ASSIGN(const auto stored, store.Get(spaces::kMeta, kIdentityKey));
  if (!stored) {
    SecretKey key = SecretKey::Random();
    SAM_TRY(Create(store, kek, function, key));
    return Box(store, std::move(key));
  }
  SAM_ASSIGN(const IdentityRow row, DecodeIdentity(*stored));
  if (row.format > kFormat)
    return Corrupt("the inbox on disk has format " + std::to_string(row.format) +
                   ", this program knows " + std::to_string(kFormat) + "; install a newer one");
  if (row.function != function)
    return Conflict("the inbox on disk belongs to function '" + row.function + "', not '" +
                    function + "'; each function needs a store of its own");
  auto key = Unwrap(kek, row.wrapped_key, kWrapContext);
  if (!key.ok())
    return Denied("the kek file is not the one this inbox was made with; put the right one back");
  return Box(store, std::move(key).value());
}

std::string Box::Seal(Space space, std::string_view key, std::string_view plain) const {
  return sam::Seal(key_, plain, Place(space, key));
}

Result<std::string> Box::Unseal(Space space, std::string_view key, std::string_view sealed) const {
  return sam::Open(key_, sealed, Place(space, key));
}

void Box::Put(Batch& batch, Space space, std::string key, std::string_view plain) const {
  std::string sealed = Seal(space, key, plain);
  batch.Put(space, std::move(key), std::move(sealed));
}

Result<std::optional<std::string>> Box::Get(Space space, std::string_view key) const {
  SAM_ASSIGN(const auto sealed, store_->Get(space, key));
  if (!sealed) return std::optional<std::string>();
  SAM_ASSIGN(auto plain, Unseal(space, key, *sealed));
  return std::optional<std::string>(std::move(plain));
}

Status Box::Scan(Space space, std::string_view from, std::string_view until,
                 const Visitor& visit) const {
  Status inner = Ok();
  SAM_TRY(store_->Scan(space, from, until, [&](std::string_view key, std::string_view sealed) {
    auto plain = Unseal(space, key, sealed);
    if (!plain.ok()) {
      inner = plain.error();
      return false;
    }
    auto more = visit(key, std::move(plain).value());
    if (!more.ok()) inner = more.error();
    return more.ok() && *more;
  }));
  return inner;
}

std::string Box::NameOf(std::string_view what, std::string_view plain) const {
  return std::string(KeyedHash16(key_, {"samsignal-inbox-name-1", what, plain}).view());
}

}  // namespace sam::inbox
