#include "audit/verifier/filtered_export.h"

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "audit/checkpoint.h"
#include "audit/export/export_reader.h"
#include "audit/tree_proof.h"
#include "audit/verifier/outside_notes.h"

namespace cardvault {
namespace {

Problem CheckEntries(const OpenedExport& file, const std::string& path, VerifyContext& context) {
  ExportReader& reader = *file.reader;
  const ExportHeader& header = reader.header();
  uint64_t least = header.first;  // sequence that may come
  uint64_t count = 0;
  for (;;) {
    const absl::StatusOr<ExportReader::Line> line = reader.Next();
    VerdictPlace place = {path, reader.line_number(), {}};
    if (!line.ok()) return FileProblem(line.status(), place);
    if (*line == ExportReader::Line::kEnd) {
      if (reader.entry_count() == count) return std::nullopt;
      return Verdict{VerdictWord::kWrongCount, "the last line says another number of entries",
                     place};
    }
    if (*line == ExportReader::Line::kSegment) {
      return Verdict{VerdictWord::kMalformed, "a filtered export has no segments", place};
    }
    const uint64_t sequence = reader.entry().sequence;
    place.sequence = sequence;
    if (sequence < least || sequence >= header.end) {
      return Verdict{VerdictWord::kOutOfOrder, "it does not belong here", place};
    }
    RETURN_IF_PROBLEM(CheckEntryHash(reader, place));
    if (!VerifyInclusion(reader.hash(), sequence, header.size, reader.proof(), file.root)) {
      return Verdict{VerdictWord::kUnproved,
                     "it was edited together with its hash, or its proof was", place};
    }
    least = sequence + 1;
    ++count;
    context.CountEntry();
  }
}

// Whether the newest outside checkpoint of the log agrees; nothing when there is none.
Problem CheckNotes(const OpenedExport& file, const LogName& log, const VerifyContext& context,
                   std::optional<bool>& agrees) {
  const ExportHeader& header = file.reader->header();
  OutsideNotes notes(context.notes_path, log);
  RETURN_IF_PROBLEM(notes.Open());
  std::string newest;
  VerdictPlace newest_place;
  while (notes.has_front()) {
    const uint64_t size = notes.front().size;
    const bool is_proved = header.consistency.has_value() && header.consistency->from == size;
    agrees = is_proved || size == header.size;
    Checkpoint checkpoint;
    if (*agrees) {
      RETURN_IF_PROBLEM(OpenTrusted(notes.front_note(), context.keys, notes.place(), checkpoint));
    }
    if (size == header.size && checkpoint.root != file.root) {
      return Verdict{VerdictWord::kForked, "the log has another history than this checkpoint of it",
                     notes.place()};
    }
    if (is_proved && !VerifyConsistency(size, checkpoint.root, header.size, file.root,
                                        header.consistency->proof)) {
      return Verdict{VerdictWord::kInconsistent,
                     "the log does not go on behind this checkpoint of it, or its proof was "
                     "altered",
                     notes.place()};
    }
    newest = notes.front_note();
    newest_place = notes.place();
    RETURN_IF_PROBLEM(notes.Advance());
  }
  if (!agrees.has_value()) return std::nullopt;
  Checkpoint checkpoint;
  return OpenTrusted(newest, context.keys, newest_place, checkpoint);
}

}  // namespace

Verdict VerifyFiltered(const std::string& path, const LogName& log, VerifyContext& context) {
  OpenedExport file;
  RETURN_IF_PROBLEM(OpenExport(path, log, context, file));
  RETURN_IF_PROBLEM(CheckEntries(file, path, context));
  std::optional<bool> agrees;
  RETURN_IF_PROBLEM(CheckNotes(file, log, context, agrees));
  Verdict verdict = {
      VerdictWord::kPresentUnanchored,
      absl::StrCat(file.reader->entry_count(), " entries are present in the log of ",
                   file.reader->header().size, " entries; that they are all is not claimed"),
      {}};
  if (!agrees.has_value()) {
    verdict.text += "; no outside checkpoint was given";
  } else if (*agrees) {
    verdict.word = VerdictWord::kPresent;
    verdict.text += "; confirmed by the newest outside checkpoint";
  } else {
    verdict.text += "; the newest outside checkpoint cannot be compared";
  }
  return verdict;
}

}  // namespace cardvault
