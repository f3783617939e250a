#include "audit/tree_proof.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "audit/testing/naive_tree.h"
#include "audit/tree_hash.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/testing/seed.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::IsEmpty;

TreeHash FromHex(absl::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  TreeHash hash;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

// Certificate Transparency's reference tree: leaves, roots and proofs as published with its
// implementations (github.com/transparency-dev/merkle, testonly/constants.go and proof_test.go).
const std::vector<TreeHash>& ReferenceLeaves() {
  static const auto* const leaves = [] {
    auto* const made = new std::vector<TreeHash>;
    for (const absl::string_view hex : {"", "00", "10", "2021", "3031", "40414243",
                                        "5051525354555657", "606162636465666768696a6b6c6d6e6f"}) {
      made->push_back(LeafHash(absl::HexStringToBytes(hex)));
    }
    return made;
  }();
  return *leaves;
}

const std::vector<TreeHash>& ReferenceRoots() {
  static const auto* const roots = new std::vector<TreeHash>{
      FromHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      FromHex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
      FromHex("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
      FromHex("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
      FromHex("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
      FromHex("4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
      FromHex("76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
      FromHex("ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
      FromHex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")};
  return *roots;
}

struct ReferenceProof {
  uint64_t first;  // the leaf's index, or the smaller size
  uint64_t size;
  TreeProof hashes;
};

std::vector<ReferenceProof> ReferenceInclusionProofs() {
  return {
      {0, 1, {}},
      {0,
       8,
       {FromHex("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"),
        FromHex("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
        FromHex("6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")}},
      {5,
       8,
       {FromHex("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
        FromHex("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
        FromHex("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")}},
      {2, 3, {FromHex("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")}},
      {1,
       5,
       {FromHex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        FromHex("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
        FromHex("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")}},
  };
}

std::vector<ReferenceProof> ReferenceConsistencyProofs() {
  return {
      {1, 1, {}},
      {1,
       8,
       {FromHex("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"),
        FromHex("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
        FromHex("6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")}},
      {6,
       8,
       {FromHex("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"),
        FromHex("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
        FromHex("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")}},
      {2,
       5,
       {FromHex("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
        FromHex("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")}},
  };
}

TEST(TreeProofTest, RootOfTheReferenceTreeIsAsPublishedAtEachSize) {
  NaiveTree tree(ReferenceLeaves());
  for (uint64_t size = 0; size <= tree.size(); ++size) {
    EXPECT_EQ(*RootOf(tree, size), ReferenceRoots()[size]) << size;
  }
}

TEST(TreeProofTest, InclusionProofsOfTheReferenceTreeAreAsPublished) {
  NaiveTree tree(ReferenceLeaves());
  for (const ReferenceProof& proof : ReferenceInclusionProofs()) {
    EXPECT_EQ(*BuildInclusionProof(tree, proof.first, proof.size), proof.hashes);
    EXPECT_TRUE(VerifyInclusion(tree.leaf(proof.first), proof.first, proof.size, proof.hashes,
                                ReferenceRoots()[proof.size]));
  }
}

TEST(TreeProofTest, ConsistencyProofsOfTheReferenceTreeAreAsPublished) {
  NaiveTree tree(ReferenceLeaves());
  for (const ReferenceProof& proof : ReferenceConsistencyProofs()) {
    EXPECT_EQ(*BuildConsistencyProof(tree, proof.first, proof.size), proof.hashes);
    EXPECT_TRUE(VerifyConsistency(proof.first, ReferenceRoots()[proof.first], proof.size,
                                  ReferenceRoots()[proof.size], proof.hashes));
  }
}

TEST(TreeProofTest, EveryInclusionUpTo300LeavesIsTheRecursiveProofAndVerifies) {
  NaiveTree tree(NumberedLeaves(300));
  for (uint64_t size = 1; size <= tree.size(); ++size) {
    const TreeHash root = tree.Root(size);
    for (uint64_t index = 0; index < size; ++index) {
      const auto proof = BuildInclusionProof(tree, index, size);
      ASSERT_THAT(proof, IsOk());
      ASSERT_EQ(*proof, tree.Path(index, size)) << index << " of " << size;
      ASSERT_TRUE(VerifyInclusion(tree.leaf(index), index, size, *proof, root))
          << index << " of " << size;
    }
  }
}

TEST(TreeProofTest, EveryConsistencyUpTo300LeavesIsTheRecursiveProofAndVerifies) {
  NaiveTree tree(NumberedLeaves(300));
  for (uint64_t size2 = 1; size2 <= tree.size(); ++size2) {
    const TreeHash root2 = tree.Root(size2);
    for (uint64_t size1 = 1; size1 <= size2; ++size1) {
      const auto proof = BuildConsistencyProof(tree, size1, size2);
      ASSERT_THAT(proof, IsOk());
      ASSERT_EQ(*proof, tree.Proof(size1, size2)) << size1 << " in " << size2;
      ASSERT_TRUE(VerifyConsistency(size1, tree.Root(size1), size2, root2, *proof))
          << size1 << " in " << size2;
    }
  }
}

TEST(TreeProofTest, RandomProofsOfLargeTreesVerify) {
  auto random = SeededGenerator();
  NaiveTree tree(NumberedLeaves(100000));
  for (int round = 0; round < 200; ++round) {
    const uint64_t size2 = 1 + random() % tree.size();
    const uint64_t size1 = 1 + random() % size2;
    const uint64_t index = random() % size2;
    const TreeHash root2 = tree.Root(size2);
    ASSERT_EQ(*RootOf(tree, size2), root2);
    EXPECT_TRUE(VerifyInclusion(tree.leaf(index), index, size2,
                                *BuildInclusionProof(tree, index, size2), root2))
        << index << " of " << size2;
    EXPECT_TRUE(VerifyConsistency(size1, tree.Root(size1), size2, root2,
                                  *BuildConsistencyProof(tree, size1, size2)))
        << size1 << " in " << size2;
  }
}

TEST(TreeProofTest, AProofAsksForLogarithmicallyManyNodes) {
  auto random = SeededGenerator();
  NaiveTree tree(NumberedLeaves(100000));
  constexpr int kBits = 17;  // 100,000 < 2^17
  for (int round = 0; round < 200; ++round) {
    const uint64_t size2 = 1 + random() % tree.size();
    const uint64_t size1 = 1 + random() % size2;
    for (const absl::Status& status :
         {BuildInclusionProof(tree, random() % size2, size2).status(),
          BuildConsistencyProof(tree, size1, size2).status(), RootOf(tree, size2).status()}) {
      ASSERT_THAT(status, IsOk());
    }
    EXPECT_LE(tree.node_calls(), 2 * kBits + 2 * kBits + kBits);
    tree.ForgetNodeCalls();
  }
}

class FailingSource final : public NodeSource {
 public:
  absl::StatusOr<TreeHash> Node(const NodeId&) override { return DataLoss("no such node"); }
};

TEST(TreeProofTest, TheSourcesErrorIsPassedOn) {
  FailingSource source;
  EXPECT_THAT(BuildInclusionProof(source, 1, 3), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(BuildConsistencyProof(source, 1, 3), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(RootOf(source, 3), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(TreeProofTest, BuildRefusesWhatIsNotInTheTree) {
  NaiveTree tree(ReferenceLeaves());
  for (const auto& [index, size] : {std::pair<uint64_t, uint64_t>{8, 8}, {9, 8}, {0, 0}}) {
    EXPECT_THAT(BuildInclusionProof(tree, index, size),
                StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  }
  EXPECT_THAT(BuildConsistencyProof(tree, 8, 7),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
}

// Calls `check` with each copy of the hash that differs in one bit.
template <typename Check>
void ForEachFlip(TreeHash hash, Check check) {
  for (uint8_t& byte : hash) {
    for (int bit = 0; bit < 8; ++bit) {
      byte ^= static_cast<uint8_t>(1 << bit);
      check(hash);
      byte ^= static_cast<uint8_t>(1 << bit);
    }
  }
}

// Calls `check` with the proof without its first and its last hash, with one more at either end and
// twice itself.
template <typename Check>
void ForEachOtherLength(const TreeProof& proof, const TreeHash& more, Check check) {
  if (!proof.empty()) {
    check(TreeProof(proof.begin() + 1, proof.end()));
    check(TreeProof(proof.begin(), proof.end() - 1));
    TreeProof twice = proof;
    twice.insert(twice.end(), proof.begin(), proof.end());
    check(twice);
  }
  TreeProof longer = proof;
  longer.push_back(more);
  check(longer);
  longer = proof;
  longer.insert(longer.begin(), more);
  check(longer);
}

TEST(TreeProofTest, VerifyInclusionRefusesEveryFlippedBit) {
  NaiveTree tree(NumberedLeaves(23));
  for (const uint64_t size : {1, 2, 7, 8, 9, 23}) {
    const TreeHash root = tree.Root(size);
    for (uint64_t index = 0; index < size; ++index) {
      const TreeHash& leaf = tree.leaf(index);
      TreeProof proof = tree.Path(index, size);
      ForEachFlip(leaf, [&](const TreeHash& flipped) {
        ASSERT_FALSE(VerifyInclusion(flipped, index, size, proof, root));
      });
      ForEachFlip(root, [&](const TreeHash& flipped) {
        ASSERT_FALSE(VerifyInclusion(leaf, index, size, proof, flipped));
      });
      for (TreeHash& hash : proof) {
        const TreeHash right = hash;
        ForEachFlip(right, [&](const TreeHash& flipped) {
          hash = flipped;
          ASSERT_FALSE(VerifyInclusion(leaf, index, size, proof, root));
        });
        hash = right;
      }
      ASSERT_TRUE(VerifyInclusion(leaf, index, size, proof, root));
    }
  }
}

TEST(TreeProofTest, VerifyInclusionRefusesAnotherIndexAndAnotherTree) {
  NaiveTree tree(NumberedLeaves(40));
  for (uint64_t size = 1; size <= tree.size(); ++size) {
    const TreeHash root = tree.Root(size);
    for (uint64_t index = 0; index < size; ++index) {
      const TreeProof proof = tree.Path(index, size);
      for (uint64_t other = 0; other < 2 * tree.size(); ++other) {
        if (other == index) continue;
        ASSERT_FALSE(VerifyInclusion(tree.leaf(index), other, size, proof, root));
      }
      for (uint64_t other = 0; other <= tree.size(); ++other) {
        if (other == size) continue;
        ASSERT_FALSE(VerifyInclusion(tree.leaf(index), index, other, proof, tree.Root(other)));
      }
    }
  }
}

TEST(TreeProofTest, VerifyInclusionRefusesShorterAndLongerProofs) {
  NaiveTree tree(NumberedLeaves(40));
  for (uint64_t size = 1; size <= tree.size(); ++size) {
    const TreeHash root = tree.Root(size);
    for (uint64_t index = 0; index < size; ++index) {
      ForEachOtherLength(tree.Path(index, size), root, [&](const TreeProof& other) {
        ASSERT_FALSE(VerifyInclusion(tree.leaf(index), index, size, other, root));
      });
    }
  }
}

// One hash more, and a root that it leads to: of a leaf that would stand deeper than the size says.
TEST(TreeProofTest, VerifyRefusesAProofThatGoesOnBeyondTheRoot) {
  NaiveTree tree(NumberedLeaves(9));
  const TreeHash more = LeafHash("more");
  for (uint64_t size = 1; size <= tree.size(); ++size) {
    for (const TreeHash& root :
         {NodeHash(more, tree.Root(size)), NodeHash(tree.Root(size), more)}) {
      for (uint64_t index = 0; index < size; ++index) {
        TreeProof proof = tree.Path(index, size);
        proof.push_back(more);
        EXPECT_FALSE(VerifyInclusion(tree.leaf(index), index, size, proof, root));
      }
      for (uint64_t size1 = 1; size1 < size; ++size1) {
        TreeProof proof = tree.Proof(size1, size);
        proof.push_back(more);
        EXPECT_FALSE(VerifyConsistency(size1, tree.Root(size1), size, root, proof));
        EXPECT_FALSE(VerifyConsistency(size1, NodeHash(more, tree.Root(size1)), size, root, proof));
      }
    }
  }
}

TEST(TreeProofTest, VerifyInclusionRefusesEverythingOfTheEmptyTree) {
  EXPECT_FALSE(VerifyInclusion(LeafHash("a"), 0, 0, {}, EmptyRoot()));
  EXPECT_FALSE(VerifyInclusion(EmptyRoot(), 0, 0, {}, EmptyRoot()));
}

TEST(TreeProofTest, VerifyConsistencyRefusesEveryFlippedBit) {
  NaiveTree tree(NumberedLeaves(23));
  for (const uint64_t size2 : {2, 7, 8, 9, 23}) {
    for (uint64_t size1 = 1; size1 <= size2; ++size1) {
      const TreeHash root1 = tree.Root(size1);
      const TreeHash root2 = tree.Root(size2);
      TreeProof proof = tree.Proof(size1, size2);
      ForEachFlip(root1, [&](const TreeHash& flipped) {
        ASSERT_FALSE(VerifyConsistency(size1, flipped, size2, root2, proof));
      });
      ForEachFlip(root2, [&](const TreeHash& flipped) {
        ASSERT_FALSE(VerifyConsistency(size1, root1, size2, flipped, proof));
      });
      for (TreeHash& hash : proof) {
        const TreeHash right = hash;
        ForEachFlip(right, [&](const TreeHash& flipped) {
          hash = flipped;
          ASSERT_FALSE(VerifyConsistency(size1, root1, size2, root2, proof));
        });
        hash = right;
      }
      ASSERT_TRUE(VerifyConsistency(size1, root1, size2, root2, proof));
    }
  }
}

TEST(TreeProofTest, VerifyConsistencyRefusesOtherSizes) {
  NaiveTree tree(NumberedLeaves(40));
  for (uint64_t size2 = 1; size2 <= tree.size(); ++size2) {
    for (uint64_t size1 = 1; size1 < size2; ++size1) {
      const TreeProof proof = tree.Proof(size1, size2);
      for (uint64_t other = 0; other <= tree.size(); ++other) {
        if (other != size1) {
          ASSERT_FALSE(VerifyConsistency(other, tree.Root(other), size2, tree.Root(size2), proof));
        }
        if (other != size2) {
          ASSERT_FALSE(VerifyConsistency(size1, tree.Root(size1), other, tree.Root(other), proof));
        }
      }
    }
  }
}

TEST(TreeProofTest, VerifyConsistencyRefusesShorterAndLongerProofs) {
  NaiveTree tree(NumberedLeaves(40));
  for (uint64_t size2 = 1; size2 <= tree.size(); ++size2) {
    for (uint64_t size1 = 0; size1 <= size2; ++size1) {
      const TreeProof proof = size1 == 0 ? TreeProof() : tree.Proof(size1, size2);
      ForEachOtherLength(proof, tree.Root(size2), [&](const TreeProof& other) {
        ASSERT_FALSE(VerifyConsistency(size1, tree.Root(size1), size2, tree.Root(size2), other));
      });
    }
  }
}

TEST(TreeProofTest, VerifyConsistencyRefusesALogThatWasRewritten) {
  NaiveTree before(NumberedLeaves(20));
  for (uint64_t changed = 0; changed < 20; ++changed) {
    std::vector<TreeHash> leaves = NumberedLeaves(29);
    leaves[changed] = LeafHash("rewritten");
    NaiveTree after(leaves);
    EXPECT_FALSE(VerifyConsistency(20, before.Root(20), 29, after.Root(29),
                                   *BuildConsistencyProof(after, 20, 29)));
  }
}

TEST(TreeProofTest, EveryTreeContinuesTheEmptyOne) {
  NaiveTree tree(NumberedLeaves(5));
  EXPECT_THAT(*BuildConsistencyProof(tree, 0, 5), IsEmpty());
  EXPECT_TRUE(VerifyConsistency(0, EmptyRoot(), 5, tree.Root(5), {}));
  EXPECT_TRUE(VerifyConsistency(0, EmptyRoot(), 0, EmptyRoot(), {}));
  EXPECT_FALSE(VerifyConsistency(0, tree.Root(1), 5, tree.Root(5), {}));
  EXPECT_FALSE(VerifyConsistency(0, tree.Root(1), 0, tree.Root(1), {}));
}

// Why size and root must come from one signed checkpoint.
TEST(TreeProofTest, ARootDoesNotSayItsSizeByItself) {
  NaiveTree tree(NumberedLeaves(3));
  EXPECT_TRUE(VerifyInclusion(tree.leaf(0), 0, 4, tree.Path(0, 3), tree.Root(3)));
}

}  // namespace
}  // namespace cardvault
