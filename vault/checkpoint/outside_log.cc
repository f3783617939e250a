#include "vault/checkpoint/outside_log.h"

#include <sys/stat.h>

#include <cstdint>
#include <optional>

#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "audit/sink/file_sink.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/log_cut.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

// What went through it is elsewhere.
bool IsPipe(const std::string& path) {
  struct stat found = {};
  return stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
}

}  // namespace

absl::Status CompareWithOutside(const Engine& engine, absl::string_view origin,
                                const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadLastNote(path));
  if (bytes.empty()) {
    ASSIGN_OR_RETURN(const std::optional<KeyedRow> kept, engine.Last(Table::kAuditCheckpoints));
    if (!kept.has_value() || IsPipe(path)) return absl::OkStatus();
    return FailedPrecondition(
        ErrorReason::kNotAdmitted,
        "checkpoints of this log were signed, and the file of them is gone or has none: mount or "
        "put it back; a new file begins with one of `cardvault audit checkpoint --out FILE`");
  }
  const absl::StatusOr<SignedNote> note = ParseNote(bytes);
  const absl::StatusOr<Checkpoint> outside =
      note.ok() ? ParseCheckpoint(note->text) : note.status();
  if (!outside.ok() || outside->origin != origin) {
    return FailedPrecondition(ErrorReason::kForeign,
                              "the file of checkpoints is of another log: give this vault's log a "
                              "file of its own");
  }
  ASSIGN_OR_RETURN(const std::optional<KeyedRow> last, engine.Last(Table::kAuditLeaves));
  uint64_t size = 0;
  if (last.has_value()) {
    ASSIGN_OR_RETURN(const AuditEntry entry, EntryOf(*last));
    size = entry.sequence + 1;
  }
  LogEvent(LogLevel::kInfo, "audit.compared")
      .With("entries", size)
      .With("outside_entries", outside->size);
  if (size < outside->size) {
    return FailedPrecondition(
        ErrorReason::kNotAdmitted,
        "the audit log in the data directory is shorter than its last checkpoint outside says: the "
        "directory was restored, or cut, or its newest files are missing");
  }
  ASSIGN_OR_RETURN(const LogCut cut, ReadLogCut(engine));
  if (outside->size < cut.first) {
    return FailedPrecondition(
        ErrorReason::kNotAdmitted,
        "the last checkpoint in the file is of entries that were retired since, so the log cannot "
        "be compared with it: put the newest file back, or begin one with one of `cardvault audit "
        "checkpoint --out FILE`");
  }
  StoredNodes nodes(engine);
  ASSIGN_OR_RETURN(const TreeHash root, RootOf(nodes, outside->size));
  if (root != outside->root) {
    return FailedPrecondition(
        ErrorReason::kNotAdmitted,
        "the audit log in the data directory is not the one of the last checkpoint outside: the "
        "directory was restored and written to, or its log was changed");
  }
  return absl::OkStatus();
}

}  // namespace cardvault
