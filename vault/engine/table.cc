#include "vault/engine/table.h"

namespace cardvault {

absl::string_view TableName(Table table) {
  switch (table) {
    case Table::kMeta:
      return "meta";
    case Table::kRecords:
      return "records";
    case Table::kTokenIndex:
      return "token_index";
    case Table::kDue:
      return "due";
    case Table::kFingerprints:
      return "fingerprints";
    case Table::kEnumeration:
      return "enumeration";
    case Table::kIdempotency:
      return "idempotency";
    case Table::kPayments:
      return "payments";
    case Table::kPolicy:
      return "policy";
    case Table::kCredentials:
      return "credentials";
    case Table::kKeys:
      return "keys";
    case Table::kAuditLeaves:
      return "audit_leaves";
    case Table::kAuditNodes:
      return "audit_nodes";
    case Table::kAuditCheckpoints:
      return "audit_checkpoints";
  }
  return "";
}

}  // namespace cardvault
