#include "vault/checkpoint/node_check.h"

#include "base/status.h"
#include "vault/commit/audit_nodes.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr size_t kRowsPerScan = 256;

}  // namespace

absl::StatusOr<bool> NodeCheck::Has(const NodeId& id, const TreeHash& hash, uint64_t sequence) {
  Level& level = levels_[id.level];
  if (level.used == level.rows.size()) {
    ASSIGN_OR_RETURN(level.rows,
                     rows_.Scan(Table::kAuditNodes, AuditNodeKey({id.level, level.next}),
                                AuditNodeKey({id.level + 1, 0}), kRowsPerScan));
    level.used = 0;
  }
  if (level.used == level.rows.size()) return false;
  const KeyedRow& row = level.rows[level.used++];
  level.next = id.index + 1;
  const bool is_same = row.key == AuditNodeKey(id) && row.row.value == AuditNodeValue(hash) &&
                       row.row.revision == sequence;
  if (is_same) ++count_;
  return is_same;
}

absl::StatusOr<bool> NodeCheck::HasRow(const std::string& first_key,
                                       const std::string& end_key) const {
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                   rows_.Scan(Table::kAuditNodes, first_key, end_key, 1));
  return !rows.empty();
}

absl::StatusOr<bool> NodeCheck::HasMore() {
  ASSIGN_OR_RETURN(bool has_more, HasRow("", AuditNodeKey({kLowestStoredLevel, 0})));
  for (uint32_t i = kLowestStoredLevel; i < kLevelCount && !has_more; ++i) {
    const Level& level = levels_[i];
    if (level.used < level.rows.size()) return true;
    ASSIGN_OR_RETURN(has_more, HasRow(AuditNodeKey({i, level.next}), AuditNodeKey({i + 1, 0})));
  }
  if (has_more) return true;
  return HasRow(AuditNodeKey({kLevelCount, 0}), "");
}

}  // namespace cardvault
