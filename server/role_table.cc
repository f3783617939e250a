#include "server/role_table.h"

#include "base/check.h"

namespace cardvault {
namespace {

// A card with 16 labels of the largest size is about 5 KiB; a payment's texts and URLs about the
// same.
constexpr size_t kMerchantRequest = 64 * 1024;
// A body of 256 KiB, and its headers.
constexpr size_t kNotificationRequest = 384 * 1024;
// A hundred rows of an import with 16 labels of the largest size each.
constexpr size_t kImportMessage = 512 * 1024;
// A role map is at most 256 KiB, a route document 64 KiB.
constexpr size_t kAdminRequest = 300 * 1024;
// A share has 33 bytes and a name beside it.
constexpr size_t kShareRequest = 1024;

// What tells of itself in the audit log is not served where that may not be written to.
constexpr Restrictions kButNotAdmitted = Restrictions::All() - Restriction::kNotAdmitted;
// A store is admitted with its keys.
constexpr Restrictions kShareWanted =
    Restrictions(Restriction::kSealed) | Restriction::kNotAdmitted;

}  // namespace

absl::Span<const MethodRule> RoleTable() {
  static const auto& table = *new std::vector<MethodRule>{
      // clang-format off
      {"/cardvault.v1.TokenService/Tokenize", Port::kMerchant, {Role::kIngest}, AuditAction::kTokenizeRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.TokenService/ImportCards", Port::kMerchant, {Role::kIngest}, AuditAction::kTokenizeRefused, kImportMessage, Act::kMerchant},
      {"/cardvault.v1.TokenService/ReplacePan", Port::kMerchant, {Role::kIngest}, AuditAction::kTokenRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.TokenService/ProvideCvv", Port::kMerchant, {Role::kIngest}, AuditAction::kTokenRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.TokenService/GetToken", Port::kMerchant, {Role::kTokens}, AuditAction::kTokenRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.TokenService/ListTokens", Port::kMerchant, {Role::kTokens}, AuditAction::kTokenRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.TokenService/UpdateCard", Port::kMerchant, {Role::kTokens}, AuditAction::kTokenRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.TokenService/DisableToken", Port::kMerchant, {Role::kTokens}, AuditAction::kTokenRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.TokenService/EnableToken", Port::kMerchant, {Role::kTokens}, AuditAction::kTokenRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.TokenService/DeleteToken", Port::kMerchant, {Role::kTokens}, AuditAction::kTokenRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.PaymentService/PayIn", Port::kMerchant, {Role::kPayIn}, AuditAction::kPaymentRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.PaymentService/PayOut", Port::kMerchant, {Role::kPayOut}, AuditAction::kPaymentRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.PaymentService/Refund", Port::kMerchant, {Role::kRefund}, AuditAction::kPaymentRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.PaymentService/GetPayment", Port::kMerchant, {Role::kPayIn, Role::kPayOut, Role::kRefund}, AuditAction::kPaymentRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.PaymentService/ListPayments", Port::kMerchant, {Role::kPayIn, Role::kPayOut, Role::kRefund}, AuditAction::kPaymentRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.v1.PaymentService/VerifyNotification", Port::kMerchant, {Role::kPayIn, Role::kPayOut, Role::kRefund}, AuditAction::kPaymentRefused, kNotificationRequest, Act::kMerchant},
      {"/cardvault.v1.PaymentService/DryRun", Port::kMerchant, {Role::kPayIn, Role::kPayOut, Role::kRefund}, AuditAction::kPaymentRefused, kMerchantRequest, Act::kMerchant},
      {"/cardvault.admin.v1.SystemService/ListOpenPayments", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead},
      {"/cardvault.admin.v1.SystemService/ResolvePayment", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.SystemService/GetStatus", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, Restrictions::All()},
      {"/cardvault.admin.v1.SystemService/ApplyRoute", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.SystemService/ListRoutes", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead},
      {"/cardvault.admin.v1.SystemService/GetRoute", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead},
      {"/cardvault.admin.v1.SystemService/DisableRoute", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kSafer},
      {"/cardvault.admin.v1.SystemService/EnableRoute", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.SystemService/SetRouteCredential", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.SystemService/RotateRouteCredential", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.SystemService/RetireRouteCredential", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.SystemService/ApplyRoles", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.SystemService/ListRoles", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead},
      {"/cardvault.admin.v1.SystemService/PurgeMerchant", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.SystemService/WatchMerchantPurge", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead},
      {"/cardvault.admin.v1.KeyService/GetKeyStatus", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, Restrictions::All()},
      {"/cardvault.admin.v1.KeyService/ListKeys", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead},
      {"/cardvault.admin.v1.KeyService/RotateKey", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kAlone},
      {"/cardvault.admin.v1.KeyService/RotateKek", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.KeyService/MarkKeyCompromised", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kSafer},
      {"/cardvault.admin.v1.KeyService/DestroyKey", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.KeyService/DestroyKek", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.KeyService/StartReencryption", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kAlone},
      {"/cardvault.admin.v1.KeyService/PauseReencryption", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kAlone},
      {"/cardvault.admin.v1.KeyService/ResumeReencryption", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kAlone},
      {"/cardvault.admin.v1.KeyService/WatchReencryption", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead},
      {"/cardvault.admin.v1.ChangeService/Propose", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kAlone, Restrictions::All()},
      {"/cardvault.admin.v1.ChangeService/ListChanges", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, Restrictions::All()},
      {"/cardvault.admin.v1.ChangeService/GetChange", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, Restrictions::All()},
      {"/cardvault.admin.v1.ChangeService/ApproveChange", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kApprove, Restrictions::All()},
      {"/cardvault.admin.v1.ChangeService/RejectChange", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kSafer, Restrictions::All()},
      {"/cardvault.admin.v1.ChangeService/GetConfiguration", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, Restrictions::All()},
      {"/cardvault.admin.v1.StoreService/GetStore", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, Restrictions::All()},
      {"/cardvault.admin.v1.StoreService/ChangeLookUp", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.StoreService/AdmitStore", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes, Restrictions::All()},
      {"/cardvault.admin.v1.CustodyService/GetCustodyStatus", Port::kAdmin, {Role::kOperator, Role::kAuditor, Role::kCustodian}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, Restrictions::All()},
      {"/cardvault.admin.v1.CustodyService/SubmitShare", Port::kAdmin, {Role::kCustodian}, AuditAction::kShareRefused, kShareRequest, Act::kAlone, kShareWanted},
      {"/cardvault.admin.v1.CustodyService/Seal", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kSafer, Restrictions::All()},
      {"/cardvault.admin.v1.CustodyService/AcknowledgeDuties", Port::kAdmin, {Role::kCustodian}, AuditAction::kShareRefused, kShareRequest, Act::kAlone, Restriction::kSealed},
      {"/cardvault.admin.v1.CustodyService/GetEnvelope", Port::kAdmin, {Role::kCustodian}, AuditAction::kAdminRefused, kShareRequest, Act::kRead},
      {"/cardvault.admin.v1.CustodyService/ProposeCustody", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kAlone},
      {"/cardvault.admin.v1.CustodyService/ActivateCustody", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.CustodyService/WithdrawCustody", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kSafer},
      {"/cardvault.admin.v1.AuditService/Export", Port::kAdmin, {Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, kButNotAdmitted},
      {"/cardvault.admin.v1.AuditService/WatchEntries", Port::kAdmin, {Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, kButNotAdmitted},
      {"/cardvault.admin.v1.AuditService/GetCheckpoint", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, Restrictions::All()},
      {"/cardvault.admin.v1.AuditService/ProveInclusion", Port::kAdmin, {Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, kButNotAdmitted},
      {"/cardvault.admin.v1.AuditService/ProveConsistency", Port::kAdmin, {Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead, kButNotAdmitted},
      {"/cardvault.admin.v1.AuditService/ListCheckpointKeys", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead},
      {"/cardvault.admin.v1.BackupService/CreateBackup", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.BackupService/ListBackups", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead},
      {"/cardvault.admin.v1.BackupService/VerifyBackup", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kAlone},
      {"/cardvault.admin.v1.BackupService/DeleteBackup", Port::kAdmin, {Role::kOperator}, AuditAction::kAdminRefused, kAdminRequest, Act::kFourEyes},
      {"/cardvault.admin.v1.BackupService/WatchBackup", Port::kAdmin, {Role::kOperator, Role::kAuditor}, AuditAction::kAdminRefused, kAdminRequest, Act::kRead},
      // clang-format on
  };
  return table;
}

const MethodRule& RuleOf(absl::string_view method) {
  for (const MethodRule& rule : RoleTable()) {
    if (rule.method == method) return rule;
  }
  CV_CHECK(false);
}

}  // namespace cardvault
