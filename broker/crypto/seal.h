// Sealing: compress, then seal. XChaCha20-Poly1305 with a random 24-byte nonce in front; the
// associated data binds a sealed text to its place, so that it cannot be moved to another record.
// Seal/Open/Wrap/Unwrap: any thread. A Compressor is owned by one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "broker/base/result.h"
#include "broker/crypto/secret.h"

namespace sam {

inline constexpr size_t kNonceBytes = 24;
inline constexpr size_t kSealOverhead = kNonceBytes + 16;  // nonce and tag
inline constexpr size_t kWrappedKeyBytes = SecretKey::kSize + kSealOverhead;  // 72

std::string Seal(const SecretKey& key, std::string_view plaintext, std::string_view aad);
// kCorrupt: wrong key, wrong associated data or changed bytes; the three cannot be told apart.
Result<std::string> Open(const SecretKey& key, std::string_view sealed, std::string_view aad);

// A key sealed by a key: exactly kWrappedKeyBytes.
std::string Wrap(const SecretKey& wrapping, const SecretKey& key, std::string_view aad);
Result<SecretKey> Unwrap(const SecretKey& wrapping, std::string_view wrapped,
                         std::string_view aad);

// One byte of codec (0 stored, 1 zstd), then the bytes; stored when compressing does not help.
// Keeps its contexts between calls, since making one costs more than packing a small event.
class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  std::string Compress(std::string_view plain);
  // kExhausted: would unpack to more than `limit` bytes. kCorrupt: not our bytes.
  Result<std::string> Decompress(std::string_view packed, size_t limit);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace sam
