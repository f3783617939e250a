#ifndef CARDVAULT_AUDIT_TREE_SHAPE_H_
#define CARDVAULT_AUDIT_TREE_SHAPE_H_

#include <cstdint>
#include <vector>

namespace cardvault {

// Which hashes of the tree make up what: pure arithmetic over leaf numbers. All functions are
// thread-safe.

// A complete subtree: of the leaves [index * 2^level, (index + 1) * 2^level). Its hash never
// changes once the log has that many leaves. Level 0 are the leaves.
struct NodeId {
  uint32_t level = 0;  // below 64
  uint64_t index = 0;

  friend bool operator==(const NodeId&, const NodeId&) = default;
};

// The leaves [begin, end), not empty, of which RFC 6962 (section 2.1) makes one hash.
struct LeafRange {
  uint64_t begin = 0;
  uint64_t end = 0;

  friend bool operator==(const LeafRange&, const LeafRange&) = default;
};

// The complete subtrees that a range is made of, from left to right: the first one is the largest.
// One when the range is complete, else as many as its size has bits set. `begin` must be a multiple
// of the largest; that of each range below is, and 0.
std::vector<NodeId> CompleteNodesOf(const LeafRange& range);

// The hashes of an inclusion proof, PATH(index, D[size]) of RFC 6962, section 2.1.1, in its order:
// from the leaf up. At most 64; all are complete, but for at most one that ends with the tree.
// `index` must be below `size`.
std::vector<LeafRange> InclusionProofRanges(uint64_t index, uint64_t size);

// The hashes of a consistency proof, PROOF(size1, D[size2]) of section 2.1.2, in its order. At most
// 65; all are complete, but for at most one. None when the sizes are the same, or size1 is 0, of
// which the RFC does not speak: every tree continues the empty one. `size1` must not be above
// `size2`.
std::vector<LeafRange> ConsistencyProofRanges(uint64_t size1, uint64_t size2);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_TREE_SHAPE_H_
