#ifndef CARDVAULT_TOKENIZER_TOKEN_MINTER_H_
#define CARDVAULT_TOKENIZER_TOKEN_MINTER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/id.h"
#include "card/token.h"
#include "keys/keyring.h"

namespace cardvault {

// Makes tokens and tells one's own from forged and foreign ones before a record is read: a guess
// passes with a chance of one in 2^32 and then meets 2^128 possible records (T3). Thread-safe.
class TokenMinter final {
 public:
  // A new token of the merchant: 16 random bytes and their MAC under the active token-MAC key.
  // Never holds a run of 12 or more digits, which a detector could take for a card number (T2).
  // FAILED_PRECONDITION (VAULT_SEALED); INTERNAL when the key's version does not fit in its byte.
  static absl::StatusOr<Token> Mint(const Keyring& keyring, const MerchantId& merchant,
                                    VaultMode mode);

  // NOT_FOUND (TOKEN_NOT_FOUND), one and the same answer, for another mode's token, an unknown or
  // destroyed key version, and a MAC that is not this merchant's. Compares in constant time.
  static absl::Status Verify(const Keyring& keyring, const MerchantId& merchant, const Token& token,
                             VaultMode mode);
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TOKEN_MINTER_H_
