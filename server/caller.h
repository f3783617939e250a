#ifndef CARDVAULT_SERVER_CALLER_H_
#define CARDVAULT_SERVER_CALLER_H_

#include "audit/audit_leaf.h"
#include "server/identity.h"
#include "server/role.h"
#include "vault/call_context.h"

namespace cardvault {

// Who makes a call, once it is known that he may.
struct Caller {
  Identity identity;
  Role role;
  AuditOrigin origin;

  // For a merchant's call.
  CallContext context() const { return CallContext{*identity.merchant, origin}; }
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CALLER_H_
