#include "reencryption/key_uses.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "base/status.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "cardvault/storage/v1/change_row.pb.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/credential_rows.h"
#include "forwarder/ledger/payment_index.h"
#include "vault/records/fingerprint_move.h"
#include "vault/records/index_keys.h"
#include "vault/records/row_format.h"
#include "vault/row_keys.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;
using storage::v1::ChangeRow;
using storage::v1::EnumerationRow;
using storage::v1::IdempotencyRecord;
using storage::v1::PaymentRecord;

constexpr absl::string_view kPaymentKind = "p";
constexpr absl::string_view kChangePrefix = "change/";  // of ChangeBook's rows

// A token stands under its MAC's key for as long as its row is there: a tombstone lets its merchant
// delete again, which a token without its key could not be told from a forged one for.
absl::Status AppendRecord(const KeyedRow& row, std::vector<KeyUse>& uses) {
  if (row.key.empty()) return DataLoss("a card record stands under an impossible key");
  const size_t token_use = uses.size();
  uses.push_back({KeyPurpose::kTokenMac, static_cast<uint8_t>(row.key[0])});
  ASSIGN_OR_RETURN(const CardRecord record, DecodeRow<CardRecord>(row.row.value));
  if (record.state() == CardRecord::STATE_DELETED) {
    uses[token_use].is_record = false;
    return absl::OkStatus();
  }
  uses.push_back({KeyPurpose::kPan, record.pan().key_version()});
  uses.push_back({KeyPurpose::kProfile, record.profile().key_version()});
  return absl::OkStatus();
}

// A row whose key stands under the row-index key, behind `kind_size` bytes.
absl::Status AppendRowIndex(const KeyedRow& row, size_t kind_size, bool is_record,
                            std::vector<KeyUse>& uses) {
  ASSIGN_OR_RETURN(const uint32_t version, RowKeyVersion(row.key, kind_size));
  uses.push_back({KeyPurpose::kRowIndex, version, is_record});
  return absl::OkStatus();
}

absl::Status AppendEnumeration(const KeyedRow& row, std::vector<KeyUse>& uses) {
  RETURN_IF_ERROR(AppendRowIndex(row, 0, /*is_record=*/false, uses));
  ASSIGN_OR_RETURN(const EnumerationRow seen, DecodeRow<EnumerationRow>(row.row.value));
  for (const auto* entries : {&seen.seen(), &seen.refused()}) {
    for (const EnumerationRow::Seen& entry : *entries) {
      uses.push_back({KeyPurpose::kFingerprint, entry.key_version(), /*is_record=*/false});
    }
  }
  return absl::OkStatus();
}

absl::Status AppendRequest(const KeyedRow& row, std::vector<KeyUse>& uses) {
  RETURN_IF_ERROR(AppendRowIndex(row, 0, /*is_record=*/false, uses));
  ASSIGN_OR_RETURN(const IdempotencyRecord record, DecodeRow<IdempotencyRecord>(row.row.value));
  uses.push_back({KeyPurpose::kRequestDigest, record.digest_key_version()});
  return absl::OkStatus();
}

absl::Status AppendTokenIndex(const KeyedRow& row, std::vector<KeyUse>& uses) {
  if (IndexKeys::IsKeyed(row.key)) return AppendRowIndex(row, 1, /*is_record=*/true, uses);
  if (!absl::StartsWith(row.key, kFirstPointerKey)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const uint32_t version, PointerKeyVersion(row));
  uses.push_back({KeyPurpose::kFingerprint, version, /*is_record=*/false});
  return absl::OkStatus();
}

absl::Status AppendPayment(const KeyedRow& row, std::vector<KeyUse>& uses) {
  if (PaymentIndex::IsKeyed(row.key)) return AppendRowIndex(row, 1, /*is_record=*/true, uses);
  if (!absl::StartsWith(row.key, kPaymentKind)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const PaymentRecord record, DecodeRow<PaymentRecord>(row.row.value));
  uses.push_back({KeyPurpose::kRequestDigest, record.digest_key_version()});
  return absl::OkStatus();
}

// The secret of a change that waits for its approval, a day at most.
absl::Status AppendChange(const KeyedRow& row, std::vector<KeyUse>& uses) {
  if (!absl::StartsWith(row.key, kChangePrefix)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ChangeRow change, DecodeRow<ChangeRow>(row.row.value));
  if (change.sealed_secret().empty()) return absl::OkStatus();
  storage::v1::ChangeContent content;
  if (!content.ParseFromString(change.content())) return DataLoss("a change does not parse");
  uses.push_back({KeyPurpose::kRouteCredential, content.secret_key_version(),
                  /*is_record=*/false});
  return absl::OkStatus();
}

}  // namespace

const std::vector<Table>& TablesUnderKeys() {
  static const auto* const tables = new std::vector<Table>{
      Table::kRecords,     Table::kTokenIndex, Table::kFingerprints, Table::kEnumeration,
      Table::kIdempotency, Table::kPayments,   Table::kCredentials,  Table::kPolicy,
  };  // never destroyed
  return *tables;
}

absl::Status AppendKeyUses(Table table, const KeyedRow& row, std::vector<KeyUse>& uses) {
  switch (table) {
    case Table::kRecords:
      return AppendRecord(row, uses);
    case Table::kTokenIndex:
      return AppendTokenIndex(row, uses);
    case Table::kFingerprints: {
      ASSIGN_OR_RETURN(const uint32_t version, FingerprintKeyVersion(row.key));
      uses.push_back({KeyPurpose::kFingerprint, version});
      return absl::OkStatus();
    }
    case Table::kEnumeration:
      return AppendEnumeration(row, uses);
    case Table::kIdempotency:
      return AppendRequest(row, uses);
    case Table::kPayments:
      return AppendPayment(row, uses);
    case Table::kCredentials: {
      ASSIGN_OR_RETURN(const uint32_t version, CredentialRows::KeyVersionOf(row));
      uses.push_back({KeyPurpose::kRouteCredential, version});
      return absl::OkStatus();
    }
    case Table::kPolicy:
      return AppendChange(row, uses);
    case Table::kMeta:
    case Table::kDue:
    case Table::kKeys:
    case Table::kAuditLeaves:
    case Table::kAuditNodes:
    case Table::kAuditCheckpoints:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace cardvault
