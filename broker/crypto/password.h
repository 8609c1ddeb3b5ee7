// Passwords of people: kept as Argon2id only, by libsodium, in the text form that names its own cost.
// Any thread, pure; a check takes a tenth of a second and 64 MiB on purpose, so it belongs on a thread
// that nothing else waits for. Limit: passwords of at most kPasswordMax bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam {

inline constexpr size_t kPasswordMin = 12;  // characters of one byte; a long sentence is better
inline constexpr size_t kPasswordMax = 256;

struct PasswordCost {
  unsigned long long passes = 3;
  size_t memory = size_t{64} << 20;
};

// kInvalid: too short, too long, or not UTF-8. kExhausted: no memory for it.
Result<std::string> HashPassword(std::string_view password, const PasswordCost& cost = {});
// False for a hash that is none as well.
bool PasswordIs(const std::string& hash, std::string_view password);

// Takes the same time wherever they differ; texts of other lengths differ at once.
bool SameSecret(std::string_view one, std::string_view other);

}  // namespace sam
