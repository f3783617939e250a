#ifndef CARDVAULT_SERVER_ROLE_TABLE_H_
#define CARDVAULT_SERVER_ROLE_TABLE_H_

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/action.h"
#include "server/role.h"
#include "server/serving_state.h"

namespace cardvault {

// Which port an RPC is served on.
enum class Port { kMerchant, kAdmin };

// What an RPC of the admin port can do, and so how many people it takes in production. The table in
// change_service.proto says the same for people.
enum class Act {
  kMerchant,   // not of the admin port
  kRead,       // changes nothing
  kSafer,      // makes things safer: one person alone
  kAlone,      // can be undone, or has no effect of its own: one person alone
  kFourEyes,   // in production by an approved change alone
  kApprove,    // the second person's own part
};

// One line of the role table.
struct MethodRule {
  const char* method;  // "/cardvault.v1.TokenService/Tokenize"
  Port port;
  std::vector<Role> roles;   // any of them may call
  AuditAction refusal;       // what a refused call is logged as
  size_t max_request_bytes;  // above: RESOURCE_EXHAUSTED
  Act act;
  // The call is served although these restrict the server.
  Restrictions served_under = {};
};

// Every RPC of cardvault, one line each. Thread-safe.
absl::Span<const MethodRule> RoleTable();

// The line of an RPC; the process ends when there is none, because an RPC without a rule must not
// be served.
const MethodRule& RuleOf(absl::string_view method);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_ROLE_TABLE_H_
