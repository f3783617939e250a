#include "vault/backup/backup_maker.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "base/version.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring.h"
#include "vault/backup/stored_backup.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/audit_tail.h"
#include "vault/engine/engine.h"

namespace cardvault {
namespace {

// A keyring changes when an operator changes it, and when uses are reserved: not three times in the
// moment of a freeze.
constexpr int kMaxTries = 3;

// The frozen store, with what the manifest says of it but for the files.
struct Frozen {
  std::unique_ptr<FrozenFiles> files;
  BackupManifest manifest;
};

absl::Status KeyringChanged() {
  return Aborted(ErrorReason::kRevision, "the keys changed while the backup began: make it again");
}

std::vector<std::string> WrappedKeys(const Keyring& keyring) {
  std::vector<std::string> keys;
  for (const KeyVersionInfo& key : keyring.Inventory()) {
    if (key.state == KeyState::kDestroyed) continue;
    keys.push_back(absl::StrCat(PurposeName(key.purpose), "/", key.version));
  }
  return keys;
}

// The log in the copy must be the beginning of the one that runs: what is signed is both.
absl::Status CheckIsOfThisLog(const Engine& engine, const Checkpoint& log) {
  StoredNodes nodes(engine);
  ASSIGN_OR_RETURN(const TreeHash root, RootOf(nodes, log.size));
  if (root == log.root) return absl::OkStatus();
  return DataLoss("the copy of the audit log is not the log that runs");
}

absl::StatusOr<Frozen> Freeze(const BackupSource& source, const BackupOrder& order) {
  for (int tries = 0; tries < kMaxTries; ++tries) {
    Frozen frozen;
    ASSIGN_OR_RETURN(frozen.files, source.engine.Freeze());
    ASSIGN_OR_RETURN(const std::unique_ptr<const Engine> copy,
                     OpenReadOnlyEngine(frozen.files->directory()));
    ASSIGN_OR_RETURN(const AuditTail tail, ReadAuditTail(*copy));
    ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, source.keyring.Snapshot());
    if (keyring->revision() != tail.keyring_revision) continue;
    const KekVersionInfo& kek = keyring->keks().back();
    if (kek.check_value != order.kek_check_value) return KeyringChanged();
    BackupManifest& manifest = frozen.manifest;
    manifest.id = order.id;
    manifest.vault_id = source.identity.vault_id.value();
    manifest.mode = source.identity.mode;
    manifest.create_time = order.create_time;
    manifest.software = kVersion;
    manifest.log = {source.checkpointer.origin(), tail.tree.size(), tail.tree.Root()};
    manifest.keyring_revision = keyring->revision();
    manifest.kek_provider = kek.provider;
    manifest.kek_check_value = kek.check_value;
    manifest.keys = WrappedKeys(*keyring);
    RETURN_IF_ERROR(CheckIsOfThisLog(source.engine, manifest.log));
    return frozen;
  }
  return KeyringChanged();
}

absl::Status CopyFiles(const OpenDirectory& from, const OpenDirectory& to, BackupManifest& manifest,
                       absl::FunctionRef<void(uint64_t)> on_total, OnBytes on_bytes) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, from.Names());
  if (names.size() > kMaxBackupFiles) {
    return ResourceExhausted(ErrorReason::kLimit, "the store has more files than a backup holds");
  }
  uint64_t total = 0;
  for (const std::string& name : names) {
    if (!IsBackupFileName(name)) {
      return Internal(ErrorReason::kInternal, "the store has a file of a name that no backup has");
    }
    ASSIGN_OR_RETURN(const uint64_t size, from.SizeOf(name));
    total += size;
  }
  on_total(total);
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const FileSum sum, from.Copy(name, to, on_bytes));
    manifest.files.push_back({name, sum.size_bytes, sum.sha256});
  }
  return to.Sync();
}

}  // namespace

absl::StatusOr<BackupManifest> MakeBackup(const BackupSource& source, const BackupPlace& place,
                                          const BackupOrder& order,
                                          absl::FunctionRef<void(uint64_t)> on_total,
                                          OnBytes on_bytes) {
  ASSIGN_OR_RETURN(Frozen frozen, Freeze(source, order));
  BackupManifest& manifest = frozen.manifest;
  const std::string name = BackupPlace::UnfinishedName(order.id);
  ASSIGN_OR_RETURN(const OpenDirectory directory, place.directory().MakeIn(name));
  ASSIGN_OR_RETURN(const OpenDirectory data, directory.MakeIn(kDataName));
  ASSIGN_OR_RETURN(const OpenDirectory from, OpenDirectory::Open(frozen.files->directory()));
  RETURN_IF_ERROR(CopyFiles(from, data, manifest, on_total, on_bytes));
  frozen.files.reset();

  const std::string bytes = FormatManifest(manifest);
  ASSIGN_OR_RETURN(const std::string note,
                   source.checkpointer.SignCopy(manifest.log, ManifestLine(bytes)));
  RETURN_IF_ERROR(directory.Write(kManifestName, bytes));
  RETURN_IF_ERROR(directory.Write(kNoteName, note));
  RETURN_IF_ERROR(directory.Sync());
  RETURN_IF_ERROR(place.directory().Rename(name, place.directory(), order.id));
  RETURN_IF_ERROR(place.directory().Sync());
  return manifest;
}

}  // namespace cardvault
