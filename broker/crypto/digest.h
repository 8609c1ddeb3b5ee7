// Digests: SHA-256 where outsiders recompute it (Merkle tree, fingerprints), keyed BLAKE2b where
// nobody else may (content digests, index keys: a plain hash of a person number can be guessed).
// Any thread, pure functions.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/crypto/secret.h"

namespace sam {

using Mac16 = FixedBytes<struct Mac16Tag, 16>;

// SHA-256 of the parts one after the other (no separators: ("ab","c") equals ("a","bc")).
Digest Sha256(std::initializer_list<std::string_view> parts);

// The same over parts that come one after the other, such as a file's. One thread at a time.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  void Add(std::string_view part);
  Digest Finish();  // once; nothing may be added after it

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// BLAKE2b-256 under the key. Each part goes in with its length, so that ("ab","c") differs from
// ("a","bc").
Digest KeyedHash(const SecretKey& key, std::initializer_list<std::string_view> parts);
// The same with 16 bytes, for keys of an index. Not a prefix of KeyedHash.
Mac16 KeyedHash16(const SecretKey& key, std::initializer_list<std::string_view> parts);

}  // namespace sam
