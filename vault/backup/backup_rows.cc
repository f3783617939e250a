#include "vault/backup/backup_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "vault/engine/table.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

constexpr absl::string_view kPrefix = "backup/";
constexpr size_t kPage = 256;

absl::StatusOr<ListedBackup> Listed(absl::string_view id, const Row& row) {
  ListedBackup backup;
  backup.id.assign(id.data(), id.size());
  ASSIGN_OR_RETURN(backup.row, DecodeRow<storage::v1::BackupRow>(row.value));
  backup.revision = row.revision;
  return backup;
}

}  // namespace

std::string BackupRowKey(absl::string_view id) { return absl::StrCat(kPrefix, id); }

absl::StatusOr<std::vector<ListedBackup>> ListBackups(const Engine& engine) {
  std::vector<ListedBackup> backups;
  std::string from(kPrefix);
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                     engine.Scan(Table::kPolicy, from, PrefixEnd(kPrefix), kPage));
    for (const KeyedRow& row : rows) {
      ASSIGN_OR_RETURN(ListedBackup backup,
                       Listed(absl::string_view(row.key).substr(kPrefix.size()), row.row));
      backups.push_back(std::move(backup));
    }
    if (rows.size() < kPage) return backups;
    from = rows.back().key + std::string(1, '\0');
  }
}

absl::StatusOr<std::optional<ListedBackup>> FindBackup(const Engine& engine, absl::string_view id) {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kPolicy, BackupRowKey(id)));
  if (!row.has_value()) return std::optional<ListedBackup>();
  ASSIGN_OR_RETURN(ListedBackup backup, Listed(id, *row));
  return std::optional<ListedBackup>(std::move(backup));
}

absl::StatusOr<std::vector<std::string>> BackupsSince(const Engine& engine,
                                                      absl::Time create_time) {
  ASSIGN_OR_RETURN(const std::vector<ListedBackup> backups, ListBackups(engine));
  std::vector<std::string> ids;
  for (const ListedBackup& backup : backups) {
    if (backup.create_time() >= create_time) ids.push_back(backup.id);
  }
  return ids;
}

absl::StatusOr<uint64_t> CountBackupsUnder(const Engine& engine, absl::string_view check_value) {
  ASSIGN_OR_RETURN(const std::vector<ListedBackup> backups, ListBackups(engine));
  uint64_t count = 0;
  for (const ListedBackup& backup : backups) {
    if (backup.row.kek_check_value() == check_value) ++count;
  }
  return count;
}

}  // namespace cardvault
