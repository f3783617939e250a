#include "vault/backup/stored_backup.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "base/error_reason.h"
#include "base/sha256.h"
#include "base/status.h"
#include "vault/commit/audit_tail.h"
#include "vault/engine/engine.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault {
namespace {

// Signatures of a log's two keys beside 250 bytes of text.
constexpr size_t kMaxBackupNoteSize = size_t{64} << 10;
// Of a name that is shown to say what does not belong there.
constexpr size_t kMaxShownName = 64;

// Somebody else's name, for a terminal.
std::string Shown(const std::string& name) {
  return absl::CHexEscape(name.substr(0, kMaxShownName));
}

std::string InData(const std::string& name) { return absl::StrCat(kDataName, "/", name); }

}  // namespace

std::string ManifestLine(absl::string_view manifest_bytes) {
  return absl::StrCat("cardvault-backup sha256 ", absl::BytesToHexString(Sha256(manifest_bytes)),
                      "\n");
}

absl::StatusOr<StoredBackup> StoredBackup::Open(OpenDirectory directory, std::string& where) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, directory.Names());
  for (const std::string& name : names) {
    if (name == kManifestName || name == kNoteName || name == kDataName) continue;
    where = Shown(name);
    return DataLoss("it does not belong to a backup");
  }
  where = kManifestName;
  ASSIGN_OR_RETURN(const std::string manifest, directory.Read(kManifestName, kMaxManifestSize));
  ASSIGN_OR_RETURN(BackupManifest parsed, ParseManifest(manifest));
  where = kNoteName;
  ASSIGN_OR_RETURN(std::string bytes, directory.Read(kNoteName, kMaxBackupNoteSize));
  const absl::StatusOr<SignedNote> note = ParseNote(bytes);
  const absl::StatusOr<Checkpoint> checkpoint =
      note.ok() ? ParseCheckpoint(note->text) : note.status();
  if (!checkpoint.ok()) return DataLoss("it is no checkpoint of a log");
  if (*checkpoint != parsed.log || CheckpointExtensions(note->text) != ManifestLine(manifest)) {
    return DataLoss("it speaks of another manifest than the one beside it");
  }
  where = kDataName;
  ASSIGN_OR_RETURN(OpenDirectory data, directory.OpenIn(kDataName));
  StoredBackup backup(std::move(directory), std::move(data));
  backup.manifest_ = std::move(parsed);
  backup.note_ = std::move(bytes);
  where.clear();
  return backup;
}

uint64_t StoredBackup::size_bytes() const {
  uint64_t total = 0;
  for (const BackupManifest::File& file : manifest_.files) total += file.size_bytes;
  return total;
}

absl::Status StoredBackup::CheckSignature(absl::Span<const NoteKey> trusted,
                                          std::string& where) const {
  where = kNoteName;
  RETURN_IF_ERROR(OpenCheckpoint(note_, trusted).status());
  where.clear();
  return absl::OkStatus();
}

absl::Status StoredBackup::CheckNames(std::string& where) const {
  where = kDataName;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, data_.Names());
  for (const std::string& name : names) {
    const bool known = std::binary_search(
        manifest_.files.begin(), manifest_.files.end(), BackupManifest::File{name, 0, ""},
        [](const auto& a, const auto& b) { return a.name < b.name; });
    where = InData(Shown(name));
    if (!known) return DataLoss("the manifest does not name it");
  }
  for (const BackupManifest::File& file : manifest_.files) {
    where = InData(file.name);
    const absl::StatusOr<uint64_t> size = data_.SizeOf(file.name);
    if (absl::IsNotFound(size.status())) return DataLoss("it is missing");
    RETURN_IF_ERROR(size.status());
    if (*size != file.size_bytes) return DataLoss("it has not the size that it was made with");
  }
  where.clear();
  return absl::OkStatus();
}

absl::Status StoredBackup::CheckDigests(OnBytes on_bytes, std::string& where) const {
  for (const BackupManifest::File& file : manifest_.files) {
    where = InData(file.name);
    ASSIGN_OR_RETURN(const FileSum sum, data_.Sum(file.name, on_bytes));
    if (sum.size_bytes != file.size_bytes || sum.sha256 != file.sha256) {
      return DataLoss("it does not read back as it was made");
    }
  }
  where.clear();
  return absl::OkStatus();
}

absl::StatusOr<VaultIdentity> CheckBackupStore(const std::string& path,
                                               const BackupManifest& manifest, std::string& where) {
  where = kDataName;
  ASSIGN_OR_RETURN(const std::unique_ptr<const Engine> engine, OpenReadOnlyEngine(path));
  ASSIGN_OR_RETURN(const AuditTail tail, ReadAuditTail(*engine));
  if (tail.tree.size() != manifest.log.size || tail.tree.Root() != manifest.log.root ||
      tail.keyring_revision != manifest.keyring_revision) {
    return DataLoss("the audit log or the keyring in it is not the one of its checkpoint");
  }
  ASSIGN_OR_RETURN(const std::optional<VaultIdentity> identity, ReadVaultIdentity(*engine));
  if (!identity.has_value() || identity->vault_id.value() != manifest.vault_id ||
      identity->mode != manifest.mode) {
    return DataLoss("the vault in it is not the one that its manifest names");
  }
  where.clear();
  return *identity;
}

}  // namespace cardvault
