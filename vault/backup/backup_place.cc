#include "vault/backup/backup_place.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "vault/backup/backup_manifest.h"

namespace cardvault {
namespace {

constexpr char kMarkName[] = "BACKUPS";
constexpr size_t kMaxMarkSize = 256;
constexpr absl::string_view kUnfinishedPrefix = ".new-";

std::string MarkOf(absl::string_view vault_id) {
  return absl::StrCat("cardvault backups\n", vault_id, "\n");
}

absl::StatusOr<bool> IsEmpty(const OpenDirectory& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, directory.Names());
  return names.empty() || names == std::vector<std::string>{"lost+found"};
}

}  // namespace

absl::StatusOr<bool> BackupPlace::IsNew(const std::string& path) {
  ASSIGN_OR_RETURN(const OpenDirectory directory, OpenDirectory::Open(path));
  return IsEmpty(directory);
}

absl::StatusOr<BackupPlace> BackupPlace::Open(const std::string& path, absl::string_view vault_id,
                                              bool may_make) {
  ASSIGN_OR_RETURN(OpenDirectory directory, OpenDirectory::Open(path));
  absl::StatusOr<std::string> mark = directory.Read(kMarkName, kMaxMarkSize);
  if (absl::IsNotFound(mark.status()) && may_make) {
    ASSIGN_OR_RETURN(const bool is_empty, IsEmpty(directory));
    if (is_empty) {
      RETURN_IF_ERROR(directory.Write(kMarkName, MarkOf(vault_id)));
      RETURN_IF_ERROR(directory.Sync());
      return BackupPlace(std::move(directory));
    }
  }
  if (absl::IsUnavailable(mark.status())) return mark.status();
  if (!mark.ok() || *mark != MarkOf(vault_id)) {
    return FailedPrecondition(ErrorReason::kMode,
                              "the backup directory is not this vault's: its volume is not "
                              "mounted, or it holds something else; a new one must be empty");
  }
  return BackupPlace(std::move(directory));
}

absl::StatusOr<std::vector<std::string>> BackupPlace::Ids() const {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, directory_.Names());
  std::vector<std::string> ids;
  for (const std::string& name : names) {
    if (IsBackupId(name)) ids.push_back(name);
  }
  return ids;
}

std::string BackupPlace::UnfinishedName(absl::string_view id) {
  return absl::StrCat(kUnfinishedPrefix, id);
}

absl::Status BackupPlace::RemoveUnfinished() const {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, directory_.Names());
  for (const std::string& name : names) {
    if (absl::StartsWith(name, kUnfinishedPrefix)) RETURN_IF_ERROR(directory_.Remove(name));
  }
  return absl::OkStatus();
}

absl::Status BackupPlace::Remove(const std::string& id) const {
  RETURN_IF_ERROR(directory_.Remove(UnfinishedName(id)));
  RETURN_IF_ERROR(directory_.Remove(id));
  return directory_.Sync();
}

}  // namespace cardvault
