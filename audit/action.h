#ifndef CARDVAULT_AUDIT_ACTION_H_
#define CARDVAULT_AUDIT_ACTION_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace cardvault {

// What an audit entry is about. The numbers are stored and never reused; the names are the
// catalogue's (docs/formats/audit_log.md).
enum class AuditAction : uint16_t {
  kLogStarted = 1,    // log.started: the process began to serve
  kLogStopped = 2,    // log.stopped: an orderly end
  kVaultCreated = 3,  // vault.created
  kClockStepped = 4,  // clock.stepped: the wall clock jumped; object says by how many seconds
  // log.restored: a log begins after a restore; object is a RestoredLog (audit/restored_log.h)
  kLogRestored = 5,
  kStoreAdmitted = 6,  // store.admitted: object says what it may lack and until when it looks it up
  kKekLeftUnused = 7,  // kek.left_unused: one was made, wraps nothing, and is not deleted
  kKekDestructionBegun = 8,  // kek.destruction_begun: its bytes are deleted from now on
  kKekDestroyed = 9,         // kek.destroyed: one that wraps no more
  kKeyringChanged = 10,      // keyring.changed: object is the new revision
  kKeyringAttested = 11,     // keyring.attested: object is the revision in force; every 65,536th
  kKeyActivated = 12,        // key.activated: this version of the purpose encrypts from now on
  kKeyCompromised = 13,      // key.compromised: this version opens only, until it is destroyed
  kKeyDestroyed = 14,        // key.destroyed: with what proves that nothing needed it
  kKekRotated = 15,          // kek.rotated: the keyring is wrapped by this KEK from now on
  kKeyReencrypted = 16,  // key.reencrypted: count rows were opened, and sealed under this version
  kReencryptionStarted = 17,      // key.reencryption_started: begins, or goes on after a pause
  kReencryptionPaused = 18,       // key.reencryption_paused
  kReencryptionEnded = 19,        // key.reencryption_ended
  kTokenCreated = 20,             // token.created
  kTokenMatched = 21,             // token.matched: an earlier token was answered
  kTokenExpiryUpdated = 22,       // token.expiry_updated
  kTokenUpdated = 23,             // token.updated
  kTokenPanReplaced = 24,         // token.pan_replaced
  kTokenDisabled = 25,            // token.disabled
  kTokenEnabled = 26,             // token.enabled
  kTokenDeleted = 27,             // token.deleted: by its merchant
  kTokenExpired = 28,             // token.expired: by retention
  kTokenRefused = 29,             // token.refused: a token call that was refused
  kCvvDeposited = 30,             // cvv.deposited
  kRecordCorrupt = 31,            // record.corrupt: a stored record failed to open
  kIdempotencyExpired = 32,       // idempotency.expired: a day's records swept; count says how many
  kTokenizeRefused = 33,          // tokenize.refused
  kTokenRead = 36,                // token.read: what is known of a card was shown
  kPaymentIntended = 40,          // payment.intended: the card is opened for this payment
  kPaymentOutcome = 41,           // payment.outcome
  kPaymentRefused = 42,           // payment.refused: before anything was committed
  kNotificationAccepted = 43,     // notification.accepted
  kNotificationRepeated = 44,     // notification.repeated: it changed nothing
  kNotificationRefused = 45,      // notification.refused: not believed, and it changed nothing
  kPaymentResolved = 46,          // payment.resolved: ended, or looked at, by a person
  kNotificationUnconfirmed = 47,  // notification.unconfirmed: a hint that could not be verified
  kPaymentRead = 48,              // payment.read: a payment was shown
  // payment.found_upstream: the upstream has it and a ledger that was restored had not
  kPaymentFoundUpstream = 49,
  kCallRefused = 50,        // call.refused: identity, role, rate or message size
  kRouteApplied = 60,       // route.applied
  kCredentialSet = 61,      // credential.set
  kRolesApplied = 62,       // roles.applied
  kAdminRead = 63,          // admin.read: status, keys, routes, roles; the object says which
  kAdminRefused = 64,       // admin.refused
  kCredentialRotated = 65,  // credential.rotated: a new version signs, the earlier one is kept
  kCredentialRetired = 66,  // credential.retired: the earlier version is gone
  kRouteDisabled = 67,      // route.disabled
  kRouteEnabled = 68,       // route.enabled
  // Of backups; the object is the backup's id:
  kBackupBegun = 70,      // backup.begun: one is listed, and made from now on
  kBackupCreated = 71,    // backup.created: it is whole
  kBackupFailed = 72,     // backup.failed: it came to nothing, and its files are gone
  kBackupVerified = 73,   // backup.verified: every file was read; failed: one is not as it was made
  kBackupDeleted = 74,    // backup.deleted: by an operator; its files are deleted from now on
  kBackupExpired = 75,    // backup.expired: for its age, or for newer ones; as backup.deleted
  kBackupRemoved = 76,    // backup.removed: its files are gone
  kCustodyCreated = 80,   // custody.created: a vault's first KEK was split among custodians
  kCustodyProposed = 81,  // custody.proposed: a new KEK was split, and is not in force
  kCustodyWithdrawn = 82,      // custody.withdrawn: what was proposed is dropped
  kCustodyReplaced = 83,       // custody.replaced: the keyring is wrapped by another KEK
  kCustodyAcknowledged = 84,   // custody.acknowledged: by a custodian, who holds his share
  kCustodyEnvelopeGiven = 85,  // custody.envelope_given: a custodian got his sealed share
  kShareTaken = 86,            // custody.share_taken
  kShareRefused = 87,          // custody.share_refused: the reason says why
  kVaultUnsealed = 88,         // vault.unsealed
  kVaultSealed = 89,           // vault.sealed
  // Of changes under four eyes:
  kChangeProposed = 90,  // change.proposed
  kChangeApproved = 91,  // change.approved: in the commit of its effect, or of its first step
  kChangeRejected = 92,  // change.rejected: by a person; the proposer withdraws his own so
  kChangeExpired = 93,   // change.expired: nobody approved it in time
  kChangeEnded = 94,     // change.ended: the effect of an approved one that takes several commits
  kChangeInterrupted = 95,  // change.interrupted: the process ended between approval and end
  kChangesForgotten = 96,   // change.forgotten: ended ones left the list; count says how many
  kConfigApproved = 97,     // config.approved: digests of the configuration and its trust anchors
  kConfigUnapproved = 98,   // config.unapproved: they are not the approved ones; object: which file
  kStartMeasured = 99,      // start.measured: SHA-256 of what runs from now on; behind log.started
  // Of the log itself:
  kCheckpointsFailed = 100,   // checkpoints.failed: a sink takes none; object is the sink
  kCheckpointsResumed = 101,  // checkpoints.resumed: it does again
  kAuditExported = 102,       // audit.exported: entries were handed out; object says which
  kAuditProved = 103,         // audit.proved: a proof was handed out; object says of what
  // log.retired: old entries were dropped; object is a RetiredLog (audit/retired_log.h)
  kLogRetired = 104,
};

// "" for a number that is no action.
absl::string_view ActionName(AuditAction action);

inline absl::string_view SafeForLog(const AuditAction& action) { return ActionName(action); }

// Whether an entry about this is written also while ordinary ones are not, because the volume is
// nearly full or a required sink takes no checkpoint: refusals, what has happened outside whether
// it is written down or not, what makes things safer, and what is needed to mend it. No card is
// opened and none is stored by any of them.
bool IsWrittenInNeed(AuditAction action);

enum class AuditOutcome : uint8_t { kSuccess = 1, kRefused = 2, kFailed = 3 };

// "success", "refused", "failed"; "" for a number that is no outcome.
absl::string_view OutcomeName(AuditOutcome outcome);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_ACTION_H_
