#ifndef CARDVAULT_BASE_ERROR_REASON_H_
#define CARDVAULT_BASE_ERROR_REASON_H_

#include "absl/strings/string_view.h"

namespace cardvault {

// The machine-readable cause of an error. It travels as the status payload inside the process and
// as the trailing metadata `cardvault-reason` on the wire; the names below, without the `k` and in
// upper snake case, are part of the API and are never reused for another meaning.
enum class ErrorReason {
  kUnspecified = 0,
  // INVALID_ARGUMENT
  kPanInvalid,           // PAN_INVALID: not 12-19 digits, Luhn, unknown or not allowed in this mode
  kExpiryInvalid,        // EXPIRY_INVALID
  kCvvInvalid,           // CVV_INVALID
  kIdInvalid,            // ID_INVALID: an id of the caller's does not match the id rule
  kTextInvalid,          // TEXT_INVALID: free text too long, not UTF-8, or holds a card number
  kFieldInvalid,         // FIELD_INVALID: anything else about one field
  kFieldMissing,         // FIELD_MISSING
  kSadRefused,           // SAD_REFUSED: track data or a PIN block
  kRouteUnknown,         // ROUTE_UNKNOWN
  kCurrencyUnsupported,  // CURRENCY_UNSUPPORTED
  kAmountInvalid,        // AMOUNT_INVALID
  // NOT_FOUND
  kTokenNotFound,    // TOKEN_NOT_FOUND: absent, forged, foreign or deleted: one text for all
  kPaymentNotFound,  // PAYMENT_NOT_FOUND
  kNotFound,         // NOT_FOUND
  kLogRetired,       // LOG_RETIRED: audit entries that are no more, by their retention
  // ALREADY_EXISTS
  kPaymentIdReused,  // PAYMENT_ID_REUSED
  kRequestIdReused,  // REQUEST_ID_REUSED
  kDuplicate,        // DUPLICATE: the card of an import's row has a token already
  // ABORTED
  kInProgress,  // IN_PROGRESS
  kRevision,    // REVISION: the object changed since the revision that the caller named
  // FAILED_PRECONDITION
  kVaultSealed,     // VAULT_SEALED
  kKeyDestroyed,    // KEY_DESTROYED
  kKeyState,        // KEY_STATE: the key version's state does not allow it, or rows need it still
  kCvvRequired,     // CVV_REQUIRED
  kCvvExpired,      // CVV_EXPIRED
  kTokenDisabled,   // TOKEN_DISABLED
  kTokenUsed,       // TOKEN_USED
  kCardExpired,     // CARD_EXPIRED
  kCardChanged,     // CARD_CHANGED
  kCardGone,        // CARD_GONE
  kNotRefundable,   // NOT_REFUNDABLE
  kRefundTooLarge,  // REFUND_TOO_LARGE
  kNotReviewed,     // NOT_REVIEWED: a payment that is not marked for a person yet
  kNotAdmitted,     // NOT_ADMITTED
  kMerchantPurge,   // MERCHANT_PURGE: all cards of the merchant are being deleted
  kNotSealed,       // NOT_SEALED: shares are taken while the vault is sealed alone
  kMode,            // MODE: sandbox data under production, or the reverse
  // CREDENTIAL_STATE: to be rotated and not set or in rotation already; to be retired and not in
  // rotation
  kCredentialState,
  kFourEyes,       // FOUR_EYES: in production this takes effect by an approved change
  kSelfApproved,   // SELF_APPROVED: who proposed a change cannot approve it
  kChangeAltered,  // CHANGE_ALTERED: the change is not the one that the approver was shown
  kChangeExpired,  // CHANGE_EXPIRED
  kChangeEnded,    // CHANGE_ENDED: rejected, or it had its effect, before
  kProposerRole,   // PROPOSER_ROLE: who proposed the change is no operator any more
  // CONFIG_UNAPPROVED: the configuration file or a trust anchor is not the one that was approved
  kConfigUnapproved,
  // PERMISSION_DENIED, UNAUTHENTICATED
  kPolicy,    // POLICY
  kIdentity,  // IDENTITY: no or unusable client certificate
  // UNIMPLEMENTED
  kNotOffered,  // NOT_OFFERED: the upstream has no such operation
  // RESOURCE_EXHAUSTED
  kLimit,        // LIMIT: a queue or a message size
  kRate,         // RATE
  kEnumeration,  // ENUMERATION
  kKeyLimit,     // KEY_LIMIT
  // DATA_LOSS
  kRecordCorrupt,  // RECORD_CORRUPT
  // UNAVAILABLE
  kAuditUnavailable,  // AUDIT_UNAVAILABLE: the commit with its audit leaf could not be written
  kLookUpFailed,      // LOOK_UP_FAILED: after a restore, the upstream does not say if it has it
  kDraining,          // DRAINING: the server is shutting down
  // INTERNAL
  kCrypto,    // CRYPTO
  kInternal,  // INTERNAL
  // No errors of an RPC: why a notification, or a signed checkpoint, was not believed
  kUnverified,  // UNVERIFIED: its signature is missing, unknown or wrong
  kStale,       // STALE: made too long ago, or in the future
  kForeign,     // FOREIGN: of another account at the upstream, or of another log
  kConflict,    // CONFLICT: it speaks of another amount or currency than the ledger
};

// The wire name, e.g. "PAN_INVALID"; empty for kUnspecified.
absl::string_view ReasonName(ErrorReason reason);

}  // namespace cardvault

#endif  // CARDVAULT_BASE_ERROR_REASON_H_
