#include "broker/crypto/merkle.h"

#include <gtest/gtest.h>

#include "broker/base/random.h"
#include "broker/base/text.h"

namespace sam {
namespace {

constexpr uint64_t kUpTo = 70;  // past 64, so that trees of every shape up to depth 7 occur

std::vector<Digest> Leaves(uint64_t n) {
  std::vector<Digest> out;
  for (uint64_t i = 0; i < n; ++i) out.push_back(LeafHash("record " + std::to_string(i)));
  return out;
}

LeafSource From(const std::vector<Digest>& leaves) {
  return [&leaves](uint64_t i) -> Result<Digest> {
    if (i >= leaves.size()) return NotFound("no leaf " + std::to_string(i));
    return leaves[i];
  };
}

Digest Changed(Digest digest) {
  digest.bytes[7] ^= 1;
  return digest;
}

TEST(Merkle, RootsMatchTheVectorsOfRfc6962) {
  // The leaves of the reference implementation's tests; roots of sizes 0 to 8.
  std::vector<Digest> leaves;
  for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"})
    leaves.push_back(LeafHash(*FromHex(hex)));
  const char* const roots[] = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Frontier frontier;
  for (uint64_t n = 0; n <= 8; ++n) {
    EXPECT_EQ(ToHex(frontier.Root().view()), roots[n]) << n;
    EXPECT_EQ(*RootOf(From(leaves), n), frontier.Root());
    if (n < 8) frontier.Append(leaves[n]);
  }
}

TEST(Merkle, FrontierSurvivesSerialisingAtEverySize) {
  const std::vector<Digest> leaves = Leaves(kUpTo);
  Frontier frontier;
  for (uint64_t n = 0; n <= kUpTo; ++n) {
    EXPECT_EQ(frontier.size(), n);
    EXPECT_EQ(*RootOf(From(leaves), n), frontier.Root()) << n;
    const auto back = Frontier::Parse(frontier.Serialise());
    ASSERT_TRUE(back.ok());
    EXPECT_TRUE(*back == frontier);
    frontier = *back;
    if (n < kUpTo) frontier.Append(leaves[n]);
  }
}

TEST(Merkle, FrontierOfTheWrongLengthIsCorrupt) {
  Frontier frontier;
  for (const Digest& leaf : Leaves(11)) frontier.Append(leaf);
  const std::string bytes = frontier.Serialise();
  EXPECT_EQ(Frontier::Parse("").error().code, Code::kCorrupt);
  EXPECT_EQ(Frontier::Parse(bytes.substr(0, bytes.size() - 1)).error().code, Code::kCorrupt);
  EXPECT_EQ(Frontier::Parse(bytes + "x").error().code, Code::kCorrupt);
  EXPECT_EQ(Frontier::Parse(BigEndian64(~uint64_t{0})).error().code, Code::kCorrupt);
}

TEST(Merkle, EveryInclusionProofVerifiesAndEveryForgedOneIsRefused) {
  const std::vector<Digest> leaves = Leaves(kUpTo);
  for (uint64_t n = 1; n <= kUpTo; ++n) {
    const Digest root = *RootOf(From(leaves), n);
    for (uint64_t i = 0; i < n; ++i) {
      const auto proof = InclusionProof(From(leaves), i, n);
      ASSERT_TRUE(proof.ok());
      ASSERT_TRUE(VerifyInclusion(leaves[i], i, n, *proof, root)) << i << " in " << n;
      EXPECT_FALSE(VerifyInclusion(Changed(leaves[i]), i, n, *proof, root));
      EXPECT_FALSE(VerifyInclusion(leaves[i], i, n, *proof, Changed(root)));
      EXPECT_FALSE(VerifyInclusion(leaves[i], n, n, *proof, root));
      if (n > 1) {
        EXPECT_FALSE(VerifyInclusion(leaves[i], (i + 1) % n, n, *proof, root)) << i << " " << n;
      }
      for (size_t j = 0; j < proof->size(); ++j) {
        Proof forged = *proof;
        forged[j] = Changed(forged[j]);
        EXPECT_FALSE(VerifyInclusion(leaves[i], i, n, forged, root));
      }
      Proof longer = *proof;
      longer.push_back(root);
      EXPECT_FALSE(VerifyInclusion(leaves[i], i, n, longer, root));
      if (proof->empty()) continue;
      const Proof shorter(proof->begin(), proof->end() - 1);
      EXPECT_FALSE(VerifyInclusion(leaves[i], i, n, shorter, root));
    }
  }
}

TEST(Merkle, EveryConsistencyProofVerifiesAndEveryForgedOneIsRefused) {
  const std::vector<Digest> leaves = Leaves(kUpTo);
  for (uint64_t n = 0; n <= kUpTo; ++n) {
    const Digest newer = *RootOf(From(leaves), n);
    for (uint64_t m = 0; m <= n; ++m) {
      const Digest older = *RootOf(From(leaves), m);
      const auto proof = ConsistencyProof(From(leaves), m, n);
      ASSERT_TRUE(proof.ok());
      ASSERT_TRUE(VerifyConsistency(m, n, older, newer, *proof)) << m << " to " << n;
      EXPECT_FALSE(VerifyConsistency(m, n, Changed(older), newer, *proof)) << m << " " << n;
      if (m > 0) {
        EXPECT_FALSE(VerifyConsistency(m, n, older, Changed(newer), *proof));
      }
      for (size_t j = 0; j < proof->size(); ++j) {
        Proof forged = *proof;
        forged[j] = Changed(forged[j]);
        EXPECT_FALSE(VerifyConsistency(m, n, older, newer, forged)) << m << " " << n;
      }
      Proof longer = *proof;
      longer.push_back(older);
      EXPECT_FALSE(VerifyConsistency(m, n, older, newer, longer)) << m << " " << n;
      if (proof->empty()) continue;
      const Proof shorter(proof->begin(), proof->end() - 1);
      EXPECT_FALSE(VerifyConsistency(m, n, older, newer, shorter)) << m << " " << n;
      EXPECT_FALSE(VerifyConsistency(n, m, newer, older, *proof));
    }
  }
}

TEST(Merkle, ARewrittenLogHasNoConsistencyProof) {
  std::vector<Digest> leaves = Leaves(40);
  const Digest older = *RootOf(From(leaves), 21);
  leaves[5] = LeafHash("rewritten");
  const Digest newer = *RootOf(From(leaves), 40);
  EXPECT_FALSE(VerifyConsistency(21, 40, older, newer, *ConsistencyProof(From(leaves), 21, 40)));
}

TEST(Merkle, ProofsOutsideTheLogAreInvalidAndSourceErrorsArePassedOn) {
  const std::vector<Digest> leaves = Leaves(10);
  EXPECT_EQ(InclusionProof(From(leaves), 10, 10).error().code, Code::kInvalid);
  EXPECT_EQ(ConsistencyProof(From(leaves), 11, 10).error().code, Code::kInvalid);
  EXPECT_EQ(InclusionProof(From(leaves), 3, 20).error().code, Code::kNotFound);
  EXPECT_EQ(ConsistencyProof(From(leaves), 3, 20).error().code, Code::kNotFound);
  EXPECT_EQ(RootOf(From(leaves), 11).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace sam
