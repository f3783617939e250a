#include "base/error_reason.h"

namespace cardvault {

absl::string_view ReasonName(ErrorReason reason) {
  switch (reason) {
    case ErrorReason::kUnspecified:
      return "";
    case ErrorReason::kPanInvalid:
      return "PAN_INVALID";
    case ErrorReason::kExpiryInvalid:
      return "EXPIRY_INVALID";
    case ErrorReason::kCvvInvalid:
      return "CVV_INVALID";
    case ErrorReason::kIdInvalid:
      return "ID_INVALID";
    case ErrorReason::kTextInvalid:
      return "TEXT_INVALID";
    case ErrorReason::kFieldInvalid:
      return "FIELD_INVALID";
    case ErrorReason::kFieldMissing:
      return "FIELD_MISSING";
    case ErrorReason::kSadRefused:
      return "SAD_REFUSED";
    case ErrorReason::kRouteUnknown:
      return "ROUTE_UNKNOWN";
    case ErrorReason::kCurrencyUnsupported:
      return "CURRENCY_UNSUPPORTED";
    case ErrorReason::kAmountInvalid:
      return "AMOUNT_INVALID";
    case ErrorReason::kTokenNotFound:
      return "TOKEN_NOT_FOUND";
    case ErrorReason::kPaymentNotFound:
      return "PAYMENT_NOT_FOUND";
    case ErrorReason::kNotFound:
      return "NOT_FOUND";
    case ErrorReason::kPaymentIdReused:
      return "PAYMENT_ID_REUSED";
    case ErrorReason::kRequestIdReused:
      return "REQUEST_ID_REUSED";
    case ErrorReason::kInProgress:
      return "IN_PROGRESS";
    case ErrorReason::kRevision:
      return "REVISION";
    case ErrorReason::kVaultSealed:
      return "VAULT_SEALED";
    case ErrorReason::kKeyDestroyed:
      return "KEY_DESTROYED";
    case ErrorReason::kCvvRequired:
      return "CVV_REQUIRED";
    case ErrorReason::kCvvExpired:
      return "CVV_EXPIRED";
    case ErrorReason::kTokenDisabled:
      return "TOKEN_DISABLED";
    case ErrorReason::kTokenUsed:
      return "TOKEN_USED";
    case ErrorReason::kCardExpired:
      return "CARD_EXPIRED";
    case ErrorReason::kCardChanged:
      return "CARD_CHANGED";
    case ErrorReason::kCardGone:
      return "CARD_GONE";
    case ErrorReason::kNotAdmitted:
      return "NOT_ADMITTED";
    case ErrorReason::kMode:
      return "MODE";
    case ErrorReason::kCredentialState:
      return "CREDENTIAL_STATE";
    case ErrorReason::kPolicy:
      return "POLICY";
    case ErrorReason::kIdentity:
      return "IDENTITY";
    case ErrorReason::kNotOffered:
      return "NOT_OFFERED";
    case ErrorReason::kLimit:
      return "LIMIT";
    case ErrorReason::kRate:
      return "RATE";
    case ErrorReason::kEnumeration:
      return "ENUMERATION";
    case ErrorReason::kKeyLimit:
      return "KEY_LIMIT";
    case ErrorReason::kRecordCorrupt:
      return "RECORD_CORRUPT";
    case ErrorReason::kAuditUnavailable:
      return "AUDIT_UNAVAILABLE";
    case ErrorReason::kDraining:
      return "DRAINING";
    case ErrorReason::kCrypto:
      return "CRYPTO";
    case ErrorReason::kInternal:
      return "INTERNAL";
  }
  return "";
}

}  // namespace cardvault
