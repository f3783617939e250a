#ifndef CARDVAULT_TOKENIZER_CARD_VIEW_H_
#define CARDVAULT_TOKENIZER_CARD_VIEW_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "base/id.h"
#include "card/card_profile.h"
#include "card/token.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "keys/keyring.h"
#include "tokenizer/token_view.h"
#include "vault/records/card_store.h"

namespace cardvault {

// What a merchant sees of a live record. Thread-safe.
TokenView ViewOf(const Token& token, const storage::v1::CardRecord& record,
                 const CardProfile& profile, uint64_t revision);

// The same, opening the profile. DATA_LOSS when it does not open.
absl::StatusOr<TokenView> OpenView(const Keyring& keyring, const MerchantId& merchant,
                                   const Token& token, const StoredCard& card);

// Puts labels into a record, sorted by key.
void PutLabels(Labels labels, storage::v1::CardRecord& record);

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_CARD_VIEW_H_
