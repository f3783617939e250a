#ifndef CARDVAULT_VAULT_SEALING_CARD_SEALER_H_
#define CARDVAULT_VAULT_SEALING_CARD_SEALER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "base/id.h"
#include "card/card_profile.h"
#include "card/pan.h"
#include "card/token.h"
#include "keys/keyring.h"

namespace cardvault {

// One sealed field as it stands in a record.
struct SealedBytes {
  uint32_t key_version = 0;
  std::string sealed;  // nonce (12), ciphertext, tag (16)
};

// The only AES over a PAN. Seals and opens the two fields of a card record. The associated data of
// each names vault, merchant, token, field, key version and format version, length-prefixed
// (docs/formats/card_record.md): bytes moved to another row, field or vault do not open.
// Thread-safe.
class CardSealer final {
 public:
  // Errors: RESOURCE_EXHAUSTED (KEY_LIMIT), INTERNAL (CRYPTO).
  static absl::StatusOr<SealedBytes> SealPan(const Keyring& keyring, const MerchantId& merchant,
                                             const Token& token, const Pan& pan);
  static absl::StatusOr<SealedBytes> SealProfile(const Keyring& keyring, const MerchantId& merchant,
                                                 const Token& token, const CardProfile& profile);

  // Errors: DATA_LOSS for anything that was not sealed for this very field of this very row;
  // FAILED_PRECONDITION (KEY_DESTROYED).
  static absl::StatusOr<Pan> OpenPan(const Keyring& keyring, const MerchantId& merchant,
                                     const Token& token, const SealedBytes& sealed);
  static absl::StatusOr<CardProfile> OpenProfile(const Keyring& keyring, const MerchantId& merchant,
                                                 const Token& token, const SealedBytes& sealed);

  // Opens a field and seals the same bytes under the active version of its key; nobody sees them in
  // between. Errors: as opening and sealing.
  static absl::StatusOr<SealedBytes> ResealPan(const Keyring& keyring, const MerchantId& merchant,
                                               const Token& token, const SealedBytes& sealed);
  static absl::StatusOr<SealedBytes> ResealProfile(const Keyring& keyring,
                                                   const MerchantId& merchant, const Token& token,
                                                   const SealedBytes& sealed);
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_SEALING_CARD_SEALER_H_
