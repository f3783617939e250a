#include "audit/action.h"

#include <array>
#include <cstddef>

namespace cardvault {
namespace {

struct Line {
  AuditAction action;
  const char* name;
  bool is_written_in_need;
};

// Written in need:
constexpr bool kYes = true;
constexpr bool kNo = false;

constexpr Line kCatalogue[] = {
    {AuditAction::kLogStarted, "log.started", kYes},
    {AuditAction::kLogStopped, "log.stopped", kYes},
    {AuditAction::kVaultCreated, "vault.created", kNo},
    {AuditAction::kClockStepped, "clock.stepped", kYes},
    {AuditAction::kLogRestored, "log.restored", kNo},
    {AuditAction::kStoreAdmitted, "store.admitted", kNo},
    {AuditAction::kStoreLookUpChanged, "store.look_up_changed", kNo},
    {AuditAction::kKeyringChanged, "keyring.changed", kYes},
    {AuditAction::kKeyringAttested, "keyring.attested", kYes},
    {AuditAction::kKeyActivated, "key.activated", kYes},
    {AuditAction::kKekLeftUnused, "kek.left_unused", kYes},
    {AuditAction::kKekDestructionBegun, "kek.destruction_begun", kNo},
    {AuditAction::kKekDestroyed, "kek.destroyed", kNo},
    {AuditAction::kKeyCompromised, "key.compromised", kYes},
    {AuditAction::kKeyDestroyed, "key.destroyed", kNo},
    {AuditAction::kKekRotated, "kek.rotated", kNo},
    {AuditAction::kKeyReencrypted, "key.reencrypted", kNo},
    {AuditAction::kReencryptionStarted, "key.reencryption_started", kNo},
    {AuditAction::kReencryptionPaused, "key.reencryption_paused", kYes},
    {AuditAction::kReencryptionEnded, "key.reencryption_ended", kYes},
    {AuditAction::kTokenCreated, "token.created", kNo},
    {AuditAction::kTokenMatched, "token.matched", kNo},
    {AuditAction::kTokenExpiryUpdated, "token.expiry_updated", kNo},
    {AuditAction::kTokenUpdated, "token.updated", kNo},
    {AuditAction::kTokenPanReplaced, "token.pan_replaced", kNo},
    {AuditAction::kTokenDisabled, "token.disabled", kYes},
    {AuditAction::kTokenEnabled, "token.enabled", kNo},
    {AuditAction::kTokenDeleted, "token.deleted", kYes},
    {AuditAction::kTokenExpired, "token.expired", kYes},
    {AuditAction::kTokenRefused, "token.refused", kYes},
    {AuditAction::kCvvDeposited, "cvv.deposited", kNo},
    {AuditAction::kRecordCorrupt, "record.corrupt", kYes},
    {AuditAction::kIdempotencyExpired, "idempotency.expired", kYes},
    {AuditAction::kTokenizeRefused, "tokenize.refused", kYes},
    {AuditAction::kImportStarted, "import.started", kNo},
    {AuditAction::kImportEnded, "import.ended", kYes},
    {AuditAction::kTokenRead, "token.read", kNo},
    {AuditAction::kMerchantPurgeStarted, "merchant.purge_started", kNo},
    {AuditAction::kMerchantPurgeEnded, "merchant.purge_ended", kYes},
    {AuditAction::kPaymentIntended, "payment.intended", kNo},
    {AuditAction::kPaymentOutcome, "payment.outcome", kYes},
    {AuditAction::kPaymentRefused, "payment.refused", kYes},
    {AuditAction::kNotificationAccepted, "notification.accepted", kYes},
    {AuditAction::kNotificationRepeated, "notification.repeated", kYes},
    {AuditAction::kNotificationRefused, "notification.refused", kYes},
    {AuditAction::kPaymentResolved, "payment.resolved", kNo},
    {AuditAction::kNotificationUnconfirmed, "notification.unconfirmed", kYes},
    {AuditAction::kPaymentRead, "payment.read", kNo},
    {AuditAction::kPaymentFoundUpstream, "payment.found_upstream", kYes},
    {AuditAction::kCallRefused, "call.refused", kYes},
    {AuditAction::kRouteApplied, "route.applied", kNo},
    {AuditAction::kCredentialSet, "credential.set", kNo},
    {AuditAction::kRolesApplied, "roles.applied", kNo},
    {AuditAction::kAdminRead, "admin.read", kYes},
    {AuditAction::kAdminRefused, "admin.refused", kYes},
    {AuditAction::kCredentialRotated, "credential.rotated", kNo},
    {AuditAction::kCredentialRetired, "credential.retired", kNo},
    {AuditAction::kRouteDisabled, "route.disabled", kYes},
    {AuditAction::kRouteEnabled, "route.enabled", kNo},
    {AuditAction::kBackupBegun, "backup.begun", kNo},
    {AuditAction::kBackupCreated, "backup.created", kYes},
    {AuditAction::kBackupFailed, "backup.failed", kYes},
    {AuditAction::kBackupVerified, "backup.verified", kNo},
    {AuditAction::kBackupDeleted, "backup.deleted", kNo},
    {AuditAction::kBackupExpired, "backup.expired", kYes},
    {AuditAction::kBackupRemoved, "backup.removed", kYes},
    {AuditAction::kCustodyCreated, "custody.created", kNo},
    {AuditAction::kCustodyProposed, "custody.proposed", kNo},
    {AuditAction::kCustodyWithdrawn, "custody.withdrawn", kYes},
    {AuditAction::kCustodyReplaced, "custody.replaced", kNo},
    {AuditAction::kCustodyAcknowledged, "custody.acknowledged", kNo},
    {AuditAction::kCustodyEnvelopeGiven, "custody.envelope_given", kNo},
    {AuditAction::kShareTaken, "custody.share_taken", kYes},
    {AuditAction::kShareRefused, "custody.share_refused", kYes},
    {AuditAction::kVaultUnsealed, "vault.unsealed", kYes},
    {AuditAction::kVaultSealed, "vault.sealed", kYes},
    {AuditAction::kChangeProposed, "change.proposed", kYes},
    {AuditAction::kChangeApproved, "change.approved", kYes},
    {AuditAction::kChangeRejected, "change.rejected", kYes},
    {AuditAction::kChangeExpired, "change.expired", kYes},
    {AuditAction::kChangeEnded, "change.ended", kYes},
    {AuditAction::kChangeInterrupted, "change.interrupted", kYes},
    {AuditAction::kChangesForgotten, "change.forgotten", kYes},
    {AuditAction::kConfigApproved, "config.approved", kYes},
    {AuditAction::kConfigUnapproved, "config.unapproved", kYes},
    {AuditAction::kStartMeasured, "start.measured", kYes},
    {AuditAction::kCheckpointsFailed, "checkpoints.failed", kYes},
    {AuditAction::kCheckpointsResumed, "checkpoints.resumed", kYes},
    {AuditAction::kAuditExported, "audit.exported", kYes},
    {AuditAction::kAuditProved, "audit.proved", kYes},
    {AuditAction::kLogRetired, "log.retired", kNo},
};

constexpr size_t kNumberCount = 128;  // above the highest number

// By the action's number; of numbers that are no action, null.
constexpr std::array<const Line*, kNumberCount> kByNumber = [] {
  std::array<const Line*, kNumberCount> lines = {};
  for (const Line& line : kCatalogue) lines[static_cast<size_t>(line.action)] = &line;
  return lines;
}();

const Line* LineOf(AuditAction action) {
  const auto number = static_cast<size_t>(action);
  return number < kByNumber.size() ? kByNumber[number] : nullptr;
}

}  // namespace

absl::string_view ActionName(AuditAction action) {
  const Line* const line = LineOf(action);
  return line == nullptr ? "" : line->name;
}

bool IsWrittenInNeed(AuditAction action) {
  const Line* const line = LineOf(action);
  return line != nullptr && line->is_written_in_need;
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
