#include "audit/tree_shape.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace cardvault {
namespace {

// Where RFC 6962 divides a range of two leaves or more: behind the largest power of two of leaves
// that is below its size.
uint64_t Split(const LeafRange& range) {
  return range.begin + std::bit_floor(range.end - range.begin - 1);
}

}  // namespace

std::vector<NodeId> CompleteNodesOf(const LeafRange& range) {
  CV_CHECK(range.begin < range.end);
  std::vector<NodeId> nodes;
  for (uint64_t begin = range.begin; begin < range.end;) {
    const auto level = static_cast<uint32_t>(std::bit_width(range.end - begin) - 1);
    const uint64_t leaves = uint64_t{1} << level;
    CV_CHECK(begin % leaves == 0);
    nodes.push_back({level, begin >> level});
    begin += leaves;
  }
  return nodes;
}

std::vector<LeafRange> InclusionProofRanges(uint64_t index, uint64_t size) {
  CV_CHECK(index < size);
  std::vector<LeafRange> ranges;
  LeafRange tree = {0, size};  // the part of the tree that the leaf is in, smaller at each turn
  while (tree.end - tree.begin > 1) {
    const uint64_t split = Split(tree);
    if (index < split) {
      ranges.push_back({split, tree.end});
      tree.end = split;
    } else {
      ranges.push_back({tree.begin, split});
      tree.begin = split;
    }
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

std::vector<LeafRange> ConsistencyProofRanges(uint64_t size1, uint64_t size2) {
  CV_CHECK(size1 <= size2);
  std::vector<LeafRange> ranges;
  if (size1 == 0) return ranges;
  LeafRange tree = {0, size2};  // SUBPROOF's D: where the first tree's right edge is
  while (tree.end != size1) {
    const uint64_t split = Split(tree);
    if (size1 <= split) {
      ranges.push_back({split, tree.end});
      tree.end = split;
    } else {
      ranges.push_back({tree.begin, split});
      tree.begin = split;
    }
  }
  // SUBPROOF's b: what begins with the first leaf is the whole first tree, whose root is known.
  if (tree.begin != 0) ranges.push_back(tree);
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

}  // namespace cardvault
