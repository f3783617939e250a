#ifndef CARDVAULT_VAULT_CHECKPOINT_STORE_VERIFIER_H_
#define CARDVAULT_VAULT_CHECKPOINT_STORE_VERIFIER_H_

#include "audit/verifier/verdict.h"
#include "vault/checkpoint/store_check.h"

namespace cardvault {

// CheckStoredLog of the data directory `request.store`, as its files are now: a server may be
// running on it, and nothing is written there. kUnreadable when there is no vault of this format,
// or it cannot be read; kDamaged when a file is missing or is not as it was written. Thread-safe.
Verdict VerifyStore(const StoreRequest& request);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CHECKPOINT_STORE_VERIFIER_H_
