#ifndef CARDVAULT_KEYS_PROCESS_KEY_H_
#define CARDVAULT_KEYS_PROCESS_KEY_H_

#include <memory>

#include "absl/status/statusor.h"
#include "keys/aead_key.h"

namespace cardvault {

// A key that is born with the process and dies with it: what it seals can never be opened again
// after a restart. For what must not outlive the process, such as the CVV escrow. It is in no
// keyring and no inventory; its version is 0. After kHardMaxUses seals it gives KEY_LIMIT.
// RESOURCE_EXHAUSTED (LIMIT) when the key heap is full or cannot be locked.
absl::StatusOr<std::shared_ptr<const AeadKey>> NewProcessKey();

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PROCESS_KEY_H_
