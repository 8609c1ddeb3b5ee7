// CURVE keys: who is who on the wire. A key pair is two Z85 texts of 40 characters; the public one
// is the peer's name in peers.toml, the secret one lives in a file that only its owner reads.
// Any thread; plain values, the secret wiped when it dies. Logs and tools show fingerprints, never keys.
#pragma once

#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam::wire {

class CurveKeys {
 public:
  CurveKeys() = default;
  ~CurveKeys();
  CurveKeys(CurveKeys&& other) noexcept;
  CurveKeys& operator=(CurveKeys&& other) noexcept;
  CurveKeys(const CurveKeys&) = delete;
  CurveKeys& operator=(const CurveKeys&) = delete;

  static CurveKeys Generate();
  // A key file holds the secret key alone (40 characters and a newline). kNotFound: no such file;
  // kDenied: others may read it (the message says which chmod helps); kInvalid: not a key file.
  static Result<CurveKeys> FromFile(const std::string& path);
  // $CREDENTIALS_DIRECTORY/name, as systemd's LoadCredential gives it.
  static Result<CurveKeys> FromCredential(const std::string& name);
  static Result<CurveKeys> FromSecret(std::string_view secret_z85);

  // Creates `path` with mode 0600 and `path`.pub beside it, synced; made by root, the folder's owner's. kConflict if either exists:
  // overwriting a key would lock its owner out.
  Status ToFile(const std::string& path) const;

  const std::string& public_key() const { return public_; }
  const std::string& secret_key() const { return secret_; }  // for socket options only
  CurveKeys Clone() const;
  bool empty() const { return public_.empty(); }

 private:
  std::string public_;
  std::string secret_;
};

bool IsCurveKey(std::string_view z85);  // 40 characters of the Z85 alphabet that decode
// For people to compare over the phone: "3f2a 91c0 ..." (16 bytes of SHA-256 in groups of 4 hex).
// Every tool and log line shows a key this way. Empty: not a key.
std::string KeyFingerprint(std::string_view public_z85);
std::string ToZ85(std::string_view bytes);  // whole groups of 4 bytes; for the raw keys ZAP gives

}  // namespace sam::wire
