#include "audit/tree_shape.h"

#include <cstdint>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kLargest = std::numeric_limits<uint64_t>::max();

TEST(TreeShapeTest, CompleteNodesOfTakesTheLargestFirst) {
  EXPECT_THAT(CompleteNodesOf({0, 1}), ElementsAre(NodeId{0, 0}));
  EXPECT_THAT(CompleteNodesOf({0, 8}), ElementsAre(NodeId{3, 0}));
  EXPECT_THAT(CompleteNodesOf({0, 13}), ElementsAre(NodeId{3, 0}, NodeId{2, 2}, NodeId{0, 12}));
  EXPECT_THAT(CompleteNodesOf({8, 13}), ElementsAre(NodeId{2, 2}, NodeId{0, 12}));
  EXPECT_THAT(CompleteNodesOf({12, 14}), ElementsAre(NodeId{1, 6}));
}

TEST(TreeShapeTest, CompleteNodesOfTheLargestTreeAre64) {
  const std::vector<NodeId> nodes = CompleteNodesOf({0, kLargest});
  ASSERT_EQ(nodes.size(), 64u);
  EXPECT_EQ(nodes.front(), (NodeId{63, 0}));
  EXPECT_EQ(nodes.back(), (NodeId{0, kLargest - 1}));
}

// The tree of seven leaves of RFC 6962, section 2.1.3.
TEST(TreeShapeTest, InclusionProofRangesAreThoseOfTheRfc) {
  EXPECT_THAT(InclusionProofRanges(0, 7),
              ElementsAre(LeafRange{1, 2}, LeafRange{2, 4}, LeafRange{4, 7}));
  EXPECT_THAT(InclusionProofRanges(3, 7),
              ElementsAre(LeafRange{2, 3}, LeafRange{0, 2}, LeafRange{4, 7}));
  EXPECT_THAT(InclusionProofRanges(4, 7),
              ElementsAre(LeafRange{5, 6}, LeafRange{6, 7}, LeafRange{0, 4}));
  EXPECT_THAT(InclusionProofRanges(6, 7), ElementsAre(LeafRange{4, 6}, LeafRange{0, 4}));
  EXPECT_THAT(InclusionProofRanges(0, 1), IsEmpty());
}

TEST(TreeShapeTest, ConsistencyProofRangesAreThoseOfTheRfc) {
  EXPECT_THAT(ConsistencyProofRanges(3, 7),
              ElementsAre(LeafRange{2, 3}, LeafRange{3, 4}, LeafRange{0, 2}, LeafRange{4, 7}));
  EXPECT_THAT(ConsistencyProofRanges(4, 7), ElementsAre(LeafRange{4, 7}));
  EXPECT_THAT(ConsistencyProofRanges(6, 7),
              ElementsAre(LeafRange{4, 6}, LeafRange{6, 7}, LeafRange{0, 4}));
}

TEST(TreeShapeTest, ConsistencyWithTheSameOrNoTreeNeedsNothing) {
  EXPECT_THAT(ConsistencyProofRanges(7, 7), IsEmpty());
  EXPECT_THAT(ConsistencyProofRanges(0, 7), IsEmpty());
  EXPECT_THAT(ConsistencyProofRanges(0, 0), IsEmpty());
}

TEST(TreeShapeTest, TheLongestProofsStayWithinTheirBounds) {
  EXPECT_EQ(InclusionProofRanges(0, kLargest).size(), 64u);
  EXPECT_EQ(ConsistencyProofRanges(1, kLargest).size(), 64u);
  EXPECT_EQ(ConsistencyProofRanges(3, kLargest).size(), 65u);
}

TEST(TreeShapeDeathTest, WhatIsNoPlaceInATreeEndsTheProcess) {
  EXPECT_DEATH(InclusionProofRanges(7, 7), "tree_shape");
  EXPECT_DEATH(ConsistencyProofRanges(8, 7), "tree_shape");
  EXPECT_DEATH(CompleteNodesOf({4, 4}), "tree_shape");
  EXPECT_DEATH(CompleteNodesOf({1, 3}), "tree_shape");
}

}  // namespace
}  // namespace cardvault
