#include "vault/backup_rows.h"

#include <functional>
#include <utility>
#include <vector>

#include "base/status.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "vault/engine/table.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

constexpr absl::string_view kPrefix = "backup/";
constexpr size_t kPage = 256;

absl::StatusOr<uint64_t> Count(const Engine& engine,
                               const std::function<bool(const storage::v1::BackupRow&)>& counts) {
  uint64_t count = 0;
  std::string from(kPrefix);
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                     engine.Scan(Table::kPolicy, from, PrefixEnd(kPrefix), kPage));
    for (const KeyedRow& row : rows) {
      ASSIGN_OR_RETURN(const storage::v1::BackupRow backup,
                       DecodeRow<storage::v1::BackupRow>(row.row.value));
      if (counts(backup)) ++count;
    }
    if (rows.size() < kPage) return count;
    from = rows.back().key + std::string(1, '\0');
  }
}

}  // namespace

absl::StatusOr<uint64_t> CountBackupsSince(const Engine& engine, absl::Time create_time) {
  return Count(engine, [create_time](const storage::v1::BackupRow& backup) {
    return absl::FromUnixMicros(backup.create_micros()) >= create_time;
  });
}

absl::StatusOr<uint64_t> CountBackupsUnder(const Engine& engine, absl::string_view check_value) {
  return Count(engine, [check_value](const storage::v1::BackupRow& backup) {
    return backup.kek_check_value() == check_value;
  });
}

}  // namespace cardvault
