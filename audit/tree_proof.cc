#include "audit/tree_proof.h"

#include <bit>
#include <utility>

#include "audit/compact_range.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

absl::StatusOr<TreeHash> HashOf(NodeSource& source, const LeafRange& range) {
  std::vector<TreeHash> peaks;
  for (const NodeId& id : CompleteNodesOf(range)) {
    ASSIGN_OR_RETURN(const TreeHash hash, source.Node(id));
    peaks.push_back(hash);
  }
  return FoldPeaks(peaks);
}

absl::StatusOr<TreeProof> HashesOf(NodeSource& source, const std::vector<LeafRange>& ranges) {
  TreeProof proof;
  proof.reserve(ranges.size());
  for (const LeafRange& range : ranges) {
    ASSIGN_OR_RETURN(const TreeHash hash, HashOf(source, range));
    proof.push_back(hash);
  }
  return proof;
}

// A node on the way from a leaf to the root, and the last node of its level: fn and sn of RFC 9162.
struct Climb {
  uint64_t node;
  uint64_t last;

  bool IsRightChild() const { return node % 2 == 1; }
  // The last node of a level, where it is a left child, has no sibling: it stands for its parent.
  bool IsJoinedFromLeft() const { return IsRightChild() || node == last; }
  void Up() {
    node /= 2;
    last /= 2;
  }
  // To the level where the node has a left sibling.
  void UpWhileLeft() {
    while (!IsRightChild() && node != 0) Up();
  }
};

}  // namespace

absl::StatusOr<TreeProof> BuildInclusionProof(NodeSource& source, uint64_t index, uint64_t size) {
  if (index >= size) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "index",
                           "the log of this size has no such entry");
  }
  return HashesOf(source, InclusionProofRanges(index, size));
}

absl::StatusOr<TreeProof> BuildConsistencyProof(NodeSource& source, uint64_t size1,
                                                uint64_t size2) {
  if (size1 > size2) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "first_size",
                           "the first size is above the second");
  }
  return HashesOf(source, ConsistencyProofRanges(size1, size2));
}

absl::StatusOr<TreeHash> RootOf(NodeSource& source, uint64_t size) {
  if (size == 0) return EmptyRoot();
  return HashOf(source, {0, size});
}

bool VerifyInclusion(const TreeHash& leaf_hash, uint64_t index, uint64_t size,
                     absl::Span<const TreeHash> proof, const TreeHash& root) {
  if (index >= size) return false;
  Climb climb = {index, size - 1};
  TreeHash hash = leaf_hash;
  for (const TreeHash& sibling : proof) {
    if (climb.last == 0) return false;  // at the root already
    if (climb.IsJoinedFromLeft()) {
      hash = NodeHash(sibling, hash);
      climb.UpWhileLeft();
    } else {
      hash = NodeHash(hash, sibling);
    }
    climb.Up();
  }
  return climb.last == 0 && hash == root;
}

bool VerifyConsistency(uint64_t size1, const TreeHash& root1, uint64_t size2, const TreeHash& root2,
                       absl::Span<const TreeHash> proof) {
  if (size1 > size2) return false;
  if (size1 == size2) {
    return proof.empty() && root1 == root2 && (size1 != 0 || root1 == EmptyRoot());
  }
  if (size1 == 0) return proof.empty() && root1 == EmptyRoot();

  // Climbs from the last leaf of the first tree, out of the complete subtree that ends with it.
  Climb climb = {size1 - 1, size2 - 1};
  while (climb.IsRightChild()) climb.Up();
  // That subtree's hash comes first in the proof, unless it is the whole first tree.
  TreeHash hash1 = root1;
  if (!std::has_single_bit(size1)) {
    if (proof.empty()) return false;
    hash1 = proof.front();
    proof.remove_prefix(1);
  }
  TreeHash hash2 = hash1;
  for (const TreeHash& sibling : proof) {
    if (climb.last == 0) return false;
    if (climb.IsJoinedFromLeft()) {
      hash1 = NodeHash(sibling, hash1);
      hash2 = NodeHash(sibling, hash2);
      climb.UpWhileLeft();
    } else {
      hash2 = NodeHash(hash2, sibling);
    }
    climb.Up();
  }
  return climb.last == 0 && hash1 == root1 && hash2 == root2;
}

}  // namespace cardvault
