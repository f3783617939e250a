#include "server/log_reader.h"

#include <memory>
#include <utility>

#include "base/length_prefix.h"
#include "base/status.h"
#include "vault/commit/audit_nodes.h"
#include "vault/engine/table.h"

namespace cardvault {

absl::StatusOr<std::vector<AuditEntry>> ReadEntries(const Engine& engine, uint64_t first,
                                                    uint64_t end) {
  // For this read alone: one that lived as long as an export would keep what is deleted in the
  // files.
  ASSIGN_OR_RETURN(const std::unique_ptr<EngineSnapshot> snapshot, engine.TakeSnapshot());
  ASSIGN_OR_RETURN(
      const std::vector<KeyedRow> rows,
      snapshot->Scan(Table::kAuditLeaves, BigEndian64(first), BigEndian64(end), end - first));
  std::vector<AuditEntry> entries;
  entries.reserve(rows.size());
  for (const KeyedRow& row : rows) {
    ASSIGN_OR_RETURN(AuditEntry entry, EntryOf(row));
    if (entry.sequence != first + entries.size()) return DataLoss("an audit entry is missing");
    entries.push_back(std::move(entry));
  }
  if (entries.size() != end - first) return DataLoss("an audit entry is missing");
  return entries;
}

absl::StatusOr<uint64_t> FirstEntryOf(const Engine& engine, absl::Time time, uint64_t size) {
  uint64_t least = 0;
  uint64_t most = size;
  while (least < most) {
    const uint64_t middle = least + (most - least) / 2;
    ASSIGN_OR_RETURN(const std::vector<AuditEntry> entries,
                     ReadEntries(engine, middle, middle + 1));
    if (entries.front().time < time) {
      least = middle + 1;
    } else {
      most = middle;
    }
  }
  return least;
}

}  // namespace cardvault
