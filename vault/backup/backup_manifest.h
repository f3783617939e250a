#ifndef CARDVAULT_VAULT_BACKUP_BACKUP_MANIFEST_H_
#define CARDVAULT_VAULT_BACKUP_BACKUP_MANIFEST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/checkpoint.h"
#include "card/vault_mode.h"

namespace cardvault {

// RocksDB makes files of 64 MB: these are 4 TB.
inline constexpr size_t kMaxBackupFiles = 65536;
// A file's line has some 130 bytes.
inline constexpr size_t kMaxManifestSize = size_t{16} << 20;

// What a backup says of itself: MANIFEST.json, docs/formats/backup.md. Thread-compatible.
struct BackupManifest {
  struct File {
    std::string name;  // IsBackupFileName
    uint64_t size_bytes = 0;
    std::string sha256;  // 32 bytes
    friend bool operator==(const File&, const File&) = default;
  };

  std::string id;
  std::string vault_id;
  VaultMode mode = VaultMode::kSandbox;
  absl::Time create_time;
  std::string software;  // the version that made it
  Checkpoint log;        // of the audit log that is in it
  uint64_t keyring_revision = 0;
  std::string kek_provider;
  std::string kek_check_value;    // of the KEK that wraps every key that is in it
  std::vector<std::string> keys;  // the wrapped ones, "pan/1"
  std::vector<File> files;        // by name

  friend bool operator==(const BackupManifest&, const BackupManifest&) = default;
};

// YYYYMMDDThhmmssZ, a dash and eight letters: ids in order are backups in order.
std::string NewBackupId(absl::Time now);
bool IsBackupId(absl::string_view id);

// Letters, digits, dots, underscores and dashes, 1 to 64, no dot first: leads nowhere else.
bool IsBackupFileName(absl::string_view name);

std::string FormatManifest(const BackupManifest& manifest);

// DATA_LOSS for any other text than FormatManifest makes of what it says: so two manifests that
// differ say different things.
absl::StatusOr<BackupManifest> ParseManifest(absl::string_view text);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_BACKUP_BACKUP_MANIFEST_H_
