// DurableSequence and Cursor: the one idea of this code. A stage reads one sequence, appends to the
// next and moves its cursor in the same batch; a crash is then a restart from the cursors.
// (Plain Sequence is the number, in ids.h.)
// Threads: Append, Trim, Replace, Next, Floor, Reload on the writer thread of the store; Read and
// Get on any thread (they see applied batches only).
// Limits: prefixes up to 255 bytes; numbers from 1, never reused, also when all is trimmed.
// Keys: length of prefix, prefix, 'e', 8 bytes big-endian (an entry), or 'f' (the trimmed floor),
// or 'n' (the highest number given when an entry was erased).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "broker/base/result.h"
#include "broker/store/store.h"

namespace sam {

class DurableSequence {
 public:
  static constexpr uint64_t kTrimMax = 4096;  // deletes per Trim: keeps a batch below a megabyte

  // Returns false to stop. The bytes live only during the call.
  using Visitor = std::function<bool(uint64_t seq, std::string_view bytes)>;

  // Reads the floor and the last entry. The store must outlive the sequence.
  static Result<DurableSequence> Open(Store& store, Space space, const std::string& prefix);

  // Puts the entry under the next number. The number is taken at once: when the batch is then
  // dropped instead of applied, call Reload().
  uint64_t Append(Batch& batch, std::string bytes);
  uint64_t Next() const { return next_; }    // the number the next Append takes
  uint64_t Floor() const { return floor_; }  // all entries up to here are trimmed
  Status Reload();

  // Entries from `from`, rising, at most `limit`; trimmed ones are passed over.
  Status Read(uint64_t from, size_t limit, const Visitor& visit) const;
  Result<std::optional<std::string>> Get(uint64_t seq) const;

  // Deletes up to and including `upto`, at most kTrimMax entries; returns the new floor, so that
  // the caller can go on. Numbers not yet appended are never trimmed.
  uint64_t Trim(Batch& batch, uint64_t upto);

  // Replaces the bytes of an entry that is there, for re-sealing and disposal. Any other number is
  // a programmer error.
  void Replace(Batch& batch, uint64_t seq, std::string bytes) const;
  // Deletes one entry above the floor, wherever it stands; its number is not given again.
  void Erase(Batch& batch, uint64_t seq) const;
  // Numbers up to `given` are taken, whatever rows are left. Not durable by itself.
  void SkipTo(uint64_t given) { next_ = next_ > given ? next_ : given + 1; }
  std::string KeyOf(uint64_t seq) const;  // the row's key, for tools

 private:
  DurableSequence(Store& store, Space space, std::string head)
      : store_(&store), space_(space), head_(std::move(head)) {}

  Store* store_;
  Space space_;
  std::string head_;  // length and prefix
  uint64_t next_ = 1;
  uint64_t floor_ = 0;
};

// A named place in a sequence, durable with the batch it is put in. Plain value over the store.
class Cursor {
 public:
  Cursor(Store& store, Space space, std::string name)
      : store_(&store), space_(space), name_(std::move(name)) {}

  Result<uint64_t> Get() const;  // 0 when never put; kCorrupt when the row is not a number
  void Put(Batch& batch, uint64_t value) const;

 private:
  Store* store_;
  Space space_;
  std::string name_;
};

}  // namespace sam
