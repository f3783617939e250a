#ifndef CARDVAULT_VAULT_BACKUP_STORED_BACKUP_H_
#define CARDVAULT_VAULT_BACKUP_STORED_BACKUP_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/note_key.h"
#include "vault/backup/backup_manifest.h"
#include "vault/backup/open_directory.h"
#include "vault/vault_identity.h"

namespace cardvault {

// The names in a backup's directory: docs/formats/backup.md.
inline constexpr char kManifestName[] = "MANIFEST.json";
inline constexpr char kNoteName[] = "CHECKPOINT";
inline constexpr char kDataName[] = "data";

// What binds a manifest to a checkpoint's note: the line behind its third.
std::string ManifestLine(absl::string_view manifest_bytes);

// A backup as it lies somewhere: believed nothing that was not checked. All checks are DATA_LOSS
// when the backup is not as it was made, and put into `where` which file of it is at fault; errors
// else as OpenDirectory. Thread-compatible.
class StoredBackup final {
 public:
  // Reads the manifest and the note, and checks that they speak of each other and that the
  // directory holds nothing else than a backup does.
  static absl::StatusOr<StoredBackup> Open(OpenDirectory directory, std::string& where);

  const BackupManifest& manifest() const { return manifest_; }
  const OpenDirectory& data() const { return data_; }
  uint64_t size_bytes() const;  // of all files in `data`

  // Whether a trusted key signed it, and with it every file's digest. Errors also as
  // OpenCheckpoint.
  absl::Status CheckSignature(absl::Span<const NoteKey> trusted, std::string& where) const;
  // Whether exactly the files of the manifest are there, with its sizes; quick.
  absl::Status CheckNames(std::string& where) const;
  // Reads every file and compares its digest.
  absl::Status CheckDigests(OnBytes on_bytes, std::string& where) const;

 private:
  StoredBackup(OpenDirectory directory, OpenDirectory data)
      : directory_(std::move(directory)), data_(std::move(data)) {}

  OpenDirectory directory_;
  OpenDirectory data_;
  BackupManifest manifest_;
  std::string note_;
};

// Whether the files, which are at `path` and were checked, are a store whose audit log ends as the
// manifest says: its root is computed again from the stored tree, whose last entries are hashed
// again. What vault it is of.
absl::StatusOr<VaultIdentity> CheckBackupStore(const std::string& path,
                                               const BackupManifest& manifest, std::string& where);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_BACKUP_STORED_BACKUP_H_
