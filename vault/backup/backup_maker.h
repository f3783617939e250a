#ifndef CARDVAULT_VAULT_BACKUP_BACKUP_MAKER_H_
#define CARDVAULT_VAULT_BACKUP_BACKUP_MAKER_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keys/keyring_holder.h"
#include "vault/backup/backup_manifest.h"
#include "vault/backup/backup_place.h"
#include "vault/backup/open_directory.h"
#include "vault/checkpoint/checkpointer.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/vault_identity.h"

namespace cardvault {

// What a backup is made of. All outlive the call.
struct BackupSource {
  RocksDbEngine& engine;
  const KeyringHolder& keyring;
  const Checkpointer& checkpointer;
  const VaultIdentity& identity;
};

// What is to be made.
struct BackupOrder {
  std::string id;
  absl::Time create_time;
  // Of the KEK that the backup is listed under: another must not wrap it.
  std::string kek_check_value;
};

// Freezes the store, copies it beside traffic, signs, and gives the whole its name; all of it is on
// the medium then. `on_total` hears once how many bytes are copied. What is left after an error is
// BackupPlace::Remove's. Errors: ABORTED (REVISION) when the KEK or the keyring changed meanwhile;
// FAILED_PRECONDITION (VAULT_SEALED); DATA_LOSS when what was frozen is not the running log; errors
// of RocksDbEngine::Freeze, OpenDirectory and `on_bytes`.
absl::StatusOr<BackupManifest> MakeBackup(const BackupSource& source, const BackupPlace& place,
                                          const BackupOrder& order,
                                          absl::FunctionRef<void(uint64_t bytes)> on_total,
                                          OnBytes on_bytes);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_BACKUP_BACKUP_MAKER_H_
