#ifndef CARDVAULT_REENCRYPTION_ROW_MOVERS_H_
#define CARDVAULT_REENCRYPTION_ROW_MOVERS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "card/vault_mode.h"
#include "keys/key_purpose.h"
#include "reencryption/row_mover.h"
#include "vault/engine/engine.h"

namespace cardvault {

// UNIMPLEMENTED (NOT_OFFERED) for a purpose of which nothing can be moved. `engine` must outlive
// it.
absl::StatusOr<std::unique_ptr<const RowMover>> MakeRowMover(KeyPurpose purpose,
                                                             const Engine& engine, VaultMode mode);

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_ROW_MOVERS_H_
