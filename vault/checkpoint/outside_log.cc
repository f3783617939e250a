#include "vault/checkpoint/outside_log.h"

#include <sys/stat.h>

#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
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

absl::Status Foreign() {
  return FailedPrecondition(ErrorReason::kForeign,
                            "the file of checkpoints is of another log: give this vault's log a "
                            "file of its own");
}

// Of millions of notes, by their first two lines: the log's name, and the size.
class NewestNote final {
 public:
  explicit NewestNote(const VaultId& vault) : vault_(vault.value()) {}

  void Add(absl::string_view note) {
    const size_t name_end = note.find('\n');
    const size_t size_end = note.find('\n', name_end + 1);
    const absl::string_view origin = note.substr(0, name_end);
    uint64_t size = 0;
    if (!absl::SimpleAtoi(note.substr(name_end + 1, size_end - name_end - 1), &size)) {
      is_foreign_ = true;
      return;
    }
    if (origin != origin_) {
      const std::optional<LogName> name = ParseLogName(origin);
      if (!name.has_value() || name->vault != vault_) {
        is_foreign_ = true;
        return;
      }
      origin_.assign(origin.data(), origin.size());
      log_ = name->number;
    }
    if (!note_.empty() && std::pair(log_, size) < newest_) return;
    newest_ = {log_, size};
    note_.assign(note.data(), note.size());
  }

  bool is_foreign() const { return is_foreign_; }
  const std::string& note() const { return note_; }

 private:
  const std::string vault_;
  std::string origin_;  // of the note before
  uint32_t log_ = 0;    // of it
  std::pair<uint32_t, uint64_t> newest_;
  std::string note_;
  bool is_foreign_ = false;
};

}  // namespace

absl::StatusOr<RestoredLog> ParseOutside(absl::string_view bytes, const VaultId& vault) {
  const absl::StatusOr<SignedNote> note = ParseNote(bytes);
  const absl::StatusOr<Checkpoint> checkpoint =
      note.ok() ? ParseCheckpoint(note->text) : note.status();
  const std::optional<LogName> name =
      checkpoint.ok() ? ParseLogName(checkpoint->origin) : std::nullopt;
  if (!name.has_value() || name->vault != vault.value()) return Foreign();
  return RestoredLog{name->number, checkpoint->size, checkpoint->root};
}

absl::StatusOr<OutsideLog> ReadOutsideLog(const Engine& engine, const VaultId& vault,
                                          const std::string& path) {
  OutsideLog outside;
  NewestNote newest(vault);
  RETURN_IF_ERROR(ReadNotes(path, [&](absl::string_view note) { newest.Add(note); }));
  if (newest.is_foreign()) return Foreign();
  if (newest.note().empty()) {
    ASSIGN_OR_RETURN(const std::optional<KeyedRow> kept, engine.Last(Table::kAuditCheckpoints));
    outside.is_gone = kept.has_value() && !IsPipe(path);
    return outside;
  }
  outside.note = newest.note();
  ASSIGN_OR_RETURN(outside.checkpoint, ParseOutside(outside.note, vault));
  return outside;
}

}  // namespace cardvault
