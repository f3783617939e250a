#include "vault/sealing/profile_opener.h"

#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault {

absl::StatusOr<CardProfile> OpenCardProfile(const Keyring& keyring, const MerchantId& merchant,
                                            const Token& token,
                                            const storage::v1::CardRecord& record) {
  return CardSealer::OpenProfile(keyring, merchant, token, SealedProfileOf(record));
}

}  // namespace cardvault
