#ifndef CARDVAULT_AUDIT_COMPACT_RANGE_H_
#define CARDVAULT_AUDIT_COMPACT_RANGE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "audit/tree_hash.h"
#include "audit/tree_shape.h"

namespace cardvault {

// What an append-only tree needs to be remembered by: how many leaves it has, and the hashes of the
// complete subtrees that they fall into, at most 64. A value of 2 KiB without heap memory: whoever
// is not sure yet appends to a copy. Thread-compatible.
class CompactRange final {
 public:
  // Of a tree without leaves.
  CompactRange() = default;

  // Of a tree whose complete subtrees are known: `peaks` are the hashes of
  // CompleteNodesOf({0, size}), none for size 0. DATA_LOSS when they are not as many.
  static absl::StatusOr<CompactRange> FromPeaks(uint64_t size, absl::Span<const TreeHash> peaks);

  using Visitor = absl::FunctionRef<void(const NodeId& id, const TreeHash& hash)>;

  // Takes the next leaf, and shows each subtree that it completes, from the leaf itself (level 0)
  // up: two of them on average.
  void Append(const TreeHash& leaf_hash, Visitor visit);

  uint64_t size() const { return size_; }

  // From left to right, as FromPeaks takes them.
  absl::Span<const TreeHash> peaks() const { return {peaks_.data(), peak_count()}; }

  // MTH(D[size]) of RFC 6962, section 2.1.
  TreeHash Root() const;

 private:
  static constexpr size_t kMaxPeakCount = 64;  // bits of a size

  size_t peak_count() const;

  uint64_t size_ = 0;
  std::array<TreeHash, kMaxPeakCount> peaks_ = {};  // the first peak_count() count
};

// The hash of a range of leaves, of those of its complete subtrees, from left to right; not empty.
TreeHash FoldPeaks(absl::Span<const TreeHash> peaks);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_COMPACT_RANGE_H_
