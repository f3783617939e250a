#ifndef CARDVAULT_SERVER_ROLE_H_
#define CARDVAULT_SERVER_ROLE_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace cardvault {

// What an identity may do. Merchants' roles first, then the people's.
enum class Role {
  kIngest,  // every RPC with a PAN or CVV field, and no other
  kTokens,
  kPayIn,
  kPayOut,
  kRefund,
  kOperator,
  kCustodian,
  kAuditor,
};

absl::string_view RoleName(Role role);  // "pay-in"
std::optional<Role> RoleFromName(absl::string_view name);
bool IsMerchantRole(Role role);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_ROLE_H_
