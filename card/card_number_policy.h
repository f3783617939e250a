#ifndef CARDVAULT_CARD_CARD_NUMBER_POLICY_H_
#define CARDVAULT_CARD_CARD_NUMBER_POLICY_H_

#include "absl/status/status.h"
#include "card/pan.h"
#include "card/vault_mode.h"  // IWYU pragma: export

namespace cardvault {

// Sandbox takes the published test numbers (test_pans.h) and 16-digit numbers under 999999;
// production refuses the 999999 range (P3). INVALID_ARGUMENT (PAN_INVALID, field "card.number").
// Thread-safe.
absl::Status CheckAllowed(const Pan& pan, VaultMode mode);

}  // namespace cardvault

#endif  // CARDVAULT_CARD_CARD_NUMBER_POLICY_H_
