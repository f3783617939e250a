#ifndef CARDVAULT_AUDIT_TESTING_NAIVE_TREE_H_
#define CARDVAULT_AUDIT_TESTING_NAIVE_TREE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "audit/tree_shape.h"

namespace cardvault {

// A Merkle tree in memory by the recursive definitions of RFC 6962, section 2.1, letter by letter,
// to compare with. Also a source of nodes that counts how often it is asked. Not thread-safe.
class NaiveTree final : public NodeSource {
 public:
  // The tree of these leaves' hashes.
  explicit NaiveTree(std::vector<TreeHash> leaves) : leaves_(std::move(leaves)) {}

  uint64_t size() const { return leaves_.size(); }
  const TreeHash& leaf(uint64_t index) const { return leaves_[index]; }

  // MTH(D[size]).
  TreeHash Root(uint64_t size);
  // PATH(index, D[size]).
  TreeProof Path(uint64_t index, uint64_t size);
  // PROOF(size1, D[size2]).
  TreeProof Proof(uint64_t size1, uint64_t size2);

  absl::StatusOr<TreeHash> Node(const NodeId& id) override;
  int node_calls() const { return node_calls_; }
  void ForgetNodeCalls() { node_calls_ = 0; }

 private:
  TreeHash Mth(uint64_t begin, uint64_t end);
  void SubPath(uint64_t index, uint64_t begin, uint64_t end, TreeProof& out);
  void SubProof(uint64_t first, uint64_t begin, uint64_t end, bool is_known, TreeProof& out);

  const std::vector<TreeHash> leaves_;
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, TreeHash> hashes_;  // computed so far
  int node_calls_ = 0;
};

// Leaves that differ from each other: LeafHash of their numbers' texts.
std::vector<TreeHash> NumberedLeaves(uint64_t count);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_TESTING_NAIVE_TREE_H_
