#include "audit/compact_range.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/testing/naive_tree.h"
#include "audit/tree_hash.h"
#include "audit/tree_shape.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/testing/seed.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

void Ignore(const NodeId&, const TreeHash&) {}

TEST(CompactRangeTest, RootIsThatOfTheRecursiveTreeAtEachSize) {
  NaiveTree tree(NumberedLeaves(300));
  CompactRange range;
  EXPECT_EQ(range.Root(), EmptyRoot());
  for (uint64_t size = 1; size <= tree.size(); ++size) {
    range.Append(tree.leaf(size - 1), Ignore);
    ASSERT_EQ(range.size(), size);
    ASSERT_EQ(range.Root(), tree.Root(size)) << size;
  }
}

TEST(CompactRangeTest, AppendShowsEachCompleteNodeOnceAndWithItsHash) {
  NaiveTree tree(NumberedLeaves(64));
  CompactRange range;
  std::vector<int> of_level(7, 0);
  for (uint64_t i = 0; i < tree.size(); ++i) {
    uint32_t next_level = 0;
    range.Append(tree.leaf(i), [&](const NodeId& id, const TreeHash& hash) {
      EXPECT_EQ(id.level, next_level++);
      EXPECT_EQ((id.index + 1) << id.level, i + 1);  // it ends with this leaf
      EXPECT_EQ(hash, *tree.Node(id));
      ++of_level[id.level];
    });
  }
  EXPECT_THAT(of_level, ElementsAreArray({64, 32, 16, 8, 4, 2, 1}));
}

TEST(CompactRangeTest, PeaksAreTheCompleteNodesAndMakeTheSameRange) {
  NaiveTree tree(NumberedLeaves(130));
  CompactRange range;
  for (uint64_t size = 1; size < tree.size(); ++size) {
    range.Append(tree.leaf(size - 1), Ignore);
    std::vector<TreeHash> peaks;
    for (const NodeId& id : CompleteNodesOf({0, size})) peaks.push_back(*tree.Node(id));
    ASSERT_THAT(range.peaks(), ElementsAreArray(peaks));

    auto again = CompactRange::FromPeaks(size, peaks);
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->Root(), range.Root());
    again->Append(tree.leaf(size), Ignore);
    EXPECT_EQ(again->Root(), tree.Root(size + 1));
  }
}

TEST(CompactRangeTest, ACopyGoesItsOwnWay) {
  NaiveTree tree(NumberedLeaves(16));
  CompactRange range;
  for (uint64_t i = 0; i < 11; ++i) range.Append(tree.leaf(i), Ignore);
  CompactRange draft = range;
  for (int i = 0; i < 9; ++i) draft.Append(LeafHash("dropped"), Ignore);
  EXPECT_EQ(range.size(), 11u);
  EXPECT_EQ(range.Root(), tree.Root(11));
}

TEST(CompactRangeTest, FromPeaksRefusesAnotherNumberOfThem) {
  const std::vector<TreeHash> three = NumberedLeaves(3);
  EXPECT_THAT(CompactRange::FromPeaks(7, three), IsOk());
  for (const uint64_t size : {0, 1, 5, 8, 15}) {
    EXPECT_THAT(CompactRange::FromPeaks(size, three),
                StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
  }
  const auto empty = CompactRange::FromPeaks(0, {});
  ASSERT_THAT(empty, IsOk());
  EXPECT_EQ(empty->Root(), EmptyRoot());
  EXPECT_THAT(empty->peaks(), IsEmpty());
}

TEST(CompactRangeTest, RootOfARandomLargeTreeIsThatOfTheRecursiveOne) {
  auto random = SeededGenerator();
  for (int round = 0; round < 4; ++round) {
    NaiveTree tree(NumberedLeaves(1 + random() % 100000));
    CompactRange range;
    for (uint64_t i = 0; i < tree.size(); ++i) range.Append(tree.leaf(i), Ignore);
    EXPECT_EQ(range.Root(), tree.Root(tree.size())) << tree.size();
  }
}

}  // namespace
}  // namespace cardvault
