#ifndef CARDVAULT_AUDIT_EXPORT_EXPORT_ENTRY_H_
#define CARDVAULT_AUDIT_EXPORT_EXPORT_ENTRY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"

namespace cardvault {

// The hash of the entry's leaf: of its bytes in the log.
TreeHash HashOf(const AuditEntry& entry);

// "2026-11-22T03:14:06.123456Z". The year has four digits from 1970 on: CanExport.
std::string ExportTimeText(absl::Time time);

// Whether the entry can be written: it passes CheckLeaf, its time is from 1970 to 9999, and since
// boot is not negative. Every entry that the commit pipeline writes can.
bool CanExport(const AuditEntry& entry);

// An entry's line, without its newline: docs/formats/audit_export.md. `proof` is of filtered
// exports alone, null in others. The entry can be exported.
std::string FormatEntryLine(const AuditEntry& entry, const TreeHash& hash, const TreeProof* proof);

// Reads what FormatEntryLine writes, and nothing else; `proof` as there. INVALID_ARGUMENT
// (FIELD_INVALID) for any other line, an action or reason that this program does not know among
// them. That the hash is that of the fields is for the caller to see.
absl::Status ParseEntryLine(absl::string_view line, AuditEntry& entry, TreeHash& hash,
                            TreeProof* proof);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_EXPORT_ENTRY_H_
