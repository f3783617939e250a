#include "vault/commit/audit_nodes.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/compact_range.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "base/length_prefix.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

// The log as commits of all sizes write it, and its tree as the entries make it.
class AuditNodesTest : public CommitPipelineTest {
 protected:
  void CommitEntries(int count) {
    WriteSet set;
    for (int i = 0; i < count; ++i) set.leaves.push_back(Leaf(absl::StrCat("t", next_object_++)));
    ASSERT_TRUE(Commit(std::move(set)).committed());
  }

  // roots[n]: of the first n entries.
  std::vector<TreeHash> Roots() {
    std::vector<TreeHash> roots = {EmptyRoot()};
    CompactRange range;
    const std::vector<KeyedRow> rows = *store_.Scan(Table::kAuditLeaves, "", "", 1'000'000);
    for (const KeyedRow& row : rows) {
      range.Append(LeafHash(row.row.value), [](const NodeId&, const TreeHash&) {});
      roots.push_back(range.Root());
    }
    return roots;
  }

  int next_object_ = 0;
};

TEST_F(AuditNodesTest, WhatCommitsLeaveProvesEveryEntryUnderEverySize) {
  Start();
  for (const int count : {1, 2, 3, 5, 16, 17, 30, 1, 40}) CommitEntries(count);
  const std::vector<TreeHash> roots = Roots();
  const uint64_t size = roots.size() - 1;
  ASSERT_EQ(size, 115u);
  const std::vector<KeyedRow> rows = *store_.Scan(Table::kAuditLeaves, "", "", 1'000);
  for (uint64_t n = 0; n <= size; ++n) {
    StoredNodes nodes(store_);
    EXPECT_EQ(*RootOf(nodes, n), roots[n]) << n;
    const absl::StatusOr<TreeProof> consistency = BuildConsistencyProof(nodes, n, size);
    ASSERT_THAT(consistency, IsOk());
    EXPECT_TRUE(VerifyConsistency(n, roots[n], size, roots[size], *consistency)) << n;
    for (uint64_t i = 0; i < n; ++i) {
      const absl::StatusOr<TreeProof> proof = BuildInclusionProof(nodes, i, n);
      ASSERT_THAT(proof, IsOk());
      EXPECT_TRUE(VerifyInclusion(LeafHash(rows[i].row.value), i, n, *proof, roots[n]));
    }
  }
}

// A batch that failed leaves the tree as it was, and so does another process.
TEST_F(AuditNodesTest, TheTreeGoesOnAfterAFailedBatchAndAfterAStart) {
  Start();
  CommitEntries(20);
  engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
  WriteSet lost;
  for (int i = 0; i < 20; ++i) lost.leaves.push_back(Leaf("lost"));
  ASSERT_FALSE(Commit(std::move(lost)).committed());
  CommitEntries(20);
  pipeline_.reset();
  Start();
  CommitEntries(20);
  const std::vector<TreeHash> roots = Roots();
  StoredNodes nodes(store_);
  EXPECT_EQ(*RootOf(nodes, 60), roots[60]);
}

TEST_F(AuditNodesTest, OneRowStandsForEightEntries) {
  Start();
  for (int i = 0; i < 64; ++i) CommitEntries(16);
  EXPECT_EQ(store_.Scan(Table::kAuditNodes, "", "", 1'000)->size(), 64u + 32 + 16 + 8 + 4 + 2 + 1);
}

TEST_F(AuditNodesTest, WhatIsMissingIsDataLoss) {
  Start();
  CommitEntries(40);
  store_.Remove(Table::kAuditLeaves, BigEndian64(35));
  store_.Remove(Table::kAuditNodes, AuditNodeKey({4, 1}));
  StoredNodes nodes(store_);
  EXPECT_THAT(nodes.Node({0, 36}), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(nodes.Node({4, 1}), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(nodes.Node({4, 2}), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(nodes.Node({0, 40}), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(nodes.Node({4, 0}), IsOk());
}

}  // namespace
}  // namespace cardvault
