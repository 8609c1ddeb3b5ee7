// The Merkle tree of RFC 6962 over the log's records: whoever keeps a root can prove that a record
// is in the log, and that a later log only added to an earlier one.
// Any thread, pure functions; a Frontier has one owner. Sizes and indexes count leaves from 0.
// Downside of proofs over a LeafSource: building one reads O(n) leaf digests. It is an auditor's
// question, not a hot path, so no inner nodes are stored.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam {

Digest LeafHash(std::string_view record);                     // SHA-256(0x00 || record)
Digest NodeHash(const Digest& left, const Digest& right);     // SHA-256(0x01 || left || right)
Digest EmptyRoot();                                           // SHA-256 of nothing

// The right edge of the tree: the roots of the perfect subtrees, largest first. All that is needed
// to append and to compute the root; at most 64 digests.
class Frontier {
 public:
  void Append(const Digest& leaf);
  uint64_t size() const { return size_; }
  Digest Root() const;

  // 8 bytes of size, big-endian, then the digests. Parse: kCorrupt when the length does not fit.
  std::string Serialise() const;
  static Result<Frontier> Parse(std::string_view bytes);
  bool operator==(const Frontier&) const = default;

 private:
  uint64_t size_ = 0;
  std::vector<Digest> peaks_;
};

// Gives the leaf digest at an index; an error ends the building of the proof.
using LeafSource = std::function<Result<Digest>(uint64_t index)>;
using Proof = std::vector<Digest>;

Result<Digest> RootOf(const LeafSource& leaves, uint64_t size);
// kInvalid when index >= size.
Result<Proof> InclusionProof(const LeafSource& leaves, uint64_t index, uint64_t size);
// kInvalid when older > newer. Empty when older is 0 or equals newer.
Result<Proof> ConsistencyProof(const LeafSource& leaves, uint64_t older, uint64_t newer);

bool VerifyInclusion(const Digest& leaf, uint64_t index, uint64_t size, const Proof& proof,
                     const Digest& root);
bool VerifyConsistency(uint64_t older, uint64_t newer, const Digest& older_root,
                       const Digest& newer_root, const Proof& proof);

}  // namespace sam
