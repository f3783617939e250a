#include "audit/verifier/open_export.h"

#include <utility>

#include "absl/status/statusor.h"
#include "audit/checkpoint.h"
#include "audit/export/export_entry.h"

namespace cardvault {

namespace {

constexpr char kMalformedText[] =
    "the line is not in the form of an export, or of a later version than this program";

}  // namespace

Verdict FileProblem(const absl::Status& status, const VerdictPlace& place) {
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return {VerdictWord::kCutFile, "the file is cut off: its export has no end", place};
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kUnavailable:
      return {VerdictWord::kUnreadable,
              "this is no file that can be read; a pipe is none",
              {place.file, 0, {}}};
    case absl::StatusCode::kUnimplemented:
      return {VerdictWord::kVersion,
              "the export has a format version that this program does not know", place};
    default:
      return {VerdictWord::kMalformed, kMalformedText, place};
  }
}

Problem OpenFile(const std::string& path, std::unique_ptr<ExportReader>& reader, LogName& log) {
  absl::StatusOr<std::unique_ptr<ExportReader>> opened = ExportReader::Open(path);
  const VerdictPlace place = {path, 1, {}};
  if (!opened.ok()) return FileProblem(opened.status(), place);
  const std::optional<LogName> name = ParseLogName((*opened)->header().origin);
  if (!name.has_value()) {
    return Verdict{VerdictWord::kMalformed, kMalformedText, place};
  }
  reader = *std::move(opened);
  log = *name;
  return std::nullopt;
}

Problem OpenExport(const std::string& path, const LogName& log, const VerifyContext& context,
                   OpenedExport& opened) {
  LogName name;
  RETURN_IF_PROBLEM(OpenFile(path, opened.reader, name));
  const VerdictPlace place = {path, 1, {}};
  if (name != log) {
    return Verdict{VerdictWord::kForeignLog, "the file is of another log than the others", place};
  }
  const ExportHeader& header = opened.reader->header();
  Checkpoint checkpoint;
  RETURN_IF_PROBLEM(OpenTrusted(header.checkpoint, context.keys, place, checkpoint));
  if (checkpoint.origin != header.origin || checkpoint.size != header.size) {
    return Verdict{VerdictWord::kBadCheckpoint,
                   "the first line says another log or size than its checkpoint", place};
  }
  opened.root = checkpoint.root;
  return std::nullopt;
}

Problem CheckEntryHash(const ExportReader& reader, const VerdictPlace& place) {
  if (HashOf(reader.entry()) == reader.hash()) return std::nullopt;
  return Verdict{VerdictWord::kEdited, "its fields do not have its hash: it was edited", place};
}

}  // namespace cardvault
