#ifndef CARDVAULT_VAULT_RECORDS_FINGERPRINT_MOVE_H_
#define CARDVAULT_VAULT_RECORDS_FINGERPRINT_MOVE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "card/token.h"
#include "card/vault_mode.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"
#include "vault/records/card_store.h"

namespace cardvault {

// The pointer rows of table token_index: one for each row of table fingerprints.
inline constexpr absl::string_view kFirstPointerKey = "p";
inline constexpr absl::string_view kPointerEndKey = "q";

// The version of the fingerprint key that a pointer row, or the key of a row in table fingerprints,
// speaks of. DATA_LOSS when it cannot be one.
absl::StatusOr<uint32_t> FingerprintKeyVersion(absl::string_view row_key);
absl::StatusOr<uint32_t> PointerKeyVersion(const KeyedRow& pointer);

// A fingerprint row on its way to the key that another version of the fingerprint key gives it: the
// row goes with its content, the id that merchants see and the token of its reuse slot, and the
// pointer leads there from the same commit on. Whoever looks the card up, adds or takes away a
// token of it meanwhile meets one of the two in his preconditions. Thread-compatible.
class FingerprintMove final {
 public:
  // So many tokens of a card are tried for its PAN when the first ones do not open.
  static constexpr size_t kMaxCards = 8;

  struct Card {
    Token token;
    StoredCard stored;
  };

  // Reads what a pointer row leads to. DATA_LOSS when that is missing or does not parse; ABORTED
  // (IN_PROGRESS) when it is because another call changes the card right now.
  static absl::StatusOr<FingerprintMove> Read(const Engine& engine, VaultMode mode,
                                              const KeyedRow& pointer);

  // Where the row stands now.
  const std::string& row_key() const { return row_key_; }
  // Live cards of the fingerprint, up to kMaxCards; each has the PAN that the row is of.
  const std::vector<Card>& cards() const { return cards_; }

  // IN_PROGRESS when the pointer is no longer as it was read; `otherwise` when it is.
  absl::Status CheckUnchanged(const Engine& engine, absl::Status otherwise) const;

  // Puts the move into `set`, with the conditions under which it holds. Errors: as Read, DATA_LOSS
  // also when the card has a row there already.
  absl::Status AppendTo(const Engine& engine, const std::string& new_row_key, WriteSet& set) const;

 private:
  explicit FingerprintMove(const KeyedRow& pointer) : pointer_(pointer) {}
  absl::Status ReadCards(const Engine& engine, VaultMode mode);

  KeyedRow pointer_;
  std::string row_key_;
  Row row_;
  std::string fingerprint_;
  std::vector<Card> cards_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_FINGERPRINT_MOVE_H_
