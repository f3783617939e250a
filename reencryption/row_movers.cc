#include "reencryption/row_movers.h"

#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/ledger/payment_index.h"
#include "reencryption/credential_mover.h"
#include "reencryption/fingerprint_mover.h"
#include "reencryption/index_row_mover.h"
#include "reencryption/sealed_field_mover.h"
#include "vault/engine/table.h"
#include "vault/records/index_keys.h"

namespace cardvault {

absl::StatusOr<std::vector<std::unique_ptr<const RowMover>>> MakeRowMovers(KeyPurpose purpose,
                                                                           const Engine& engine,
                                                                           VaultMode mode) {
  std::vector<std::unique_ptr<const RowMover>> movers;
  switch (purpose) {
    case KeyPurpose::kPan:
    case KeyPurpose::kProfile:
      movers.push_back(std::make_unique<const SealedFieldMover>(purpose, mode));
      return movers;
    case KeyPurpose::kFingerprint:
      movers.push_back(std::make_unique<const FingerprintMover>(engine, mode));
      return movers;
    case KeyPurpose::kRouteCredential:
      movers.push_back(std::make_unique<const CredentialMover>());
      return movers;
    case KeyPurpose::kRowIndex:
      for (const char kind :
           {IndexKeys::kMerchantKind, IndexKeys::kCustomerKind, IndexKeys::kReuseKind}) {
        movers.push_back(
            std::make_unique<const IndexRowMover>(engine, mode, Table::kTokenIndex, kind));
      }
      for (const char kind : {PaymentIndex::kPaymentKind, PaymentIndex::kMerchantKind,
                              PaymentIndex::kReferenceKind}) {
        movers.push_back(
            std::make_unique<const IndexRowMover>(engine, mode, Table::kPayments, kind));
      }
      return movers;
    case KeyPurpose::kTokenMac:
    case KeyPurpose::kRequestDigest:
    case KeyPurpose::kCursor:
    case KeyPurpose::kAuditSigning:
      break;
  }
  return Unimplemented(
      ErrorReason::kNotOffered,
      "nothing under this key can be moved: what it was computed over is not kept");
}

}  // namespace cardvault
