#include "broker/store/sealed_store.h"

#include <utility>

#include "broker/base/check.h"
#include "broker/crypto/seal.h"

namespace sam {
namespace {

// Binds a value to its place: a row moved to another key does not open.
std::string PlaceOf(Space space, std::string_view key) {
  std::string out(1, static_cast<char>(space.index));
  out.append(key);
  return out;
}

}  // namespace

SealedStore::SealedStore(std::unique_ptr<Store> store, SecretKey key,
                         const std::vector<Space>& sealed)
    : store_(std::move(store)), key_(std::move(key)) {
  for (const Space space : sealed) {
    SAM_CHECK(space.index < 64);
    sealed_ |= uint64_t{1} << space.index;
  }
}

Status SealedStore::Apply(const Batch& batch, Durability durability) {
  Batch out;
  for (const Batch::Op& op : batch.ops()) {
    if (!op.value)
      out.Delete(op.space, op.key);
    else if (Seals(op.space))
      out.Put(op.space, op.key, Seal(key_, *op.value, PlaceOf(op.space, op.key)));
    else
      out.Put(op.space, op.key, *op.value);
  }
  return store_->Apply(out, durability);
}

Result<std::string> SealedStore::Unseal(Space space, std::string_view key,
                                        std::string_view value) const {
  Result<std::string> plain = Open(key_, value, PlaceOf(space, key));
  if (!plain.ok())
    return Corrupt("a row of space " + std::to_string(space.index) +
                   " does not open: " + plain.error().message);
  return plain;
}

Result<std::optional<std::string>> SealedStore::Get(Space space, std::string_view key) const {
  SAM_ASSIGN(std::optional<std::string> value, store_->Get(space, key));
  if (!value || !Seals(space)) return value;
  SAM_ASSIGN(std::string plain, Unseal(space, key, *value));
  return std::optional<std::string>(std::move(plain));
}

Store::Visitor SealedStore::Unsealing(Space space, const Visitor& visit, Status& failed) const {
  return [this, space, &visit, &failed](std::string_view key, std::string_view value) {
    const Result<std::string> plain = Unseal(space, key, value);
    if (plain.ok()) return visit(key, *plain);
    failed = plain.error();
    return false;
  };
}

Status SealedStore::Scan(Space space, std::string_view from, std::string_view until,
                         const Visitor& visit) const {
  if (!Seals(space)) return store_->Scan(space, from, until, visit);
  Status failed = Ok();
  SAM_TRY(store_->Scan(space, from, until, Unsealing(space, visit, failed)));
  return failed;
}

Status SealedStore::ScanBack(Space space, std::string_view from, std::string_view until,
                             const Visitor& visit) const {
  if (!Seals(space)) return store_->ScanBack(space, from, until, visit);
  Status failed = Ok();
  SAM_TRY(store_->ScanBack(space, from, until, Unsealing(space, visit, failed)));
  return failed;
}

}  // namespace sam
