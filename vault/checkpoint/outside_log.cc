#include "vault/checkpoint/outside_log.h"

#include <sys/stat.h>

#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "audit/sink/file_sink.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

// What went through it is elsewhere.
bool IsPipe(const std::string& path) {
  struct stat found = {};
  return stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
}

}  // namespace

absl::StatusOr<OutsideLog> ReadOutsideLog(const Engine& engine, const VaultId& vault,
                                          const std::string& path) {
  OutsideLog outside;
  ASSIGN_OR_RETURN(const std::string bytes, ReadLastNote(path));
  if (bytes.empty()) {
    ASSIGN_OR_RETURN(const std::optional<KeyedRow> kept, engine.Last(Table::kAuditCheckpoints));
    outside.is_gone = kept.has_value() && !IsPipe(path);
    return outside;
  }
  const absl::StatusOr<SignedNote> note = ParseNote(bytes);
  const absl::StatusOr<Checkpoint> checkpoint =
      note.ok() ? ParseCheckpoint(note->text) : note.status();
  const std::optional<LogName> name =
      checkpoint.ok() ? ParseLogName(checkpoint->origin) : std::nullopt;
  if (!name.has_value() || name->vault != vault.value()) {
    return FailedPrecondition(ErrorReason::kForeign,
                              "the file of checkpoints is of another log: give this vault's log a "
                              "file of its own");
  }
  outside.checkpoint = RestoredLog{name->number, checkpoint->size, checkpoint->root};
  return outside;
}

}  // namespace cardvault
