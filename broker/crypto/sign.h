// Ed25519 signatures, for checkpoints of the log. Any thread; a SigningKey has one owner.
// A signing key file holds the 32-byte seed in the form of secret.h.
#pragma once

#include <string>
#include <string_view>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/crypto/secret.h"

namespace sam {

using PublicKey = FixedBytes<struct PublicKeyTag, 32>;
using Signature = FixedBytes<struct SignatureTag, 64>;

class SigningKey {
 public:
  static SigningKey Generate();
  static SigningKey FromSeed(SecretKey seed);
  static Result<SigningKey> FromFile(const std::string& path);        // errors as SecretKey's
  static Result<SigningKey> FromCredential(const std::string& name);  // errors as SecretKey's
  Status ToFile(const std::string& path) const;  // 0600, refuses to overwrite

  Signature Sign(std::string_view message) const;
  const PublicKey& public_key() const { return public_key_; }

 private:
  SigningKey() = default;
  SecretKey seed_;
  PublicKey public_key_;
};

bool Verify(const PublicKey& key, std::string_view message, const Signature& signature);

// First 8 hex digits of SHA-256 over the public key: what people compare and logs may show.
std::string Fingerprint(const PublicKey& key);

}  // namespace sam
