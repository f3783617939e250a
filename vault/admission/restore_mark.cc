#include "vault/admission/restore_mark.h"

#include <memory>
#include <utility>

#include "base/status.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "vault/engine/table.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

// No audit entry tells of the mark.
constexpr uint64_t kNoEntry = 0;

}  // namespace

absl::Status PutRestoreMark(Engine& engine, const RestoreMark& mark) {
  storage::v1::RestoreMarkRow row;
  row.set_backup_id(mark.backup_id);
  row.set_backup_micros(absl::ToUnixMicros(mark.backup_time));
  row.set_log_size(mark.log_size);
  row.set_restore_micros(absl::ToUnixMicros(mark.restore_time));
  const std::unique_ptr<EngineBatch> batch = engine.NewBatch();
  batch->Put(Table::kMeta, kRestoreMarkKey, EncodeRow(std::move(row)), kNoEntry);
  return batch->Commit();
}

absl::StatusOr<std::optional<RestoreMark>> ReadRestoreMark(const Engine& engine) {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kMeta, kRestoreMarkKey));
  if (!row.has_value()) return std::optional<RestoreMark>();
  ASSIGN_OR_RETURN(const storage::v1::RestoreMarkRow message,
                   DecodeRow<storage::v1::RestoreMarkRow>(row->value));
  RestoreMark mark;
  mark.backup_id = message.backup_id();
  mark.backup_time = absl::FromUnixMicros(message.backup_micros());
  mark.log_size = message.log_size();
  mark.restore_time = absl::FromUnixMicros(message.restore_micros());
  return std::optional<RestoreMark>(std::move(mark));
}

}  // namespace cardvault
