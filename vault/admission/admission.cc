#include "vault/admission/admission.h"

#include <algorithm>
#include <string>
#include <utility>

#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/log_cut.h"
#include "vault/engine/table.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

constexpr char kRowKey[] = "admission";

absl::Status Damaged() { return DataLoss("the row of the store's admission is damaged"); }

}  // namespace

absl::StatusOr<std::optional<Admission>> ReadAdmission(const Engine& engine) {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kMeta, kRowKey));
  if (!row.has_value()) return std::optional<Admission>();
  ASSIGN_OR_RETURN(const storage::v1::AdmissionRow message,
                   DecodeRow<storage::v1::AdmissionRow>(row->value));
  Admission admission;
  if (message.before_root().size() != admission.before.root.size()) return Damaged();
  admission.log = message.log();
  admission.restored_size = message.restored_size();
  admission.before.log = message.before_log();
  admission.before.size = message.before_size();
  std::copy(message.before_root().begin(), message.before_root().end(),
            admission.before.root.begin());
  admission.admit_time = absl::FromUnixMicros(message.admit_micros());
  admission.look_up_until = absl::FromUnixMicros(message.look_up_until_micros());
  admission.deletions_missing_from = absl::FromUnixMicros(message.deletions_missing_from_micros());
  // Which log it is decides what it is compared with outside: two places must say so.
  const std::string key = BigEndian64(admission.restored_size);
  ASSIGN_OR_RETURN(const LogCut cut, ReadLogCut(engine));
  if (admission.restored_size < cut.first) return std::optional<Admission>(admission);  // retired
  ASSIGN_OR_RETURN(std::optional<Row> entry_row, engine.Get(Table::kAuditLeaves, key));
  if (!entry_row.has_value()) return Damaged();
  ASSIGN_OR_RETURN(const AuditEntry entry, EntryOf({key, *std::move(entry_row)}));
  if (entry.leaf.action != AuditAction::kLogRestored ||
      entry.leaf.object != FormatRestoredLog(admission.before) ||
      admission.log != admission.before.log + 1) {
    return Damaged();
  }
  return std::optional<Admission>(admission);
}

WriteSet::Put AdmissionPut(const Admission& admission) {
  storage::v1::AdmissionRow row;
  row.set_log(admission.log);
  row.set_restored_size(admission.restored_size);
  row.set_before_log(admission.before.log);
  row.set_before_size(admission.before.size);
  row.set_before_root(std::string(admission.before.root.begin(), admission.before.root.end()));
  row.set_admit_micros(absl::ToUnixMicros(admission.admit_time));
  row.set_look_up_until_micros(absl::ToUnixMicros(admission.look_up_until));
  row.set_deletions_missing_from_micros(absl::ToUnixMicros(admission.deletions_missing_from));
  return {Table::kMeta, kRowKey, EncodeRow(std::move(row))};
}

}  // namespace cardvault
