// The log's Merkle tree on disk (RFC 6962 over the stored header bytes, see crypto/merkle.h).
// Stored are the nodes of every eighth level: one 32-byte row for 256 records, one more for 65,536.
// So appending costs 1/255 of a row per record, and opening, a root of the past or a proof read at
// most some hundred rows, however long the log is.
// Threads: Tree belongs to the journal thread (a value, copied for a batch that may be dropped).
// TreeReader: any thread, for sizes that are synced.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/crypto/merkle.h"
#include "broker/store/store.h"

namespace sam::journal {

inline constexpr int kTileLevels = 8;  // only levels that are multiples of this are stored

// The row of the node that covers the leaves [index << level, (index + 1) << level).
std::string NodeKey(int level, uint64_t index);

// The right edge of the tree: all that appending needs.
class Tree {
 public:
  // From the stored nodes and the last headers. kCorrupt when one of them is missing.
  static Result<Tree> Rebuild(const Store& store, uint64_t size);

  // Takes the next leaf and puts the stored nodes that it completes into the batch.
  void Append(const Digest& leaf, Batch& batch);
  uint64_t size() const { return size_; }
  Digest Root() const;

 private:
  uint64_t size_ = 0;
  std::array<Digest, 64> peaks_{};  // by height; valid where size_ has that bit
};

class TreeReader {
 public:
  explicit TreeReader(const Store& store) : store_(store) {}

  Result<Digest> Leaf(uint64_t offset) const;
  Result<Digest> RootAt(uint64_t size) const;
  // Node hashes as crypto/merkle.h's verifiers take them. kInvalid: not in a tree of that size.
  Result<Proof> Inclusion(uint64_t offset, uint64_t size) const;
  Result<Proof> Consistency(uint64_t older, uint64_t newer) const;
  // Root of the n leaves from `from` on (n > 0); `from` must be a multiple of n's power of two.
  Result<Digest> Range(uint64_t from, uint64_t n) const;

 private:
  Status Path(uint64_t index, uint64_t from, uint64_t n, Proof& proof) const;
  Status SubProof(uint64_t older, uint64_t from, uint64_t n, bool whole, Proof& proof) const;

  const Store& store_;
};

}  // namespace sam::journal
