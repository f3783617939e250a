#include "audit/testing/naive_tree.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace cardvault {
namespace {

// k: the largest power of two smaller than n.
uint64_t LargestPowerBelow(uint64_t n) {
  uint64_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

}  // namespace

TreeHash NaiveTree::Mth(uint64_t begin, uint64_t end) {
  if (begin == end) return EmptyRoot();
  if (end - begin == 1) return leaves_[begin];
  const auto known = hashes_.find({begin, end});
  if (known != hashes_.end()) return known->second;
  const uint64_t k = LargestPowerBelow(end - begin);
  const TreeHash left = Mth(begin, begin + k);
  const TreeHash hash = NodeHash(left, Mth(begin + k, end));
  hashes_.emplace(std::make_pair(begin, end), hash);
  return hash;
}

TreeHash NaiveTree::Root(uint64_t size) { return Mth(0, size); }

void NaiveTree::SubPath(uint64_t index, uint64_t begin, uint64_t end, TreeProof& out) {
  if (end - begin == 1) return;
  const uint64_t k = LargestPowerBelow(end - begin);
  if (index < k) {
    SubPath(index, begin, begin + k, out);
    out.push_back(Mth(begin + k, end));
  } else {
    SubPath(index - k, begin + k, end, out);
    out.push_back(Mth(begin, begin + k));
  }
}

TreeProof NaiveTree::Path(uint64_t index, uint64_t size) {
  TreeProof path;
  SubPath(index, 0, size, path);
  return path;
}

void NaiveTree::SubProof(uint64_t first, uint64_t begin, uint64_t end, bool is_known,
                         TreeProof& out) {
  if (first == end - begin) {
    if (!is_known) out.push_back(Mth(begin, end));
    return;
  }
  const uint64_t k = LargestPowerBelow(end - begin);
  if (first <= k) {
    SubProof(first, begin, begin + k, is_known, out);
    out.push_back(Mth(begin + k, end));
  } else {
    SubProof(first - k, begin + k, end, false, out);
    out.push_back(Mth(begin, begin + k));
  }
}

TreeProof NaiveTree::Proof(uint64_t size1, uint64_t size2) {
  TreeProof proof;
  SubProof(size1, 0, size2, true, proof);
  return proof;
}

absl::StatusOr<TreeHash> NaiveTree::Node(const NodeId& id) {
  ++node_calls_;
  const uint64_t begin = id.index << id.level;
  const uint64_t end = (id.index + 1) << id.level;
  CV_CHECK(end <= leaves_.size());
  return Mth(begin, end);
}

std::vector<TreeHash> NumberedLeaves(uint64_t count) {
  std::vector<TreeHash> leaves;
  leaves.reserve(count);
  for (uint64_t i = 0; i < count; ++i) leaves.push_back(LeafHash(absl::StrCat(i)));
  return leaves;
}

}  // namespace cardvault
