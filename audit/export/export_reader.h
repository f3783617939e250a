#ifndef CARDVAULT_AUDIT_EXPORT_EXPORT_READER_H_
#define CARDVAULT_AUDIT_EXPORT_EXPORT_READER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/audit_leaf.h"
#include "audit/export/export_header.h"
#include "audit/export/export_segment.h"
#include "audit/export/line_file.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"

namespace cardvault {

// Reads an export line by line, each in its one form (docs/formats/audit_export.md). It says what
// stands there; whether it is so, and whether the lines belong behind each other, is for the caller
// to see. Memory is bounded by kMaxExportLineSize. Errors name no content; line_number() says
// where. Not thread-safe.
class ExportReader final {
 public:
  // Opens a file and reads its first line. Errors as LineFile::Open, Next and ParseHeaderLine.
  static absl::StatusOr<std::unique_ptr<ExportReader>> Open(const std::string& path);

  const ExportHeader& header() const { return header_; }

  enum class Line { kEntry, kSegment, kEnd };

  // Reads the next line; after kEnd there is none to be read. DATA_LOSS when the file ends before
  // its last line, or within one; INVALID_ARGUMENT (FIELD_INVALID) for a line in no form of an
  // export's, one that is too long, and anything behind the end; UNAVAILABLE (NOT_FOUND) when the
  // file cannot be read on.
  absl::StatusOr<Line> Next();

  // Of the entry that was read last, until the next one.
  const AuditEntry& entry() const { return entry_; }
  const TreeHash& hash() const { return hash_; }     // as the line says
  const TreeProof& proof() const { return proof_; }  // in filtered exports
  // Of the segment, and of the end, that was read last.
  const ExportSegment& segment() const { return segment_; }
  uint64_t entry_count() const { return entry_count_; }  // as the last line says

  // Of the line that was read last, or failed; from 1.
  uint64_t line_number() const { return file_->line_number(); }
  // Bytes up to the end of the line that was read last.
  uint64_t offset() const { return file_->offset(); }

 private:
  explicit ExportReader(std::unique_ptr<LineFile> file) : file_(std::move(file)) {}

  const std::unique_ptr<LineFile> file_;
  ExportHeader header_;
  AuditEntry entry_;
  TreeHash hash_ = {};
  TreeProof proof_;
  ExportSegment segment_;
  uint64_t entry_count_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_EXPORT_READER_H_
