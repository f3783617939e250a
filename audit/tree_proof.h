#ifndef CARDVAULT_AUDIT_TREE_PROOF_H_
#define CARDVAULT_AUDIT_TREE_PROOF_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "audit/tree_hash.h"
#include "audit/tree_shape.h"

namespace cardvault {

// The hashes of a proof, in the order of RFC 6962, sections 2.1.1 and 2.1.2.
using TreeProof = std::vector<TreeHash>;

// The most hashes that a proof of a tree of less than 2^64 leaves can have.
inline constexpr size_t kMaxProofHashCount = 65;

// Where a tree's hashes come from: a store, or a test's memory.
class NodeSource {
 public:
  virtual ~NodeSource() = default;

  // The hash of a complete subtree. Only those are asked for whose leaves are all below the size
  // that the caller below gave. Errors of the implementation, which the functions below pass on.
  virtual absl::StatusOr<TreeHash> Node(const NodeId& id) = 0;
};

// What proves to who knows the root of a tree of `size` leaves that a leaf is the one at `index`.
// Asks for at most 2 * 64 nodes: those of levels 0 to 3 stand, but for the ones next to the right
// edge, in the aligned 16 leaves that `index` is in. INVALID_ARGUMENT when `index` is not below
// `size`.
absl::StatusOr<TreeProof> BuildInclusionProof(NodeSource& source, uint64_t index, uint64_t size);

// What proves to who knows the roots of both trees that the first `size1` leaves of the second are
// those of the first. Empty when size1 is 0 or size2. Asks for at most 2 * 64 nodes.
// INVALID_ARGUMENT when `size1` is above `size2`.
absl::StatusOr<TreeProof> BuildConsistencyProof(NodeSource& source, uint64_t size1, uint64_t size2);

// The root of the tree of the first `size` leaves; EmptyRoot() for 0. Asks for at most 64 nodes.
absl::StatusOr<TreeHash> RootOf(NodeSource& source, uint64_t size);

// Whether the proof shows the leaf at `index` of the tree of `size` leaves that has this root: the
// algorithm of RFC 9162, section 2.1.3.2. False for anything else, whatever is given: a proof that
// is shorter or longer, an index that is not below the size. `size` and `root` must come from one
// signed checkpoint: where two sizes have proofs of one form, a root does not tell them apart.
// Thread-safe.
[[nodiscard]] bool VerifyInclusion(const TreeHash& leaf_hash, uint64_t index, uint64_t size,
                                   absl::Span<const TreeHash> proof, const TreeHash& root);

// Whether the proof shows that the tree with the second root begins with all of the one with the
// first: the algorithm of RFC 9162, section 2.1.4.2. Of the empty tree, which the RFC leaves out,
// and of equal sizes the proof is empty, and the roots must be EmptyRoot() and equal. False for
// anything else, whatever is given. Thread-safe.
[[nodiscard]] bool VerifyConsistency(uint64_t size1, const TreeHash& root1, uint64_t size2,
                                     const TreeHash& root2, absl::Span<const TreeHash> proof);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_TREE_PROOF_H_
