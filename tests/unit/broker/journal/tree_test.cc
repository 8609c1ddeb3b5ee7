#include "broker/journal/tree.h"

#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "broker/store/spaces.h"
#include "tests/support/fault_store.h"

namespace sam::journal {
namespace {

std::string RecordOf(uint64_t i) { return "record " + std::to_string(i); }

// A log of n records, with the reference implementation beside it.
class Log {
 public:
  explicit Log(uint64_t n) {
    for (uint64_t i = 0; i < n; ++i) {
      Batch batch;
      const Digest leaf = LeafHash(RecordOf(i));
      tree_.Append(leaf, batch);
      reference_.Append(leaf);
      batch.Put(spaces::kJournal, BigEndian64(i), RecordOf(i));
      EXPECT_TRUE(store_.Apply(batch, Durability::kNow).ok());
      roots_.push_back(reference_.Root());
    }
  }
  test::FaultStore store_;
  Tree tree_;
  Frontier reference_;
  std::vector<Digest> roots_;  // of size i + 1
};

TEST(Tree, RootsAreThoseOfTheReferenceAtEverySize) {
  test::FaultStore store;
  Tree tree;
  Frontier reference;
  EXPECT_EQ(tree.Root(), EmptyRoot());
  Batch batch;
  for (uint64_t i = 0; i < 1100; ++i) {
    tree.Append(LeafHash(RecordOf(i)), batch);
    reference.Append(LeafHash(RecordOf(i)));
    ASSERT_EQ(tree.Root(), reference.Root()) << i;
  }
}

TEST(Tree, StoresOneNodeFor256RecordsAndOneMoreFor65536) {
  Tree tree;
  Batch batch;
  const Digest leaf = LeafHash("same");
  for (int i = 0; i < 65536; ++i) tree.Append(leaf, batch);
  EXPECT_EQ(batch.ops().size(), 257u);
  EXPECT_EQ(batch.ops().back().key, NodeKey(16, 0));
  EXPECT_EQ(*batch.ops().back().value, tree.Root().view());
}

TEST(Tree, RebuildGivesTheSameTreeAndItGoesOnTheSame) {
  for (uint64_t n : {0u, 1u, 2u, 3u, 255u, 256u, 257u, 511u, 512u, 700u}) {
    Log log(n);
    auto rebuilt = Tree::Rebuild(log.store_, n);
    ASSERT_TRUE(rebuilt.ok());
    EXPECT_EQ(rebuilt->Root(), log.tree_.Root()) << n;
    Batch batch;
    rebuilt->Append(LeafHash("next"), batch);
    log.tree_.Append(LeafHash("next"), batch);
    EXPECT_EQ(rebuilt->Root(), log.tree_.Root()) << n;
  }
}

TEST(Tree, ProofsFromStoredNodesAreAcceptedByTheVerifiers) {
  const Log log(600);
  const TreeReader reader(log.store_);
  for (uint64_t size : {1u, 2u, 255u, 256u, 257u, 300u, 512u, 599u, 600u}) {
    const auto root = reader.RootAt(size);
    ASSERT_TRUE(root.ok());
    ASSERT_EQ(*root, log.roots_[size - 1]) << size;
    for (uint64_t offset = 0; offset < size; offset += 37) {
      const auto proof = reader.Inclusion(offset, size);
      ASSERT_TRUE(proof.ok());
      EXPECT_TRUE(VerifyInclusion(LeafHash(RecordOf(offset)), offset, size, *proof, *root));
      EXPECT_FALSE(VerifyInclusion(LeafHash("forged"), offset, size, *proof, *root));
    }
    for (uint64_t older = 1; older <= size; older += 41) {
      const auto proof = reader.Consistency(older, size);
      ASSERT_TRUE(proof.ok());
      EXPECT_TRUE(VerifyConsistency(older, size, log.roots_[older - 1], *root, *proof)) << older;
    }
  }
}

TEST(Tree, QuestionsBeyondTheTreeAreInvalid) {
  const Log log(3);
  const TreeReader reader(log.store_);
  EXPECT_EQ(reader.Inclusion(3, 3).error().code, Code::kInvalid);
  EXPECT_EQ(reader.Consistency(4, 3).error().code, Code::kInvalid);
  EXPECT_TRUE(reader.Consistency(0, 3)->empty());
  EXPECT_TRUE(reader.Consistency(3, 3)->empty());
}

TEST(Tree, MissingOrShortNodesAreCorruption) {
  Log log(300);
  Batch batch;
  batch.Put(spaces::kTree, NodeKey(8, 0), "short");
  ASSERT_TRUE(log.store_.Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(Tree::Rebuild(log.store_, 300).error().code, Code::kCorrupt);
  batch.Clear();
  batch.Delete(spaces::kTree, NodeKey(8, 0));
  ASSERT_TRUE(log.store_.Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(Tree::Rebuild(log.store_, 300).error().code, Code::kCorrupt);
  EXPECT_EQ(Tree::Rebuild(log.store_, 400).error().code, Code::kCorrupt);
}

TEST(Tree, AReadErrorIsPassedOn) {
  Log log(10);
  log.store_.FailNextRead(Internal("disk"));
  EXPECT_EQ(TreeReader(log.store_).RootAt(10).error().code, Code::kInternal);
}

}  // namespace
}  // namespace sam::journal
