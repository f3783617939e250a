#include "server/log_reader.h"

#include <memory>
#include <utility>

#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/log_cut.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

// It may have been dropped since the caller looked where the log begins.
absl::Status Missing(const Engine& engine, uint64_t first) {
  ASSIGN_OR_RETURN(const LogCut cut, ReadLogCut(engine));
  return first < cut.first ? EntriesRetired() : DataLoss("an audit entry is missing");
}

}  // namespace

absl::Status EntriesRetired() {
  return NotFound(ErrorReason::kNotFound,
                  "entries were asked for that are retired: an export without a beginning begins "
                  "with the first that is left");
}

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
    if (entry.sequence != first + entries.size()) return Missing(engine, first);
    entries.push_back(std::move(entry));
  }
  if (entries.size() != end - first) return Missing(engine, first);
  return entries;
}

absl::StatusOr<uint64_t> FirstEntryOf(const Engine& engine, absl::Time time, uint64_t first,
                                      uint64_t end) {
  uint64_t least = first;
  uint64_t most = end;
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
