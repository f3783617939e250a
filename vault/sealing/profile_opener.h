#ifndef CARDVAULT_VAULT_SEALING_PROFILE_OPENER_H_
#define CARDVAULT_VAULT_SEALING_PROFILE_OPENER_H_

#include "absl/status/statusor.h"
#include "base/id.h"
#include "card/card_profile.h"
#include "card/token.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "keys/keyring.h"

namespace cardvault {

// CardSealer::OpenProfile alone, for rooms that need to know whether a card has expired and must
// not be able to open its number. Thread-safe.
absl::StatusOr<CardProfile> OpenCardProfile(const Keyring& keyring, const MerchantId& merchant,
                                            const Token& token,
                                            const storage::v1::CardRecord& record);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_SEALING_PROFILE_OPENER_H_
