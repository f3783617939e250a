#ifndef CARDVAULT_VAULT_BACKUP_RESTORE_H_
#define CARDVAULT_VAULT_BACKUP_RESTORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "audit/note_key.h"
#include "card/bin.h"
#include "card/vault_mode.h"
#include "vault/backup/backup_manifest.h"

namespace cardvault {

struct RestoreOrder {
  std::string backup;          // its directory
  std::string data_directory;  // empty, or missing in a directory that exists
  // Keys of the vault's log that the operator has from elsewhere; none: nothing says who made the
  // backup.
  std::vector<NoteKey> trusted;
  VaultMode mode = VaultMode::kSandbox;  // that the vault must have
  BinLength bin_length = BinLength::kSix;
  absl::Time now;
};

// How far it is: every file is read twice, to be checked and to be copied.
using OnRestored = absl::FunctionRef<void(uint64_t done_bytes, uint64_t total_bytes)>;

// Makes a data directory of a backup, while no vault runs on it, marked as restored: nothing is
// served from it before it is admitted. All is checked before the first byte is written; what is
// cut off leaves a directory that no server opens. `where` names the file that is at fault. Errors:
// as StoredBackup, OpenCheckpoint and CheckVaultIdentity; FAILED_PRECONDITION (MODE) when there is
// something in the data directory.
absl::StatusOr<BackupManifest> RestoreBackup(const RestoreOrder& order, OnRestored on_restored,
                                             std::string& where);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_BACKUP_RESTORE_H_
