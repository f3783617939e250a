#ifndef CARDVAULT_VAULT_ENGINE_TABLE_H_
#define CARDVAULT_VAULT_ENGINE_TABLE_H_

#include "absl/strings/string_view.h"

namespace cardvault {

// The tables of a vault (RocksDB column families). Keys are ids of cardvault's own or HMACs, never
// card data and never a caller's string: docs/formats/rows.md. The names stand on disk.
enum class Table {
  kMeta,              // what this directory is
  kRecords,           // token -> CardRecord
  kTokenIndex,        // merchant, time -> token; merchant, customer, time -> token; reuse rows
  kDue,               // time -> what falls due: retention, idempotency
  kFingerprints,      // HMAC of merchant and PAN -> FingerprintRow
  kEnumeration,       // HMAC of merchant, BIN and last four -> EnumerationRow
  kIdempotency,       // HMAC of merchant, RPC and request_id -> IdempotencyRecord
  kPayments,          // row key of a payment -> PaymentRecord, and what leads there
  kPolicy,            // routes and roles
  kCredentials,       // sealed credentials of routes
  kKeys,              // the keyring document
  kAuditLeaves,       // sequence -> encoded AuditEntry
  kAuditNodes,        // inner nodes of the Merkle tree
  kAuditCheckpoints,  // size of the log -> signed checkpoint
};

inline constexpr int kTableCount = 14;

absl::string_view TableName(Table table);  // "records"

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_TABLE_H_
