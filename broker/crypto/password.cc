#include "broker/crypto/password.h"

#include <sodium.h>

#include <array>

#include "broker/base/text.h"

namespace sam {

Result<std::string> HashPassword(std::string_view password, const PasswordCost& cost) {
  if (password.size() < kPasswordMin)
    return Invalid("a password has at least " + std::to_string(kPasswordMin) + " characters");
  if (password.size() > kPasswordMax || !IsValidUtf8(password))
    return Invalid("a password has at most " + std::to_string(kPasswordMax) + " characters");
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.passes, cost.memory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    return Exhausted("not enough memory to hash a password");
  return std::string(out.data());
}

bool PasswordIs(const std::string& hash, std::string_view password) {
  if (hash.size() >= crypto_pwhash_STRBYTES || password.size() > kPasswordMax) return false;
  std::array<char, crypto_pwhash_STRBYTES> padded{};
  hash.copy(padded.data(), hash.size());
  return crypto_pwhash_str_verify(padded.data(), password.data(), password.size()) == 0;
}

bool SameSecret(std::string_view one, std::string_view other) {
  return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace sam
