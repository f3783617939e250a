#ifndef CARDVAULT_TOKENIZER_OWN_CARD_H_
#define CARDVAULT_TOKENIZER_OWN_CARD_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "card/token.h"
#include "vault/records/card_store.h"
#include "vault/records/card_tables.h"

namespace cardvault {

// The merchant's own live card, or NOT_FOUND (TOKEN_NOT_FOUND): one answer for forged, foreign,
// unknown and deleted tokens, and for those whose retention has passed. The MAC is checked before
// the store is read. DATA_LOSS for a record that does not parse. Thread-safe.
absl::StatusOr<StoredCard> FindOwnCard(const CardTables& tables, const MerchantId& merchant,
                                       const Token& token, absl::Time now);

// The same, but the merchant's own deleted token is answered as its tombstone, and one whose
// retention has passed as it still stands.
absl::StatusOr<StoredCard> FindOwnCardOrTombstone(const CardTables& tables,
                                                  const MerchantId& merchant, const Token& token);

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_OWN_CARD_H_
