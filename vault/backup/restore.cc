#include "vault/backup/restore.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "base/error_reason.h"
#include "base/status.h"
#include "vault/admission/restore_mark.h"
#include "vault/backup/open_directory.h"
#include "vault/backup/stored_backup.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/vault_identity.h"

namespace cardvault {
namespace {

// The store is made whole in here, below the data directory, and marked, before its files take
// their places: a data directory without the file VAULT is opened by nobody.
constexpr char kUnfinished[] = "RESTORING";
constexpr char kMarker[] = "VAULT";

absl::Status CheckPlace(const std::string& path) {
  std::error_code failed;
  const bool exists = std::filesystem::exists(std::filesystem::symlink_status(path, failed));
  if (exists && std::filesystem::is_empty(path, failed) && !failed) return absl::OkStatus();
  if (exists) {
    return FailedPrecondition(ErrorReason::kMode,
                              "the data directory is not empty: nothing is restored over what is "
                              "there");
  }
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (parent.empty() || std::filesystem::is_directory(parent, failed)) return absl::OkStatus();
  return NotFound(ErrorReason::kNotFound,
                  "the directory in which the data directory is to be made does not exist");
}

absl::StatusOr<OpenDirectory> OpenPlace(const std::string& path) {
  std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (parent.empty()) parent = ".";
  ASSIGN_OR_RETURN(const OpenDirectory above, OpenDirectory::Open(parent.string()));
  const std::string name = std::filesystem::path(path).filename().string();
  const absl::StatusOr<OpenDirectory> made = above.MakeIn(name);
  if (!made.ok() && !absl::IsAlreadyExists(made.status())) return made.status();
  if (!made.ok()) {  // a volume's own directory, perhaps
    std::error_code failed;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, failed);
    if (failed) {
      return FailedPrecondition(ErrorReason::kUnspecified,
                                "the data directory is not this user's: give it to the user of the "
                                "service");
    }
  }
  RETURN_IF_ERROR(above.Sync());
  return OpenDirectory::Open(path);
}

// Files in which a restored store says that it was.
absl::Status Mark(const std::string& path, const RestoreMark& mark) {
  RocksDbOptions options;
  options.path = path;
  ASSIGN_OR_RETURN(const std::unique_ptr<RocksDbEngine> engine, OpenRocksDbEngine(options));
  return PutRestoreMark(*engine, mark);
}

absl::Status TakePlaces(const OpenDirectory& from, const OpenDirectory& to) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, from.Names());
  for (const std::string& name : names) {
    if (name != kMarker) RETURN_IF_ERROR(from.Rename(name, to, name));
  }
  RETURN_IF_ERROR(to.Sync());
  RETURN_IF_ERROR(from.Rename(kMarker, to, kMarker));  // last: from here on it is a vault
  RETURN_IF_ERROR(to.Remove(kUnfinished));
  return to.Sync();
}

}  // namespace

absl::StatusOr<BackupManifest> RestoreBackup(const RestoreOrder& order, OnRestored on_restored,
                                             std::string& where) {
  where = order.backup;
  ASSIGN_OR_RETURN(OpenDirectory directory, OpenDirectory::Open(order.backup));
  ASSIGN_OR_RETURN(const StoredBackup backup, StoredBackup::Open(std::move(directory), where));
  const BackupManifest& manifest = backup.manifest();
  if (!order.trusted.empty()) RETURN_IF_ERROR(backup.CheckSignature(order.trusted, where));
  where = order.data_directory;
  RETURN_IF_ERROR(CheckPlace(order.data_directory));
  RETURN_IF_ERROR(backup.CheckNames(where));
  uint64_t done = 0;
  const uint64_t total = 2 * backup.size_bytes();
  const auto on_bytes = [&](uint64_t bytes) {
    on_restored(done += bytes, total);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(backup.CheckDigests(on_bytes, where));
  ASSIGN_OR_RETURN(const VaultIdentity identity,
                   CheckBackupStore(order.backup + "/" + kDataName, manifest, where));
  RETURN_IF_ERROR(CheckVaultIdentity(identity, order.mode, order.bin_length));

  where = order.data_directory;
  ASSIGN_OR_RETURN(const OpenDirectory place, OpenPlace(order.data_directory));
  {
    ASSIGN_OR_RETURN(const OpenDirectory unfinished, place.MakeIn(kUnfinished));
    for (const BackupManifest::File& file : manifest.files) {
      where = file.name;
      ASSIGN_OR_RETURN(const FileSum sum, backup.data().Copy(file.name, unfinished, on_bytes));
      if (sum.sha256 != file.sha256) return DataLoss("it changed while it was copied");
    }
    where = order.data_directory;
    RETURN_IF_ERROR(unfinished.Sync());
  }
  const std::string path = order.data_directory + "/" + kUnfinished;
  RETURN_IF_ERROR(Mark(path, {manifest.id, manifest.create_time, manifest.log.size, order.now}));
  ASSIGN_OR_RETURN(const OpenDirectory unfinished, OpenDirectory::Open(path));
  RETURN_IF_ERROR(TakePlaces(unfinished, place));
  where.clear();
  return manifest;
}

}  // namespace cardvault
