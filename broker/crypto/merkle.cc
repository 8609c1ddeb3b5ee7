#include "broker/crypto/merkle.h"

#include <bit>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam {
namespace {

constexpr std::string_view kLeafTag("\0", 1);
constexpr std::string_view kNodeTag("\1", 1);

// The largest power of two below n (n > 1): where RFC 6962 splits a tree.
uint64_t SplitOf(uint64_t n) { return std::bit_floor(n - 1); }

// Root of the leaves [from, from + n), n > 0. Recursion is at most 64 deep.
Result<Digest> RangeRoot(const LeafSource& leaves, uint64_t from, uint64_t n) {
  if (n == 1) return leaves(from);
  const uint64_t k = SplitOf(n);
  SAM_ASSIGN(const Digest left, RangeRoot(leaves, from, k));
  SAM_ASSIGN(const Digest right, RangeRoot(leaves, from + k, n - k));
  return NodeHash(left, right);
}

// PATH of RFC 6962 2.1.1, nearest to the leaf first.
Status Path(const LeafSource& leaves, uint64_t index, uint64_t from, uint64_t n, Proof& proof) {
  if (n == 1) return Ok();
  const uint64_t k = SplitOf(n);
  const bool left = index < k;
  SAM_TRY(left ? Path(leaves, index, from, k, proof)
               : Path(leaves, index - k, from + k, n - k, proof));
  SAM_ASSIGN(const Digest sibling,
             left ? RangeRoot(leaves, from + k, n - k) : RangeRoot(leaves, from, k));
  proof.push_back(sibling);
  return Ok();
}

// SUBPROOF of RFC 6962 2.1.2. `whole`: the older tree is just this subtree, which the verifier has.
Status SubProof(const LeafSource& leaves, uint64_t older, uint64_t from, uint64_t n, bool whole,
                Proof& proof) {
  if (older == n) {
    if (whole) return Ok();
    SAM_ASSIGN(const Digest root, RangeRoot(leaves, from, n));
    proof.push_back(root);
    return Ok();
  }
  const uint64_t k = SplitOf(n);
  const bool left = older <= k;
  SAM_TRY(left ? SubProof(leaves, older, from, k, whole, proof)
               : SubProof(leaves, older - k, from + k, n - k, false, proof));
  SAM_ASSIGN(const Digest sibling,
             left ? RangeRoot(leaves, from + k, n - k) : RangeRoot(leaves, from, k));
  proof.push_back(sibling);
  return Ok();
}

}  // namespace

Digest LeafHash(std::string_view record) { return Sha256({kLeafTag, record}); }

Digest NodeHash(const Digest& left, const Digest& right) {
  return Sha256({kNodeTag, left.view(), right.view()});
}

Digest EmptyRoot() { return Sha256({}); }

void Frontier::Append(const Digest& leaf) {
  Digest node = leaf;
  // Each trailing one-bit of the size is a perfect subtree that the new leaf completes.
  for (uint64_t n = size_; (n & 1) != 0; n >>= 1) {
    node = NodeHash(peaks_.back(), node);
    peaks_.pop_back();
  }
  peaks_.push_back(node);
  ++size_;
}

Digest Frontier::Root() const {
  if (peaks_.empty()) return EmptyRoot();
  Digest root = peaks_.back();
  for (size_t i = peaks_.size() - 1; i > 0; --i) root = NodeHash(peaks_[i - 1], root);
  return root;
}

std::string Frontier::Serialise() const {
  std::string out = BigEndian64(size_);
  for (const Digest& peak : peaks_) out.append(peak.view());
  return out;
}

Result<Frontier> Frontier::Parse(std::string_view bytes) {
  if (bytes.size() < 8) return Corrupt("Merkle frontier: shorter than its size field");
  Frontier out;
  out.size_ = ReadBigEndian64(bytes);
  bytes.remove_prefix(8);
  const size_t peaks = static_cast<size_t>(std::popcount(out.size_));
  if (bytes.size() != peaks * Digest::kSize)
    return Corrupt("Merkle frontier: " + std::to_string(out.size_) + " leaves need " +
                   std::to_string(peaks) + " digests, got " + std::to_string(bytes.size()) +
                   " bytes");
  for (size_t i = 0; i < peaks; ++i)
    out.peaks_.push_back(*Digest::From(bytes.substr(i * Digest::kSize, Digest::kSize)));
  return out;
}

Result<Digest> RootOf(const LeafSource& leaves, uint64_t size) {
  if (size == 0) return EmptyRoot();
  return RangeRoot(leaves, 0, size);
}

Result<Proof> InclusionProof(const LeafSource& leaves, uint64_t index, uint64_t size) {
  if (index >= size)
    return Invalid("inclusion proof: record " + std::to_string(index) +
                   " is not in a log of size " + std::to_string(size));
  Proof proof;
  SAM_TRY(Path(leaves, index, 0, size, proof));
  return proof;
}

Result<Proof> ConsistencyProof(const LeafSource& leaves, uint64_t older, uint64_t newer) {
  if (older > newer)
    return Invalid("consistency proof: size " + std::to_string(older) + " is newer than " +
                   std::to_string(newer));
  Proof proof;
  if (older == 0 || older == newer) return proof;
  SAM_TRY(SubProof(leaves, older, 0, newer, true, proof));
  return proof;
}

// The verifiers follow RFC 9162 2.1.3.2 and 2.1.4.2, which walk upwards without recursion.
bool VerifyInclusion(const Digest& leaf, uint64_t index, uint64_t size, const Proof& proof,
                     const Digest& root) {
  if (index >= size) return false;
  uint64_t fn = index;
  uint64_t sn = size - 1;
  Digest node = leaf;
  for (const Digest& p : proof) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      node = NodeHash(p, node);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      node = NodeHash(node, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && node == root;
}

bool VerifyConsistency(uint64_t older, uint64_t newer, const Digest& older_root,
                       const Digest& newer_root, const Proof& proof) {
  if (older > newer) return false;
  if (older == newer) return proof.empty() && older_root == newer_root;
  if (older == 0) return proof.empty() && older_root == EmptyRoot();
  Proof path = proof;
  if (std::has_single_bit(older)) path.insert(path.begin(), older_root);
  if (path.empty()) return false;
  uint64_t fn = older - 1;
  uint64_t sn = newer - 1;
  while ((fn & 1) != 0) {
    fn >>= 1;
    sn >>= 1;
  }
  Digest fr = path[0];
  Digest sr = path[0];
  for (size_t i = 1; i < path.size(); ++i) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      fr = NodeHash(path[i], fr);
      sr = NodeHash(path[i], sr);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      sr = NodeHash(sr, path[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && fr == older_root && sr == newer_root;
}

}  // namespace sam
