#include "audit/export/export_reader.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "audit/export/export_entry.h"
#include "audit/export/json_line.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

absl::Status CutOff() { return DataLoss("the file ends before the export does"); }

}  // namespace

absl::StatusOr<std::unique_ptr<ExportReader>> ExportReader::Open(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<LineFile> file, LineFile::Open(path, kMaxExportLineSize));
  auto reader = std::unique_ptr<ExportReader>(new ExportReader(std::move(file)));
  ASSIGN_OR_RETURN(const std::optional<absl::string_view> line, reader->file_->Next());
  if (!line.has_value()) return CutOff();
  ASSIGN_OR_RETURN(reader->header_, ParseHeaderLine(*line));
  return reader;
}

absl::StatusOr<ExportReader::Line> ExportReader::Next() {
  ASSIGN_OR_RETURN(const std::optional<absl::string_view> line, file_->Next());
  if (!line.has_value()) return CutOff();
  if (absl::StartsWith(*line, "{\"segment\":")) {
    ASSIGN_OR_RETURN(segment_, ParseSegmentLine(*line));
    return Line::kSegment;
  }
  if (!absl::StartsWith(*line, "{\"end\":")) {
    const bool is_filtered = header_.kind == ExportKind::kFiltered;
    RETURN_IF_ERROR(ParseEntryLine(*line, entry_, hash_, is_filtered ? &proof_ : nullptr));
    return Line::kEntry;
  }
  JsonLineScanner scanner(*line);
  scanner.Expect("{\"end\":{\"entries\":");
  entry_count_ = scanner.Number(std::numeric_limits<uint64_t>::max());
  scanner.Expect("}}");
  if (!scanner.AtEnd()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "end", "not the last line of an export");
  }
  if (const auto more = file_->Next(); !more.ok() || more->has_value()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "end",
                           "something stands behind the end of the export");
  }
  return Line::kEnd;
}

}  // namespace cardvault
