#include "audit/export/resume_point.h"

#include <memory>

#include "audit/export/export_reader.h"
#include "audit/export/export_segment.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::StatusOr<ResumePoint> FindResumePoint(const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ExportReader> reader, ExportReader::Open(path));
  ResumePoint point;
  point.header = reader->header();
  if (point.header.kind != ExportKind::kRange) {
    return FailedPrecondition(ErrorReason::kNotOffered,
                              "a filtered export cannot go on where it ended: begin it anew");
  }
  point.next = point.header.first;
  point.offset = reader->offset();
  uint64_t sequence = point.next;  // that comes next
  for (;;) {
    const absl::StatusOr<ExportReader::Line> line = reader->Next();
    if (!line.ok()) return point;
    if (*line == ExportReader::Line::kEnd) {
      point.complete = point.next == point.header.end &&
                       reader->entry_count() == point.header.end - point.header.first;
      return point;
    }
    if (*line == ExportReader::Line::kEntry) {
      if (reader->entry().sequence != sequence) return point;
      ++sequence;
      continue;
    }
    if (point.next == point.header.end || sequence != reader->segment().place.end() ||
        reader->segment().place != NextSegment(point.next, point.header.end)) {
      return point;
    }
    point.next = sequence;
    point.offset = reader->offset();
  }
}

}  // namespace cardvault
