#include "vault/commit/log_cut.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/retired_log.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "audit/tree_shape.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "vault/commit/audit_nodes.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr char kRowKey[] = "log_cut";
constexpr size_t kValueSize = 8;

absl::Status NotDeclared() {
  return DataLoss("the beginning of the audit log is gone, and no entry of it says that it is");
}

absl::StatusOr<LogCut> CutOf(const Row& row) {
  if (row.value.size() != kValueSize) return DataLoss("the row of the log's cut is damaged");
  const LogCut cut = {ReadBigEndian64(row.value), row.revision};
  if (cut.first == 0 || cut.first % kRetiredSegment != 0 || cut.revision < cut.first) {
    return DataLoss("the row of the log's cut is damaged");
  }
  return cut;
}

}  // namespace

absl::StatusOr<LogCut> ReadLogCut(const Engine& engine) {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kMeta, kRowKey));
  return row.has_value() ? CutOf(*row) : LogCut();
}

absl::StatusOr<LogCut> ReadLogCut(const EngineSnapshot& rows) {
  const std::string end = std::string(kRowKey) + '\0';
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> found, rows.Scan(Table::kMeta, kRowKey, end, 1));
  return found.empty() ? LogCut() : CutOf(found.front().row);
}

absl::StatusOr<LogCut> CheckLogCut(const Engine& engine) {
  ASSIGN_OR_RETURN(const LogCut cut, ReadLogCut(engine));
  if (cut.first == 0) return cut;
  ASSIGN_OR_RETURN(const std::optional<Row> row,
                   engine.Get(Table::kAuditLeaves, BigEndian64(cut.revision)));
  if (!row.has_value()) return NotDeclared();
  ASSIGN_OR_RETURN(const AuditEntry entry, EntryOf({BigEndian64(cut.revision), *row}));
  if (entry.leaf.action != AuditAction::kLogRetired) return NotDeclared();
  const std::optional<RetiredLog> retired = ParseRetiredLog(entry.leaf.object);
  StoredNodes nodes(engine);
  ASSIGN_OR_RETURN(const TreeHash root, RootOf(nodes, cut.first));
  if (!retired.has_value() || retired->end != cut.first || retired->root != root) {
    return NotDeclared();
  }
  return cut;
}

Precondition CutIs(const LogCut& cut) {
  return cut.first == 0 ? Precondition::Absent(Table::kMeta, kRowKey)
                        : Precondition::Unchanged(Table::kMeta, kRowKey, cut.revision);
}

void RetireSegment(uint64_t first, uint64_t revision, EngineBatch& batch) {
  const uint64_t end = first + kRetiredSegment;
  const std::vector<NodeId> peaks = CompleteNodesOf({0, end});
  const auto drop = [&](const NodeId& id) {
    if (std::find(peaks.begin(), peaks.end(), id) != peaks.end()) return;
    batch.Delete(Table::kAuditNodes, AuditNodeKey(id));
  };
  for (uint64_t i = first; i < end; ++i) batch.Delete(Table::kAuditLeaves, BigEndian64(i));
  // Of what ended before, the peaks are left; the segment completes some subtrees that begin there.
  if (first > 0) {
    for (const NodeId& id : CompleteNodesOf({0, first})) drop(id);
  }
  for (uint32_t level = kLowestStoredLevel; uint64_t{1} << level <= end; ++level) {
    for (uint64_t index = first >> level; index < end >> level; ++index) drop({level, index});
  }
  batch.Put(Table::kMeta, kRowKey, BigEndian64(end), revision);
}

}  // namespace cardvault
