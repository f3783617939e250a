#ifndef CARDVAULT_VAULT_CALL_CONTEXT_H_
#define CARDVAULT_VAULT_CALL_CONTEXT_H_

#include "audit/audit_leaf.h"
#include "base/id.h"

namespace cardvault {

// For whom a call is made and what its audit entries say of its origin. Both come from the
// transport's certificate, never from the request.
struct CallContext {
  MerchantId merchant;
  AuditOrigin origin;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CALL_CONTEXT_H_
