#include "audit/compact_range.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/check.h"
#include "base/status.h"

namespace cardvault {

TreeHash FoldPeaks(absl::Span<const TreeHash> peaks) {
  CV_CHECK(!peaks.empty());
  TreeHash hash = peaks.back();
  for (size_t i = peaks.size() - 1; i > 0; --i) hash = NodeHash(peaks[i - 1], hash);
  return hash;
}

absl::StatusOr<CompactRange> CompactRange::FromPeaks(uint64_t size,
                                                     absl::Span<const TreeHash> peaks) {
  CompactRange range;
  range.size_ = size;
  if (peaks.size() != range.peak_count()) {
    return DataLoss("a tree of this size has another number of complete subtrees");
  }
  std::copy(peaks.begin(), peaks.end(), range.peaks_.begin());
  return range;
}

size_t CompactRange::peak_count() const { return static_cast<size_t>(std::popcount(size_)); }

void CompactRange::Append(const TreeHash& leaf_hash, Visitor visit) {
  CV_CHECK(size_ < std::numeric_limits<uint64_t>::max());
  size_t count = peak_count();
  TreeHash hash = leaf_hash;
  NodeId id = {0, size_};
  visit(id, hash);
  // As a binary counter carries: while the node is a right child, its left one is the last peak.
  for (; id.index % 2 == 1; ++id.level, id.index /= 2) {
    hash = NodeHash(peaks_[--count], hash);
    visit({id.level + 1, id.index / 2}, hash);
  }
  peaks_[count] = hash;
  ++size_;
}

TreeHash CompactRange::Root() const { return size_ == 0 ? EmptyRoot() : FoldPeaks(peaks()); }

}  // namespace cardvault
