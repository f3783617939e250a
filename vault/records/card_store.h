#ifndef CARDVAULT_VAULT_RECORDS_CARD_STORE_H_
#define CARDVAULT_VAULT_RECORDS_CARD_STORE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "card/token.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/engine/engine.h"

namespace cardvault {

struct StoredCard {
  storage::v1::CardRecord record;
  uint64_t revision = 0;  // of the row: what preconditions name

  // What merchants see and name: it does not move when only the keys of the sealed fields do.
  uint64_t shown_revision() const {
    return record.content_revision() != 0 ? record.content_revision() : revision;
  }
};

// Reads card records. Thread-safe.
class CardStore final {
 public:
  explicit CardStore(const Engine& engine) : engine_(engine) {}  // must outlive the store

  // NOT_FOUND (TOKEN_NOT_FOUND) when the token was never minted, is another merchant's, or is
  // deleted: one answer for all. DATA_LOSS for a record that does not parse or has an unknown
  // format version.
  absl::StatusOr<StoredCard> Find(const MerchantId& merchant, const Token& token) const;

  // The same, but the merchant's own deleted token is answered as its tombstone.
  absl::StatusOr<StoredCard> FindWithTombstone(const MerchantId& merchant,
                                               const Token& token) const;

 private:
  const Engine& engine_;
};

// Whether retention ended before the sweep came by: to callers such a card is deleted already.
bool RetentionPassed(const storage::v1::CardRecord& record, absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_CARD_STORE_H_
