#include "broker/journal/tree.h"

#include <bit>

#include "broker/base/text.h"
#include "broker/store/spaces.h"

namespace sam::journal {
namespace {

// The largest power of two below n (n > 1): where RFC 6962 splits a tree.
uint64_t SplitOf(uint64_t n) { return std::bit_floor(n - 1); }

}  // namespace

std::string NodeKey(int level, uint64_t index) {
  std::string key(1, static_cast<char>(level));
  key += BigEndian64(index);
  return key;
}

Result<Tree> Tree::Rebuild(const Store& store, uint64_t size) {
  Tree tree;
  tree.size_ = size;
  const TreeReader reader(store);
  uint64_t from = 0;
  for (int height = 63; height >= 0; --height) {
    const uint64_t n = uint64_t{1} << height;
    if ((size & n) == 0) continue;
    SAM_ASSIGN(tree.peaks_[static_cast<size_t>(height)], reader.Range(from, n));
    from += n;
  }
  return tree;
}

void Tree::Append(const Digest& leaf, Batch& batch) {
  Digest node = leaf;
  int height = 0;
  // Each trailing one-bit of the size is a perfect subtree that the new leaf completes.
  for (uint64_t n = size_; (n & 1) != 0; n >>= 1) {
    node = NodeHash(peaks_[static_cast<size_t>(height)], node);
    ++height;
    if (height % kTileLevels == 0)
      batch.Put(spaces::kTree, NodeKey(height, size_ >> height), std::string(node.view()));
  }
  peaks_[static_cast<size_t>(height)] = node;
  ++size_;
}

Digest Tree::Root() const {
  if (size_ == 0) return EmptyRoot();
  int height = std::countr_zero(size_);
  Digest root = peaks_[static_cast<size_t>(height)];
  for (++height; height < 64; ++height)
    if ((size_ >> height & 1) != 0) root = NodeHash(peaks_[static_cast<size_t>(height)], root);
  return root;
}

Result<Digest> TreeReader::Leaf(uint64_t offset) const {
  SAM_ASSIGN(const auto header, store_.Get(spaces::kJournal, BigEndian64(offset)));
  if (!header)
    return Corrupt("log tree: record " + std::to_string(offset) +
                   " is missing; restore the store from a backup or standby");
  return LeafHash(*header);
}

Result<Digest> TreeReader::Range(uint64_t from, uint64_t n) const {
  if (n == 1) return Leaf(from);
  if (std::has_single_bit(n) && std::countr_zero(n) % kTileLevels == 0) {
    const int level = std::countr_zero(n);
    SAM_ASSIGN(const auto row, store_.Get(spaces::kTree, NodeKey(level, from >> level)));
    if (!row)
      return Corrupt("log tree: node of level " + std::to_string(level) + " at record " +
                     std::to_string(from) + " is missing; restore the store from a backup");
    const auto digest = Digest::From(*row);
    if (!digest)
      return Corrupt("log tree: node of level " + std::to_string(level) + " at record " +
                     std::to_string(from) + " is not 32 bytes; restore the store from a backup");
    return *digest;
  }
  const uint64_t k = SplitOf(n);
  SAM_ASSIGN(const Digest left, Range(from, k));
  SAM_ASSIGN(const Digest right, Range(from + k, n - k));
  return NodeHash(left, right);
}

Result<Digest> TreeReader::RootAt(uint64_t size) const {
  if (size == 0) return EmptyRoot();
  return Range(0, size);
}

Result<Proof> TreeReader::Inclusion(uint64_t offset, uint64_t size) const {
  if (offset >= size)
    return Invalid("inclusion proof: record " + std::to_string(offset) +
                   " is not in a log of size " + std::to_string(size));
  Proof proof;
  SAM_TRY(Path(offset, 0, size, proof));
  return proof;
}

Result<Proof> TreeReader::Consistency(uint64_t older, uint64_t newer) const {
  if (older > newer)
    return Invalid("consistency proof: size " + std::to_string(older) + " is newer than " +
                   std::to_string(newer));
  Proof proof;
  if (older == 0 || older == newer) return proof;
  SAM_TRY(SubProof(older, 0, newer, true, proof));
  return proof;
}

// As crypto/merkle.cc, but the far halves come from stored nodes instead of all their leaves.
Status TreeReader::Path(uint64_t index, uint64_t from, uint64_t n, Proof& proof) const {
  if (n == 1) return Ok();
  const uint64_t k = SplitOf(n);
  const bool left = index < k;
  SAM_TRY(left ? Path(index, from, k, proof) : Path(index - k, from + k, n - k, proof));
  SAM_ASSIGN(const Digest sibling, left ? Range(from + k, n - k) : Range(from, k));
  proof.push_back(sibling);
  return Ok();
}

Status TreeReader::SubProof(uint64_t older, uint64_t from, uint64_t n, bool whole,
                            Proof& proof) const {
  if (older == n) {
    if (whole) return Ok();
    SAM_ASSIGN(const Digest root, Range(from, n));
    proof.push_back(root);
    return Ok();
  }
  const uint64_t k = SplitOf(n);
  const bool left = older <= k;
  SAM_TRY(left ? SubProof(older, from, k, whole, proof)
               : SubProof(older - k, from + k, n - k, false, proof));
  SAM_ASSIGN(const Digest sibling, left ? Range(from + k, n - k) : Range(from, k));
  proof.push_back(sibling);
  return Ok();
}

}  // namespace sam::journal
