// Box: the inbox's sealed storage. Rows are sealed under a random key which the store keeps wrapped
// by the key-encryption key (KEK) of a file, so a copied disk without that file tells nothing. The
// associated data is space and key: a row cannot be moved to another place.
// Owned by the Inbox; its thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "broker/base/result.h"
#include "broker/crypto/secret.h"
#include "broker/store/store.h"

namespace sam::inbox {

class Box {
 public:
  // An empty store becomes this function's inbox. kDenied: made with another KEK. kConflict: it is
  // the inbox of another function. kCorrupt: a format newer than this program, or damage.
  static Result<Box> Open(Store& store, const SecretKey& kek, const std::string& function);

  void Put(Batch& batch, Space space, std::string key, std::string_view plain) const;
  Result<std::optional<std::string>> Get(Space space, std::string_view key) const;
  // Unsealed rows, rising; false stops.
  using Visitor = std::function<Result<bool>(std::string_view key, std::string plain)>;
  Status Scan(Space space, std::string_view from, std::string_view until,
              const Visitor& visit) const;

  std::string Seal(Space space, std::string_view key, std::string_view plain) const;
  Result<std::string> Unseal(Space space, std::string_view key, std::string_view sealed) const;
  // A keyed name of it: the same here always, in another inbox another one.
  std::string NameOf(std::string_view what, std::string_view plain) const;
  Store& store() const { return *store_; }

 private:
  Box(Store& store, SecretKey key) : store_(&store), key_(std::move(key)) {}
  Store* store_;
  SecretKey key_;
};

}  // namespace sam::inbox
