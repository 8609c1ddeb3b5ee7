#include "broker/crypto/sign.h"

#include <sodium.h>

#include <array>

#include "broker/base/check.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam {
namespace {

}  // namespace

SigningKey SigningKey::Generate() { return FromSeed(SecretKey::Random()); }

SigningKey SigningKey::FromSeed(SecretKey seed) {
  SigningKey key;
  std::array<uint8_t, crypto_sign_SECRETKEYBYTES> full{};
  SAM_CHECK(crypto_sign_seed_keypair(key.public_key_.bytes.data(), full.data(), seed.data()) == 0);
  sodium_memzero(full.data(), full.size());
  key.seed_ = std::move(seed);
  return key;
}

Result<SigningKey> SigningKey::FromFile(const std::string& path) {
  SAM_ASSIGN(SecretKey seed, SecretKey::FromFile(path));
  return FromSeed(std::move(seed));
}

Result<SigningKey> SigningKey::FromCredential(const std::string& name) {
  SAM_ASSIGN(SecretKey seed, SecretKey::FromCredential(name));
  return FromSeed(std::move(seed));
}

Status SigningKey::ToFile(const std::string& path) const { return seed_.ToFile(path); }

Signature SigningKey::Sign(std::string_view message) const {
  // libsodium's secret key is the seed followed by the public key.
  std::array<uint8_t, crypto_sign_SECRETKEYBYTES> full{};
  std::memcpy(full.data(), seed_.data(), SecretKey::kSize);
  std::memcpy(full.data() + SecretKey::kSize, public_key_.bytes.data(), PublicKey::kSize);
  Signature out;
  SAM_CHECK(crypto_sign_detached(out.bytes.data(), nullptr, AsBytes(message), message.size(),
                                 full.data()) == 0);
  sodium_memzero(full.data(), full.size());
  return out;
}

bool Verify(const PublicKey& key, std::string_view message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.bytes.data(), AsBytes(message), message.size(),
                                     key.bytes.data()) == 0;
}

std::string Fingerprint(const PublicKey& key) {
  return ToHex(Sha256({key.view()}).view().substr(0, 4));
}

}  // namespace sam
