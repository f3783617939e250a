#ifndef CARDVAULT_CARD_VAULT_MODE_H_
#define CARDVAULT_CARD_VAULT_MODE_H_

namespace cardvault {

// A vault is one or the other for its whole life. The number is stored.
enum class VaultMode { kSandbox = 1, kProduction = 2 };

}  // namespace cardvault

#endif  // CARDVAULT_CARD_VAULT_MODE_H_
