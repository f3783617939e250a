#include "vault/checkpoint/node_check.h"

#include <algorithm>

#include "base/status.h"
#include "vault/commit/audit_nodes.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr size_t kRowsPerScan = 256;

}  // namespace

absl::StatusOr<const KeyedRow*> NodeCheck::Next(const NodeId& id) {
  Level& level = levels_[id.level];
  if (level.used == level.rows.size()) {
    ASSIGN_OR_RETURN(level.rows,
                     rows_.Scan(Table::kAuditNodes, AuditNodeKey({id.level, level.next}),
                                AuditNodeKey({id.level + 1, 0}), kRowsPerScan));
    level.used = 0;
  }
  if (level.used == level.rows.size()) return nullptr;
  level.next = id.index + 1;
  return &level.rows[level.used++];
}

absl::StatusOr<bool> NodeCheck::Has(const NodeId& id, const TreeHash& hash, uint64_t sequence) {
  ASSIGN_OR_RETURN(const KeyedRow* const row, Next(id));
  const bool is_same = row != nullptr && row->key == AuditNodeKey(id) &&
                       row->row.value == AuditNodeValue(hash) && row->row.revision == sequence;
  if (is_same) ++count_;
  return is_same;
}

absl::StatusOr<std::optional<TreeHash>> NodeCheck::Take(const NodeId& id) {
  ASSIGN_OR_RETURN(const KeyedRow* const row, Next(id));
  TreeHash hash;
  if (row == nullptr || row->key != AuditNodeKey(id) || row->row.value.size() != hash.size() ||
      row->row.revision != ((id.index + 1) << id.level) - 1) {
    return std::nullopt;
  }
  std::copy(row->row.value.begin(), row->row.value.end(), hash.begin());
  ++count_;
  return hash;
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
