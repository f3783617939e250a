#ifndef CARDVAULT_VAULT_BACKUP_ROWS_H_
#define CARDVAULT_VAULT_BACKUP_ROWS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The backups that the vault knows of: table policy, rows "backup/" and an id (policy_rows.proto).
// A key that is destroyed here can still be had from a backup that was made before, as long as the
// KEK that wraps it there can. DATA_LOSS for a row that does not parse. Thread-safe.

// Those whose keyring may hold a key that was made at `create_time`: made later.
absl::StatusOr<uint64_t> CountBackupsSince(const Engine& engine, absl::Time create_time);

// Those whose keyring is wrapped by the KEK of that check value.
absl::StatusOr<uint64_t> CountBackupsUnder(const Engine& engine, absl::string_view check_value);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_BACKUP_ROWS_H_
