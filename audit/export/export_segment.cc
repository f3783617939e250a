#include "audit/export/export_segment.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "absl/strings/str_cat.h"
#include "audit/export/json_line.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

SegmentPlace NextSegment(uint64_t first, uint64_t end) {
  CV_CHECK(first < end);
  const int aligned = first == 0 ? 64 : std::countr_zero(first);
  const int fitting = std::bit_width(end - first) - 1;
  return {first,
          static_cast<uint32_t>(std::min({aligned, fitting, static_cast<int>(kMaxSegmentLevel)}))};
}

absl::StatusOr<ExportSegment> BuildSegment(NodeSource& source, const SegmentPlace& place,
                                           uint64_t size) {
  CV_CHECK(place.end() <= size);
  ASSIGN_OR_RETURN(TreeProof proof, BuildInclusionProof(source, place.first, size));
  CV_CHECK(proof.size() >= place.level);
  proof.erase(proof.begin(), proof.begin() + place.level);
  return ExportSegment{place, std::move(proof)};
}

// Level by level the tree of subtrees of 2^level leaves, the last of which may have fewer, is built
// as that of leaves is.
bool VerifySegment(const ExportSegment& segment, const TreeHash& hash, uint64_t size,
                   const TreeHash& root) {
  const SegmentPlace& place = segment.place;
  if (place.level > kMaxSegmentLevel || place.first % place.size() != 0 || place.first >= size ||
      size - place.first < place.size()) {
    return false;
  }
  return VerifyInclusion(hash, place.first >> place.level, ((size - 1) >> place.level) + 1,
                         segment.proof, root);
}

std::vector<TreeHash> LeftOf(const ExportSegment& segment, uint64_t size) {
  std::vector<TreeHash> left;
  uint64_t index = segment.place.first >> segment.place.level;
  uint64_t last = (size - 1) >> segment.place.level;
  for (const TreeHash& hash : segment.proof) {
    // At the right edge, levels without a sibling have no hash.
    while (index == last && index % 2 == 0 && index > 0) {
      index /= 2;
      last /= 2;
    }
    if (index % 2 == 1) left.push_back(hash);
    index /= 2;
    last /= 2;
  }
  std::reverse(left.begin(), left.end());
  return left;
}

std::string FormatSegmentLine(const ExportSegment& segment) {
  std::string line = absl::StrCat("{\"segment\":{\"first\":", segment.place.first,
                                  ",\"level\":", segment.place.level, ",\"proof\":");
  AppendJsonHashes(line, segment.proof);
  line += "}}";
  return line;
}

absl::StatusOr<ExportSegment> ParseSegmentLine(absl::string_view line) {
  ExportSegment segment;
  JsonLineScanner scanner(line);
  scanner.Expect("{\"segment\":{\"first\":");
  segment.place.first = scanner.Number(std::numeric_limits<uint64_t>::max());
  scanner.Expect(",\"level\":");
  segment.place.level = static_cast<uint32_t>(scanner.Number(kMaxSegmentLevel));
  scanner.Expect(",\"proof\":");
  scanner.Hashes(kMaxProofHashCount, segment.proof);
  scanner.Expect("}}");
  if (scanner.AtEnd()) return segment;
  return InvalidArgument(ErrorReason::kFieldInvalid, "segment",
                         "not a segment's line of an export");
}

}  // namespace cardvault
