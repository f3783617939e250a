#include "server/role.h"

#include "base/check.h"

namespace cardvault {
namespace {

constexpr Role kAllRoles[] = {Role::kIngest, Role::kTokens,   Role::kPayIn,     Role::kPayOut,
                              Role::kRefund, Role::kOperator, Role::kCustodian, Role::kAuditor};

}  // namespace

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kIngest:
      return "ingest";
    case Role::kTokens:
      return "tokens";
    case Role::kPayIn:
      return "pay-in";
    case Role::kPayOut:
      return "pay-out";
    case Role::kRefund:
      return "refund";
    case Role::kOperator:
      return "operator";
    case Role::kCustodian:
      return "custodian";
    case Role::kAuditor:
      return "auditor";
  }
  CV_CHECK(false);
}

std::optional<Role> RoleFromName(absl::string_view name) {
  for (Role role : kAllRoles) {
    if (RoleName(role) == name) return role;
  }
  return std::nullopt;
}

bool IsMerchantRole(Role role) {
  return role != Role::kOperator && role != Role::kCustodian && role != Role::kAuditor;
}

}  // namespace cardvault
