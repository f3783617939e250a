#include "vault/commit/audit_tail.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "audit/action.h"
#include "audit/tree_hash.h"
#include "audit/tree_shape.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "vault/commit/audit_nodes.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr size_t kEntriesPerScan = 1024;  // some hundred kilobytes at a time

bool TellsKeyringRevision(const AuditLeaf& leaf) {
  return leaf.outcome == AuditOutcome::kSuccess && (leaf.action == AuditAction::kKeyringChanged ||
                                                    leaf.action == AuditAction::kKeyringAttested);
}

// The tree of the first `size` entries, from stored nodes alone: `size` is a multiple of 16.
absl::StatusOr<CompactRange> StoredTree(const Engine& engine, uint64_t size) {
  if (size == 0) return CompactRange();
  StoredNodes nodes(engine);
  std::vector<TreeHash> peaks;
  for (const NodeId& id : CompleteNodesOf({0, size})) {
    ASSIGN_OR_RETURN(const TreeHash peak, nodes.Node(id));
    peaks.push_back(peak);
  }
  return CompactRange::FromPeaks(size, peaks);
}

// Adds an entry to the tree; each node that has a row must be in it.
absl::Status Grow(const KeyedRow& row, StoredNodes& stored, CompactRange& tree) {
  absl::Status status;
  tree.Append(LeafHash(row.row.value), [&](const NodeId& id, const TreeHash& hash) {
    if (id.level < kLowestStoredLevel || !status.ok()) return;
    const absl::StatusOr<TreeHash> kept = stored.Node(id);
    if (!kept.ok()) {
      status = kept.status();
    } else if (*kept != hash) {
      status = DataLoss("a node of the audit log's tree is not what its entries make");
    }
  });
  return status;
}

}  // namespace

// The multiple before the last one when that is too near to the end.
uint64_t FirstRehashed(uint64_t size) {
  const uint64_t attested = (size - 1) / kKeyringAttestInterval * kKeyringAttestInterval;
  return attested != 0 && size - attested < kRehashedEntries ? attested - kKeyringAttestInterval
                                                             : attested;
}

bool NamesKeyringRevision(const AuditLeaf& leaf, uint64_t& revision) {
  return TellsKeyringRevision(leaf) && absl::SimpleAtoi(leaf.object, &revision);
}

absl::StatusOr<AuditTail> ReadAuditTail(const Engine& engine) {
  AuditTail tail;
  ASSIGN_OR_RETURN(const std::optional<KeyedRow> last, engine.Last(Table::kAuditLeaves));
  if (!last.has_value()) return tail;
  ASSIGN_OR_RETURN(const AuditEntry last_entry, EntryOf(*last));
  const uint64_t end = last_entry.sequence + 1;
  tail.last_time = last_entry.time;

  ASSIGN_OR_RETURN(tail.tree, StoredTree(engine, FirstRehashed(end)));
  StoredNodes stored(engine);
  while (tail.tree.size() < end) {
    ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                     engine.Scan(Table::kAuditLeaves, BigEndian64(tail.tree.size()),
                                 BigEndian64(end), kEntriesPerScan));
    if (rows.empty()) return DataLoss("an audit entry is missing");
    for (const KeyedRow& row : rows) {
      ASSIGN_OR_RETURN(const AuditEntry entry, EntryOf(row));
      if (entry.sequence != tail.tree.size()) return DataLoss("an audit entry is missing");
      const bool names = NamesKeyringRevision(entry.leaf, tail.keyring_revision);
      // Behind log.restored comes the keyring.changed of its commit.
      const bool must_attest = entry.sequence % kKeyringAttestInterval == 0 &&
                               entry.sequence != 0 &&
                               entry.leaf.action != AuditAction::kLogRestored;
      if (TellsKeyringRevision(entry.leaf) ? !names : must_attest) {
        return DataLoss("an audit entry does not name the keyring revision that it must name");
      }
      RETURN_IF_ERROR(Grow(row, stored, tail.tree));
    }
  }
  return tail;
}

}  // namespace cardvault
