// A sealed file: what a sender's file becomes once it has been worked through. One thread a file;
// owned by who opened it. Memory: one chunk, however large the file is.
//
//   "SAMFILE1" | sealed head, 120 bytes | sealed chunks of 1 MiB each, the last one shorter
//
// The head tells the size, so that a missing end is found; each chunk is bound to the file's id and
// to its own place, so that none can be moved. Downsides: nothing is packed, and whoever lists the
// folder sees the name and about how large the file was.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "adapters/files/input_file.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/crypto/secret.h"

namespace sam::files {

struct SealedHead {
  static constexpr size_t kIdBytes = 16;
  std::string id;            // random
  uint64_t number = 0;       // of the file in this adapter; 0: not known
  std::string link;          // of a file that rows named: kIdBytes, as NamedFile; empty: a file of rows
  uint64_t size = 0;         // in the clear
  Millis sealed_at;
  Stamp from;                // the plain file, to know it again after a crash
  bool attachment() const { return !link.empty(); }
};

inline constexpr size_t kSealedChunk = size_t{1} << 20;

// The plain file becomes a draft beside its place, a few chunks at a time, each step synced: a file of
// 1 GB never makes one long sync. The draft goes with the writer unless it was placed.
class SealWriter {
 public:
  static constexpr int kStepChunks = 4;

  // `key` must outlive the writer. kUnavailable: the draft cannot be made.
  static Result<SealWriter> Begin(InputFile file, std::string draft, const SecretKey& key,
                                  SealedHead head);
  ~SealWriter();
  SealWriter(SealWriter&& other) noexcept;
  SealWriter& operator=(SealWriter&&) = delete;

  // True: all is written and on the disk. kUnavailable: a full disk, a file that changed ...
  Result<bool> Step();
  // After the last step. Over whatever has that name.
  Status Place(const std::string& path);
  const Stamp& stamp() const { return file_.stamp(); }

 private:
  SealWriter(InputFile file, std::string draft, const SecretKey& key, SealedHead head, int fd)
      : file_(std::move(file)), draft_(std::move(draft)), key_(&key), head_(std::move(head)), fd_(fd) {}
  Status Write(std::string_view bytes) const;

  InputFile file_;
  std::string draft_;
  const SecretKey* key_;
  SealedHead head_;
  int fd_;
  uint64_t next_ = 0;  // chunk
};

class SealedFile {
 public:
  // `key` must outlive it. kInvalid: no sealed file. kCorrupt: one, and not with this key.
  static Result<SealedFile> Open(const std::string& path, const SecretKey& key);

  const SealedHead& head() const { return head_; }
  uint64_t chunks() const { return (head_.size + kSealedChunk - 1) / kSealedChunk; }
  // kCorrupt: changed, moved or cut off.
  Result<std::string> Chunk(uint64_t at) const;

 private:
  SealedFile(InputFile file, const SecretKey& key, SealedHead head)
      : file_(std::move(file)), key_(&key), head_(std::move(head)) {}
  InputFile file_;
  const SecretKey* key_;
  SealedHead head_;
};

}  // namespace sam::files
