#ifndef CARDVAULT_AUDIT_EXPORT_EXPORT_HEADER_H_
#define CARDVAULT_AUDIT_EXPORT_EXPORT_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"

namespace cardvault {

enum class ExportKind {
  kRange,     // all entries from `first` to `end`, proved in segments
  kFiltered,  // some of them, each with its own proof
};

// Bounds of a header's parts.
inline constexpr size_t kMaxExportOriginSize = 256;     // as a key's name
inline constexpr size_t kMaxExportNoteSize = 16 << 10;  // a checkpoint that witnesses signed too
inline constexpr size_t kMaxExportFilterCount = 16;     // more than an entry has fields
inline constexpr size_t kMaxExportFilterNameSize = 32;
inline constexpr size_t kMaxExportFilterValueSize = 512;  // the longest field, the principal

// Of any line of an export, its newline counted: a header with the above, each byte of the note
// escaped; entries and segments have at most a tenth. A reader needs no more memory than this.
inline constexpr size_t kMaxExportLineSize = size_t{128} << 10;

// That the log continues what it was at an earlier size.
struct ExportConsistency {
  uint64_t from = 0;  // from 1, below the size of the export's checkpoint
  TreeProof proof;
};

// What an export says of itself in its first line. Thread-compatible.
struct ExportHeader {
  ExportKind kind = ExportKind::kRange;
  std::string origin;  // LogOrigin: printable ASCII
  // The entries [first, end) are exported, or were looked at. Of a range not empty; end is at most
  // size.
  uint64_t first = 0;
  uint64_t end = 0;
  uint64_t size = 0;           // of the tree that the proofs are of: the checkpoint's
  std::vector<TreeHash> left;  // of a range: the peaks of [0, first), left to right
  std::string checkpoint;      // a signed note
  // Of a filtered export: by what its entries were chosen, names of [a-z_], ascending, and
  // values in printable ASCII. Said, and not proved.
  std::vector<std::pair<std::string, std::string>> filter;
  std::optional<ExportConsistency> consistency;
};

// Whether a header can be written: within the bounds, and as its fields say.
bool IsExportHeader(const ExportHeader& header);

// The line, without its newline, and back: docs/formats/audit_export.md. The header must be one.
std::string FormatHeaderLine(const ExportHeader& header);

// INVALID_ARGUMENT (FIELD_INVALID) for any line that FormatHeaderLine does not write;
// UNIMPLEMENTED (NOT_OFFERED) for another format version of exports.
absl::StatusOr<ExportHeader> ParseHeaderLine(absl::string_view line);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_EXPORT_HEADER_H_
