#ifndef CARDVAULT_AUDIT_EXPORT_EXPORT_SEGMENT_H_
#define CARDVAULT_AUDIT_EXPORT_EXPORT_SEGMENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"

namespace cardvault {

// 1,024 entries: a proof for each costs a hundredth of their lines, and what was altered together
// with its hash is found to as many.
inline constexpr uint32_t kMaxSegmentLevel = 10;

// Where a segment stands: the 2^level leaves from `first`, which is a multiple of 2^level.
struct SegmentPlace {
  uint64_t first = 0;
  uint32_t level = 0;

  uint64_t size() const { return uint64_t{1} << level; }
  uint64_t end() const { return first + size(); }
  friend bool operator==(const SegmentPlace&, const SegmentPlace&) = default;
};

// The first of the fewest segments that [first, end) falls into, from left to right. Not empty.
SegmentPlace NextSegment(uint64_t first, uint64_t end);

// A segment's place, and what proves that its subtree is the tree's: the inclusion proof of the
// subtree, which is that of its first leaf without its first `level` hashes.
struct ExportSegment {
  SegmentPlace place;
  TreeProof proof;
};

// Of the tree of `size` leaves, which has the segment. Errors of the source.
absl::StatusOr<ExportSegment> BuildSegment(NodeSource& source, const SegmentPlace& place,
                                           uint64_t size);

// Whether the proof shows the subtree with this hash in its place in the tree of `size` leaves.
// False for anything else, whatever is given.
[[nodiscard]] bool VerifySegment(const ExportSegment& segment, const TreeHash& hash, uint64_t size,
                                 const TreeHash& root);

// The hashes in a verified segment's proof that stand left of it: the complete subtrees that
// [0, first) falls into, from left to right.
std::vector<TreeHash> LeftOf(const ExportSegment& segment, uint64_t size);

// A segment's line, without its newline, and back: docs/formats/audit_export.md.
// INVALID_ARGUMENT (FIELD_INVALID) for any other line.
std::string FormatSegmentLine(const ExportSegment& segment);
absl::StatusOr<ExportSegment> ParseSegmentLine(absl::string_view line);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_EXPORT_SEGMENT_H_
