#include "tests/e2e/event_rows.h"

#include "base/check.h"

namespace cardvault::testing {
namespace {

constexpr EventRow kRows[] = {
    // clang-format off
    {"cardvault.v1.TokenService/Tokenize", "token.created success - {token}", "tokenize.refused refused PAN_INVALID -"},
    {"cardvault.v1.TokenService/ImportCards", "import.started success - imp_*; token.created success - *; import.ended success - imp_* created 1 existing 0 updated 0 refused 0", "tokenize.refused refused FIELD_MISSING -"},
    {"cardvault.v1.TokenService/ReplacePan", "token.pan_replaced success - {token}", "token.refused refused PAN_INVALID {token}"},
    {"cardvault.v1.TokenService/ProvideCvv", "cvv.deposited success - {token}", "token.refused refused CVV_INVALID {token}"},
    {"cardvault.v1.TokenService/GetToken", "", "token.refused refused TOKEN_NOT_FOUND -"},
    {"cardvault.v1.TokenService/ListTokens", "", "token.refused refused FIELD_INVALID -"},
    {"cardvault.v1.TokenService/UpdateCard", "token.updated success - {token}", "token.refused refused REVISION {token}"},
    {"cardvault.v1.TokenService/DisableToken", "token.disabled success - {token}", "token.refused refused TOKEN_NOT_FOUND -"},
    {"cardvault.v1.TokenService/EnableToken", "token.enabled success - {token}", "token.refused refused TOKEN_NOT_FOUND -"},
    {"cardvault.v1.TokenService/DeleteToken", "token.deleted success - {deleted}", "token.refused refused TOKEN_NOT_FOUND -"},
    {"cardvault.v1.PaymentService/PayIn", "payment.intended success - {sale}; payment.outcome success - {sale}", "payment.refused refused ROUTE_UNKNOWN {token}"},
    {"cardvault.v1.PaymentService/PayOut", "payment.intended success - {payout}; payment.outcome success - {payout}", "payment.refused refused ROUTE_UNKNOWN {token}"},
    {"cardvault.v1.PaymentService/Refund", "payment.intended success - {refund}; payment.outcome success - {refund}", "payment.refused refused PAYMENT_NOT_FOUND -"},
    {"cardvault.v1.PaymentService/GetPayment", "", "payment.refused refused PAYMENT_NOT_FOUND -"},
    {"cardvault.v1.PaymentService/ListPayments", "", "payment.refused refused FIELD_INVALID -"},
    {"cardvault.v1.PaymentService/VerifyNotification", "notification.repeated success - {sale}", "payment.refused refused ROUTE_UNKNOWN -"},
    {"cardvault.v1.PaymentService/DryRun", "", "payment.refused refused FIELD_MISSING -"},
    {"cardvault.admin.v1.SystemService/ListOpenPayments", "admin.read success - open payments", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.SystemService/ResolvePayment", "payment.resolved success - {doubtful}; payment.outcome failed - {doubtful}", "admin.refused refused PAYMENT_NOT_FOUND -"},
    {"cardvault.admin.v1.SystemService/GetStatus", "admin.read success - status", ""},
    {"cardvault.admin.v1.SystemService/ApplyRoute", "route.applied success - {route}", "admin.refused refused TEXT_INVALID -"},
    {"cardvault.admin.v1.SystemService/ListRoutes", "admin.read success - routes", ""},
    {"cardvault.admin.v1.SystemService/GetRoute", "admin.read success - route", "admin.refused refused NOT_FOUND -"},
    {"cardvault.admin.v1.SystemService/DisableRoute", "route.disabled success - {route}", "admin.refused refused NOT_FOUND -"},
    {"cardvault.admin.v1.SystemService/EnableRoute", "route.enabled success - {route}", "admin.refused refused NOT_FOUND -"},
    {"cardvault.admin.v1.SystemService/SetRouteCredential", "credential.set success - {route}/api_secret", "admin.refused refused NOT_FOUND -"},
    {"cardvault.admin.v1.SystemService/RotateRouteCredential", "credential.rotated success - {route}/api_secret", "admin.refused refused NOT_FOUND -"},
    {"cardvault.admin.v1.SystemService/RetireRouteCredential", "credential.retired success - {route}/api_secret", "admin.refused refused NOT_FOUND -"},
    {"cardvault.admin.v1.SystemService/ApplyRoles", "roles.applied success - roles", "admin.refused refused TEXT_INVALID -"},
    {"cardvault.admin.v1.SystemService/ListRoles", "admin.read success - roles", ""},
    {"cardvault.admin.v1.SystemService/PurgeMerchant", "merchant.purge_started success - {merchant}", "admin.refused refused NOT_FOUND -"},
    {"cardvault.admin.v1.SystemService/WatchMerchantPurge", "admin.read success - merchant purge", ""},
    {"cardvault.admin.v1.KeyService/GetKeyStatus", "admin.read success - key status", ""},
    {"cardvault.admin.v1.KeyService/ListKeys", "admin.read success - keys", ""},
    {"cardvault.admin.v1.KeyService/RotateKey", "keyring.changed success - #; key.activated success - pan", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.KeyService/RotateKek", "keyring.changed success - #; kek.rotated success - file # kcv *", "admin.refused refused MODE -"},
    {"cardvault.admin.v1.KeyService/MarkKeyCompromised", "keyring.changed success - #; key.compromised success - pan; key.reencryption_started success - pan", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.KeyService/DestroyKey", "admin.read success - key census; keyring.changed success - #; key.destroyed success - pan kcv * scanned # log # backups 0", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.KeyService/DestroyKek", "keyring.changed success - #; kek.destruction_begun success - file # kcv *; keyring.changed success - #; kek.destroyed success - file # kcv *", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.KeyService/StartReencryption", "key.reencryption_started success - pan", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.KeyService/PauseReencryption", "key.reencryption_paused success - pan", "admin.refused refused NOT_FOUND -"},
    {"cardvault.admin.v1.KeyService/ResumeReencryption", "key.reencryption_started success - pan", "admin.refused refused NOT_FOUND -"},
    {"cardvault.admin.v1.KeyService/WatchReencryption", "admin.read success - re-encryption", ""},
    {"cardvault.admin.v1.ChangeService/Propose", "change.proposed success - apply_route", "admin.refused refused FIELD_MISSING -"},
    {"cardvault.admin.v1.ChangeService/ListChanges", "admin.read success - changes", ""},
    {"cardvault.admin.v1.ChangeService/GetChange", "admin.read success - change", "admin.refused refused ID_INVALID -"},
    {"cardvault.admin.v1.ChangeService/ApproveChange", "route.applied success - h2h-eu; change.approved success - apply_route", "admin.refused refused ID_INVALID -"},
    {"cardvault.admin.v1.ChangeService/RejectChange", "change.rejected success - apply_route", "admin.refused refused ID_INVALID -"},
    {"cardvault.admin.v1.ChangeService/GetConfiguration", "admin.read success - configuration", ""},
    {"cardvault.admin.v1.StoreService/GetStore", "admin.read success - store", ""},
    {"cardvault.admin.v1.StoreService/ChangeLookUp", "store.look_up_changed success - until *", "admin.refused refused FIELD_MISSING -"},
    {"cardvault.admin.v1.StoreService/AdmitStore", "log.restored success - log # size # root *; keyring.changed success - #; key.activated success - pan; key.activated success - profile; key.activated success - fingerprint; key.activated success - token-mac; key.activated success - request-digest; key.activated success - cursor; key.activated success - route-credential; key.activated success - row-index; key.activated success - audit-signing; store.admitted success - look-up-until * deletions-missing-from *", "admin.refused refused KEY_STATE -"},
    {"cardvault.admin.v1.CustodyService/GetCustodyStatus", "admin.read success - custody", ""},
    {"cardvault.admin.v1.CustodyService/SubmitShare", "custody.share_taken success - *", "custody.share_refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.CustodyService/Seal", "vault.sealed success - -", ""},
    {"cardvault.admin.v1.CustodyService/AcknowledgeDuties", "custody.acknowledged success - *", "custody.share_refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.CustodyService/GetEnvelope", "custody.envelope_given success - *", "admin.refused refused NOT_FOUND -"},
    {"cardvault.admin.v1.CustodyService/ProposeCustody", "custody.proposed success - *", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.CustodyService/ActivateCustody", "keyring.changed success - #; kek.rotated success - custody # kcv *; custody.replaced success - *", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.CustodyService/WithdrawCustody", "custody.withdrawn success - *", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.AuditService/Export", "audit.exported success - 0..now", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.AuditService/WatchEntries", "audit.exported success - tail #..#", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.AuditService/GetCheckpoint", "admin.read success - checkpoint", ""},
    {"cardvault.admin.v1.AuditService/ProveInclusion", "audit.proved success - inclusion 0 in 1", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.AuditService/ProveConsistency", "audit.proved success - consistency 1 in 2", "admin.refused refused FIELD_INVALID -"},
    {"cardvault.admin.v1.AuditService/ListCheckpointKeys", "admin.read success - checkpoint keys", ""},
    {"cardvault.admin.v1.BackupService/CreateBackup", "backup.begun success - *", "admin.refused refused MODE -"},
    {"cardvault.admin.v1.BackupService/ListBackups", "admin.read success - backups", ""},
    {"cardvault.admin.v1.BackupService/VerifyBackup", "admin.read success - backup", "admin.refused refused ID_INVALID -"},
    {"cardvault.admin.v1.BackupService/DeleteBackup", "backup.deleted success - *", "admin.refused refused ID_INVALID -"},
    {"cardvault.admin.v1.BackupService/WatchBackup", "admin.read success - backup progress", ""},
    // clang-format on
};

}  // namespace

absl::Span<const EventRow> EventRows() { return kRows; }

const EventRow& EventRowOf(const std::string& rpc) {
  for (const EventRow& row : kRows) {
    if (row.rpc == rpc) return row;
  }
  CV_CHECK(false);
}

}  // namespace cardvault::testing
