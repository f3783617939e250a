#ifndef CARDVAULT_VAULT_RECORDS_CARD_USE_H_
#define CARDVAULT_VAULT_RECORDS_CARD_USE_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "card/token.h"
#include "vault/commit/write_set.h"
#include "vault/records/card_store.h"

namespace cardvault {

// FAILED_PRECONDITION (TOKEN_DISABLED, TOKEN_USED) when a card may not be charged;
// NOT_FOUND (TOKEN_NOT_FOUND) when its retention has passed.
absl::Status CheckChargeable(const StoredCard& card, absl::Time now);

// Makes `set` depend on the card being as it was read, so that a card disabled, deleted or
// replaced meanwhile is not charged; a single-use card becomes USED in the same commit. On
// kConditionFailed read the card again.
void AppendUse(const Token& token, const StoredCard& card, absl::Time now, WriteSet& set);

// Makes `set` depend on the card being as it was read, without using it.
void AppendUnchanged(const Token& token, const StoredCard& card, WriteSet& set);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_CARD_USE_H_
