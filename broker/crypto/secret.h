// Secrets: 32-byte keys that are wiped when they die, and the key files they live in.
// Any thread; a SecretKey is a move-only value with one owner. Not in locked memory: thousands of
// them live at once in caches, and the unit forbids swap and core dumps instead.
// Key files: 64 hex digits and a newline (32 raw bytes are read too), readable by their owner only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam {

// A text as the crypto calls want it.
inline const uint8_t* AsBytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// Call once from main before anything else here; safe to call again.
void CryptoInit();

std::string RandomBytes(size_t n);  // from the kernel's generator

class SecretKey {
 public:
  static constexpr size_t kSize = 32;

  SecretKey() = default;  // all zero: empty()
  ~SecretKey();
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  static SecretKey Random();
  static Result<SecretKey> FromBytes(std::string_view raw);  // kInvalid unless 32 bytes
  // kNotFound: no such file. kDenied: others may read it (the message says which chmod helps).
  // kInvalid: not a key file.
  static Result<SecretKey> FromFile(const std::string& path);
  // $CREDENTIALS_DIRECTORY/name, as systemd's LoadCredential gives it. kNotFound outside a unit.
  static Result<SecretKey> FromCredential(const std::string& name);

  // Creates the file with mode 0600, made by root the folder's owner's, and syncs file and folder. kConflict if it exists already:
  // overwriting a key would make everything sealed with it unreadable.
  Status ToFile(const std::string& path) const;

  SecretKey Clone() const;  // copying is possible, but has to be asked for
  bool empty() const;
  bool operator==(const SecretKey& other) const;  // constant time
  // The bytes, for the crypto calls. The view lives as long as this key.
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  const uint8_t* data() const { return bytes_.data(); }

 private:
  std::array<uint8_t, kSize> bytes_{};
};

}  // namespace sam
