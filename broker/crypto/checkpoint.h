// Signed checkpoints of the log in the text form of C2SP tlog-checkpoint (a signed note), so that
// subscribers and witnesses can check them with common tools. Any thread, pure.
//
//   hub.example/samsignal          origin: names the log
//   1234                           number of records
//   <base64 of the 32-byte root>
//   (further lines: extensions, kept but not understood)
//                                  one empty line
//   — hub.example/samsignal <base64 of 4-byte key hash and signature>
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/crypto/sign.h"

namespace sam {

inline constexpr size_t kMaxCheckpointBytes = size_t{16} * 1024;  // 3 lines and many witnesses

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Digest root;
  std::vector<std::string> extensions;

  // The signed part, ending in a newline. Public for tests and witnesses.
  std::string Body() const;
};

// A parsed note: the checkpoint, the exact signed text and the signature lines, none verified yet.
struct CheckpointNote {
  struct Line {
    std::string name;
    std::string key_hash;   // 4 bytes
    std::string signature;  // 64 bytes for Ed25519; other algorithms may differ
  };
  Checkpoint checkpoint;
  std::string body;
  std::vector<Line> signatures;
};

// kInvalid when the origin is empty or holds a space, a plus or a newline (it also names the key),
// or an extension line is empty or holds a newline.
Result<std::string> FormatCheckpoint(const Checkpoint& checkpoint, const SigningKey& key);

// Form only. kInvalid with the line that is wrong; says nothing about who signed.
Result<CheckpointNote> ParseCheckpoint(std::string_view text);

// Parses, requires this origin and a valid signature by this key under that name; signatures by
// others are passed over. kInvalid: malformed. kDenied: not signed by this key, or another origin.
Result<Checkpoint> VerifyCheckpoint(std::string_view text, std::string_view origin,
                                    const PublicKey& key);

}  // namespace sam
