#ifndef CARDVAULT_VAULT_BACKUP_BACKUP_PLACE_H_
#define CARDVAULT_VAULT_BACKUP_BACKUP_PLACE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vault/backup/open_directory.h"

namespace cardvault {

// The directory that holds one vault's backups, each in a directory of its id. A file in it says
// whose it is, so that a volume that is not mounted is not taken for one from which the backups are
// gone. Thread-compatible.
class BackupPlace final {
 public:
  // FAILED_PRECONDITION (MODE) when it is not this vault's. `may_make`: an empty one becomes it.
  // Errors else as OpenDirectory.
  static absl::StatusOr<BackupPlace> Open(const std::string& path, absl::string_view vault_id,
                                          bool may_make);

  // Whether nothing is in it, as before the first backup; errors as OpenDirectory.
  static absl::StatusOr<bool> IsNew(const std::string& path);

  const OpenDirectory& directory() const { return directory_; }

  // Of whole ones, by their names.
  absl::StatusOr<std::vector<std::string>> Ids() const;

  // Where a backup is made before it is whole.
  static std::string UnfinishedName(absl::string_view id);
  // Those that no running call makes: all.
  absl::Status RemoveUnfinished() const;
  // Whole or not. OK when there is none.
  absl::Status Remove(const std::string& id) const;

 private:
  explicit BackupPlace(OpenDirectory directory) : directory_(std::move(directory)) {}

  OpenDirectory directory_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_BACKUP_BACKUP_PLACE_H_
