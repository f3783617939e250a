#include "audit/action.h"

namespace cardvault {

absl::string_view ActionName(AuditAction action) {
  switch (action) {
    case AuditAction::kLogStarted:
      return "log.started";
    case AuditAction::kLogStopped:
      return "log.stopped";
    case AuditAction::kVaultCreated:
      return "vault.created";
    case AuditAction::kClockStepped:
      return "clock.stepped";
    case AuditAction::kKeyringChanged:
      return "keyring.changed";
    case AuditAction::kKeyringAttested:
      return "keyring.attested";
    case AuditAction::kKeyActivated:
      return "key.activated";
    case AuditAction::kKekDestroyed:
      return "kek.destroyed";
    case AuditAction::kKeyCompromised:
      return "key.compromised";
    case AuditAction::kKeyDestroyed:
      return "key.destroyed";
    case AuditAction::kKekRotated:
      return "kek.rotated";
    case AuditAction::kKeyReencrypted:
      return "key.reencrypted";
    case AuditAction::kReencryptionStarted:
      return "key.reencryption_started";
    case AuditAction::kReencryptionPaused:
      return "key.reencryption_paused";
    case AuditAction::kReencryptionEnded:
      return "key.reencryption_ended";
    case AuditAction::kTokenCreated:
      return "token.created";
    case AuditAction::kTokenMatched:
      return "token.matched";
    case AuditAction::kTokenExpiryUpdated:
      return "token.expiry_updated";
    case AuditAction::kTokenUpdated:
      return "token.updated";
    case AuditAction::kTokenPanReplaced:
      return "token.pan_replaced";
    case AuditAction::kTokenDisabled:
      return "token.disabled";
    case AuditAction::kTokenEnabled:
      return "token.enabled";
    case AuditAction::kTokenDeleted:
      return "token.deleted";
    case AuditAction::kTokenExpired:
      return "token.expired";
    case AuditAction::kTokenRefused:
      return "token.refused";
    case AuditAction::kCvvDeposited:
      return "cvv.deposited";
    case AuditAction::kRecordCorrupt:
      return "record.corrupt";
    case AuditAction::kIdempotencyExpired:
      return "idempotency.expired";
    case AuditAction::kTokenizeRefused:
      return "tokenize.refused";
    case AuditAction::kPaymentIntended:
      return "payment.intended";
    case AuditAction::kPaymentOutcome:
      return "payment.outcome";
    case AuditAction::kPaymentRefused:
      return "payment.refused";
    case AuditAction::kNotificationAccepted:
      return "notification.accepted";
    case AuditAction::kNotificationRepeated:
      return "notification.repeated";
    case AuditAction::kNotificationRefused:
      return "notification.refused";
    case AuditAction::kPaymentResolved:
      return "payment.resolved";
    case AuditAction::kNotificationUnconfirmed:
      return "notification.unconfirmed";
    case AuditAction::kCallRefused:
      return "call.refused";
    case AuditAction::kRouteApplied:
      return "route.applied";
    case AuditAction::kCredentialSet:
      return "credential.set";
    case AuditAction::kRolesApplied:
      return "roles.applied";
    case AuditAction::kAdminRead:
      return "admin.read";
    case AuditAction::kAdminRefused:
      return "admin.refused";
    case AuditAction::kCredentialRotated:
      return "credential.rotated";
    case AuditAction::kCredentialRetired:
      return "credential.retired";
    case AuditAction::kRouteDisabled:
      return "route.disabled";
    case AuditAction::kRouteEnabled:
      return "route.enabled";
    case AuditAction::kChangeProposed:
      return "change.proposed";
    case AuditAction::kChangeApproved:
      return "change.approved";
    case AuditAction::kChangeRejected:
      return "change.rejected";
    case AuditAction::kChangeExpired:
      return "change.expired";
    case AuditAction::kChangeEnded:
      return "change.ended";
    case AuditAction::kChangeInterrupted:
      return "change.interrupted";
    case AuditAction::kChangesForgotten:
      return "change.forgotten";
    case AuditAction::kConfigApproved:
      return "config.approved";
    case AuditAction::kConfigUnapproved:
      return "config.unapproved";
  }
  return "";
}

absl::string_view OutcomeName(AuditOutcome outcome) {
  switch (outcome) {
    case AuditOutcome::kSuccess:
      return "success";
    case AuditOutcome::kRefused:
      return "refused";
    case AuditOutcome::kFailed:
      return "failed";
  }
  return "";
}

}  // namespace cardvault
