// Signed checkpoints of the log (C2SP note form, crypto/checkpoint.h) in a file of their own beside
// the store: whoever keeps one can tell a rewritten, cut or rolled-back log from the true one.
// The file holds the last kKeep notes, oldest first, an empty line between them. It is replaced
// whole (written aside, synced, renamed), so a reader in any thread or process sees a whole file.
// One owner: the journal thread; ReadAll and Latest from anywhere.
// Downside: replacing costs two syncs, hence not more often than min_interval.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/result.h"
#include "broker/crypto/checkpoint.h"
#include "broker/crypto/sign.h"

namespace sam::journal {

class Checkpoints {
 public:
  static constexpr size_t kKeep = 64;  // at full speed a minute, on a calm day an hour

  struct Options {
    uint64_t records = 1000;                 // after this many new records
    int64_t interval_us = 60'000'000;        // or when this much time has passed with any
    int64_t min_interval_us = 1'000'000;     // but never more often than this
  };

  // Reads what is there. kCorrupt: not a file of checkpoints.
  static Result<Checkpoints> Open(std::string path, std::string origin, const SigningKey& key,
                                  const Clock& clock, const Options& options);

  bool Due(uint64_t size) const;
  uint64_t size() const { return size_; }  // of the last checkpoint
  // On disk on return. `size` and `root` must be synced already. kExhausted: no space, the old file
  // is still there, try again later. Any other error: exit 75.
  Status Write(uint64_t size, const Digest& root, uint32_t epoch);

  // The notes, oldest first; none when there is no file. kCorrupt: not a file of checkpoints.
  static Result<std::vector<std::string>> ReadAll(const std::string& path);
  // The newest note, for subscribers and tools. kNotFound: none yet.
  static Result<std::string> Latest(const std::string& path);

 private:
  Checkpoints(std::string path, std::string origin, const SigningKey& key, const Clock& clock,
              const Options& options)
      : path_(std::move(path)), origin_(std::move(origin)), key_(&key), clock_(&clock),
        options_(options), written_us_(clock.SteadyMicros()) {}

  std::string path_;
  std::string origin_;
  const SigningKey* key_;
  const Clock* clock_;
  Options options_;
  std::vector<std::string> notes_;
  uint64_t size_ = 0;
  int64_t written_us_;
};

}  // namespace sam::journal
