#include "audit/export/export_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/export/export_entry.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

absl::Status OutOfTurn() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "export",
                         "what is to be exported does not come in the order of an export");
}

}  // namespace

std::string FormatEndLine(uint64_t entry_count) {
  return absl::StrCat("{\"end\":{\"entries\":", entry_count, "}}");
}

absl::Status ExportWriter::WriteLine(std::string line) {
  line += "\n";
  return sink_(line);
}

absl::Status ExportWriter::Begin(const ExportHeader& header) {
  if (state_ != State::kNew) return OutOfTurn();
  if (!IsExportHeader(header)) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "header",
                           "not what an export can begin with");
  }
  state_ = State::kOpen;
  kind_ = header.kind;
  next_ = segment_first_ = header.first;
  end_ = header.end;
  return WriteLine(FormatHeaderLine(header));
}

void ExportWriter::Resume(const ResumePoint& point) {
  CV_CHECK(state_ == State::kNew && !point.complete);
  state_ = State::kOpen;
  kind_ = ExportKind::kRange;
  next_ = segment_first_ = point.next;
  end_ = point.header.end;
  entry_count_ = point.next - point.header.first;
}

absl::Status ExportWriter::Entry(const AuditEntry& entry, const TreeProof* proof) {
  const bool is_range = kind_ == ExportKind::kRange;
  if (state_ != State::kOpen || is_range != (proof == nullptr) || entry.sequence >= end_ ||
      (is_range ? entry.sequence != next_ : entry.sequence < next_)) {
    return OutOfTurn();
  }
  if (is_range && next_ == NextSegment(segment_first_, end_).end()) return OutOfTurn();
  if (!CanExport(entry)) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "entry",
                           "an audit entry that no log can hold");
  }
  next_ = entry.sequence + 1;
  ++entry_count_;
  return WriteLine(FormatEntryLine(entry, HashOf(entry), proof));
}

absl::Status ExportWriter::Segment(const ExportSegment& segment) {
  if (state_ != State::kOpen || kind_ != ExportKind::kRange || segment_first_ == end_ ||
      segment.place != NextSegment(segment_first_, end_) || segment.place.end() != next_ ||
      segment.proof.size() > kMaxProofHashCount) {
    return OutOfTurn();
  }
  segment_first_ = next_;
  return WriteLine(FormatSegmentLine(segment));
}

absl::Status ExportWriter::End() {
  if (state_ != State::kOpen || (kind_ == ExportKind::kRange && segment_first_ != end_)) {
    return OutOfTurn();
  }
  state_ = State::kEnded;
  return WriteLine(FormatEndLine(entry_count_));
}

}  // namespace cardvault
