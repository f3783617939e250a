#include "reencryption/row_movers.h"

#include "base/error_reason.h"
#include "base/status.h"
#include "reencryption/credential_mover.h"
#include "reencryption/fingerprint_mover.h"
#include "reencryption/sealed_field_mover.h"

namespace cardvault {

absl::StatusOr<std::unique_ptr<const RowMover>> MakeRowMover(KeyPurpose purpose,
                                                             const Engine& engine, VaultMode mode) {
  switch (purpose) {
    case KeyPurpose::kPan:
    case KeyPurpose::kProfile:
      return std::make_unique<const SealedFieldMover>(purpose, mode);
    case KeyPurpose::kFingerprint:
      return std::make_unique<const FingerprintMover>(engine, mode);
    case KeyPurpose::kRouteCredential:
      return std::make_unique<const CredentialMover>();
    case KeyPurpose::kTokenMac:
    case KeyPurpose::kRequestDigest:
    case KeyPurpose::kCursor:
    case KeyPurpose::kRowIndex:
    case KeyPurpose::kAuditSigning:
      break;
  }
  return Unimplemented(
      ErrorReason::kNotOffered,
      "nothing under this key can be moved: what it was computed over is not kept");
}

}  // namespace cardvault
