#include "broker/crypto/digest.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <memory>
#include <string>

#include "broker/base/check.h"
#include "broker/base/text.h"

namespace sam {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetched once per process: a lookup by name costs more than hashing a small record.
const EVP_MD* Sha256Method() {
  static const EVP_MD* const method = EVP_sha256();
  return method;
}

template <typename Out>
Out Blake(const SecretKey& key, std::initializer_list<std::string_view> parts) {
  Out out;
  crypto_generichash_state state;
  SAM_CHECK(crypto_generichash_init(&state, key.data(), SecretKey::kSize, Out::kSize) == 0);
  for (std::string_view part : parts) {
    const std::string length = BigEndian64(part.size());
    crypto_generichash_update(&state, reinterpret_cast<const uint8_t*>(length.data()),
                              length.size());
    crypto_generichash_update(&state, reinterpret_cast<const uint8_t*>(part.data()), part.size());
  }
  SAM_CHECK(crypto_generichash_final(&state, out.bytes.data(), Out::kSize) == 0);
  sodium_memzero(&state, sizeof(state));
  return out;
}

}  // namespace

Digest Sha256(std::initializer_list<std::string_view> parts) {
  Digest out;
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  SAM_CHECK(context != nullptr);
  SAM_CHECK(EVP_DigestInit_ex(context.get(), Sha256Method(), nullptr) == 1);
  for (std::string_view part : parts)
    SAM_CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  SAM_CHECK(EVP_DigestFinal_ex(context.get(), out.bytes.data(), nullptr) == 1);
  return out;
}

struct Sha256Stream::Context {
  std::unique_ptr<EVP_MD_CTX, FreeContext> md{EVP_MD_CTX_new()};
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {
  SAM_CHECK(context_->md != nullptr);
  SAM_CHECK(EVP_DigestInit_ex(context_->md.get(), Sha256Method(), nullptr) == 1);
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::Add(std::string_view part) {
  SAM_CHECK(EVP_DigestUpdate(context_->md.get(), part.data(), part.size()) == 1);
}

Digest Sha256Stream::Finish() {
  Digest out;
  SAM_CHECK(EVP_DigestFinal_ex(context_->md.get(), out.bytes.data(), nullptr) == 1);
  return out;
}

Digest KeyedHash(const SecretKey& key, std::initializer_list<std::string_view> parts) {
  return Blake<Digest>(key, parts);
}

Mac16 KeyedHash16(const SecretKey& key, std::initializer_list<std::string_view> parts) {
  return Blake<Mac16>(key, parts);
}

}  // namespace sam
