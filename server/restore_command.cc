#include "server/restore_command.h"

#include <cstdint>
#include <cstdio>
#include <iostream>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "audit/note_key.h"
#include "server/daemon.h"
#include "vault/backup/backup_manifest.h"
#include "vault/backup/restore.h"

namespace cardvault {
namespace {

constexpr uint64_t kTenths = 10;

const char* MendFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return "do not restore this backup: take another copy of it, or an older one";
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kInvalidArgument:
      return "restore with the configuration and the --key of the vault that made the backup, to "
             "an empty or missing data directory";
    default:
      return "mend the path or the disk; then empty the data directory and begin again";
  }
}

}  // namespace

int RestoreCommand(const ServerConfig& config, const RestoreArguments& arguments,
                   const Clock& clock) {
  RestoreOrder order;
  order.backup = arguments.backup;
  order.data_directory = config.data_directory;
  order.mode = config.mode;
  order.bin_length = config.bin_length;
  order.now = clock.Now();
  for (const std::string& text : arguments.keys) {
    absl::StatusOr<NoteKey> key = NoteKey::Parse(text);
    if (!key.ok()) {
      std::cerr << "cardvaultd: --key: not a verifier key, as `cardvault audit keys` shows them\n";
      return 2;
    }
    order.trusted.push_back(*std::move(key));
  }
  if (order.trusted.empty() != arguments.is_unanchored) {
    std::cerr << "cardvaultd: --restore-backup wants --key, which shows who made the backup; or "
                 "--unanchored, to believe it as it lies there\n";
    return 2;
  }
  uint64_t told = 0;
  std::string where;
  const absl::StatusOr<BackupManifest> restored = RestoreBackup(
      order,
      [&told](uint64_t done, uint64_t total) {
        const uint64_t tenths = total == 0 ? kTenths : done * kTenths / total;
        if (tenths == told) return;
        told = tenths;
        std::cerr << "restored " << 10 * tenths << " %\n";
      },
      where);
  if (!restored.ok()) {
    const std::string text =
        absl::StrCat("cardvaultd: not restored: ", restored.status().message(),
                     "\n  where: ", where.empty() ? config.data_directory : where,
                     "\n  mend:  ", MendFor(restored.status()), "\n");
    fputs(text.c_str(), stderr);
    return 1;
  }
  std::cout << "vault " << restored->vault_id << " restored to " << config.data_directory
            << " from backup " << restored->id << "\n"
            << "of "
            << absl::FormatTime(absl::RFC3339_sec, restored->create_time, absl::UTCTimeZone())
            << ", with " << restored->log.size << " entries of its audit log"
            << (arguments.is_unanchored ? "; nobody's signature was checked" : "") << "\n"
            << "KEK: " << restored->kek_provider << ", check value " << restored->kek_check_value
            << ": it is not in the backup, and must be where the configuration says\n"
            << "The store is NOT ADMITTED: it serves no cards and no payments before it is.\n"
            << "Next: start cardvaultd, and see docs/playbooks/restore-backup.md\n";
  return 0;
}

}  // namespace cardvault
