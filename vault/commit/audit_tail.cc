#include "vault/commit/audit_tail.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "audit/action.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr size_t kEntriesPerScan = 1024;  // some hundred kilobytes at a time
constexpr size_t kKeySize = 8;

bool TellsKeyringRevision(const AuditLeaf& leaf) {
  return leaf.outcome == AuditOutcome::kSuccess && (leaf.action == AuditAction::kKeyringChanged ||
                                                    leaf.action == AuditAction::kKeyringAttested);
}

absl::StatusOr<AuditEntry> Decode(const KeyedRow& row) {
  if (row.key.size() != kKeySize) return DataLoss("an audit entry stands under an impossible key");
  ASSIGN_OR_RETURN(AuditEntry entry, DecodeEntry(row.row.value));
  if (entry.sequence != ReadBigEndian64(row.key)) {
    return DataLoss("an audit entry stands in another's place");
  }
  return entry;
}

}  // namespace

bool NamesKeyringRevision(const AuditLeaf& leaf, uint64_t& revision) {
  return TellsKeyringRevision(leaf) && absl::SimpleAtoi(leaf.object, &revision);
}

absl::StatusOr<AuditTail> ReadAuditTail(const Engine& engine) {
  AuditTail tail;
  ASSIGN_OR_RETURN(const std::optional<KeyedRow> last, engine.Last(Table::kAuditLeaves));
  if (!last.has_value()) return tail;
  ASSIGN_OR_RETURN(const AuditEntry last_entry, Decode(*last));
  const uint64_t end = last_entry.sequence + 1;
  tail.last_time = last_entry.time;

  tail.next_sequence = last_entry.sequence / kKeyringAttestInterval * kKeyringAttestInterval;
  const uint64_t attested = tail.next_sequence;
  while (tail.next_sequence < end) {
    ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                     engine.Scan(Table::kAuditLeaves, BigEndian64(tail.next_sequence),
                                 BigEndian64(end), kEntriesPerScan));
    if (rows.empty()) return DataLoss("an audit entry is missing");
    for (const KeyedRow& row : rows) {
      ASSIGN_OR_RETURN(const AuditEntry entry, Decode(row));
      if (entry.sequence != tail.next_sequence) return DataLoss("an audit entry is missing");
      const bool names = NamesKeyringRevision(entry.leaf, tail.keyring_revision);
      const bool must_attest = entry.sequence == attested && attested != 0;
      if (TellsKeyringRevision(entry.leaf) ? !names : must_attest) {
        return DataLoss("an audit entry does not name the keyring revision that it must name");
      }
      ++tail.next_sequence;
    }
  }
  return tail;
}

}  // namespace cardvault
