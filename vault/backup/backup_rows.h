#ifndef CARDVAULT_VAULT_BACKUP_BACKUP_ROWS_H_
#define CARDVAULT_VAULT_BACKUP_BACKUP_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The backups that the vault knows of: table policy, rows "backup/" and an id (policy_rows.proto).
// A key that is destroyed here can still be had from a backup that was made before, as long as the
// KEK that wraps it there can. One is listed from before its first file is written until its last
// is gone. DATA_LOSS for a row that does not parse. Thread-safe.

struct ListedBackup {
  std::string id;
  storage::v1::BackupRow row;
  uint64_t revision = 0;

  absl::Time create_time() const { return absl::FromUnixMicros(row.create_micros()); }
};

std::string BackupRowKey(absl::string_view id);

// By id, which is by time.
absl::StatusOr<std::vector<ListedBackup>> ListBackups(const Engine& engine);
absl::StatusOr<std::optional<ListedBackup>> FindBackup(const Engine& engine, absl::string_view id);

// The ids of those whose keyring may hold a key that was made at `create_time`: made later.
absl::StatusOr<std::vector<std::string>> BackupsSince(const Engine& engine, absl::Time create_time);

// Those whose keyring is wrapped by the KEK of that check value.
absl::StatusOr<uint64_t> CountBackupsUnder(const Engine& engine, absl::string_view check_value);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_BACKUP_BACKUP_ROWS_H_
