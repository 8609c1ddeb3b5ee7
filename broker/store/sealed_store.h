// SealedStore: a Store whose values in some spaces are sealed before they reach the one underneath.
// For state that is derived from the log: it follows from payloads that are sealed there (birth
// date, municipality, visits, a source's own codes), so it must not stand beside them in the clear.
// Keys stay as they are; those spaces have random or programme-made keys only. One key for all rows,
// not one a subject: what the fold reads must not depend on which subjects have been erased.
// Threads: as the store underneath. Owns it.
#pragma once

#include <memory>
#include <vector>

#include "broker/crypto/secret.h"
#include "broker/store/store.h"

namespace sam {

class SealedStore final : public Store {
 public:
  SealedStore(std::unique_ptr<Store> store, SecretKey key, const std::vector<Space>& sealed);

  Status Apply(const Batch& batch, Durability durability) override;
  Status Sync() override { return store_->Sync(); }
  // Further errors of the reads: kCorrupt, a value that was not sealed here, for this place.
  Result<std::optional<std::string>> Get(Space space, std::string_view key) const override;
  Status Scan(Space space, std::string_view from, std::string_view until,
              const Visitor& visit) const override;
  Status ScanBack(Space space, std::string_view from, std::string_view until,
                  const Visitor& visit) const override;
  Status Checkpoint(const std::string& directory) override { return store_->Checkpoint(directory); }

 private:
  bool Seals(Space space) const { return (sealed_ >> space.index & 1) != 0; }
  Result<std::string> Unseal(Space space, std::string_view key, std::string_view value) const;
  // A visitor that unseals; what went wrong is left in `failed`.
  Visitor Unsealing(Space space, const Visitor& visit, Status& failed) const;

  std::unique_ptr<Store> store_;
  SecretKey key_;
  uint64_t sealed_ = 0;  // a bit a space
};

}  // namespace sam
