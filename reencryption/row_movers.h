#ifndef CARDVAULT_REENCRYPTION_ROW_MOVERS_H_
#define CARDVAULT_REENCRYPTION_ROW_MOVERS_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "card/vault_mode.h"
#include "keys/key_purpose.h"
#include "reencryption/row_mover.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What moves all that rests under a purpose's key: one for each range of rows, always in the same
// order, because a stored job names one by its place. UNIMPLEMENTED (NOT_OFFERED) for a purpose of
// which nothing can be moved. `engine` must outlive them.
absl::StatusOr<std::vector<std::unique_ptr<const RowMover>>> MakeRowMovers(KeyPurpose purpose,
                                                                           const Engine& engine,
                                                                           VaultMode mode);

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_ROW_MOVERS_H_
