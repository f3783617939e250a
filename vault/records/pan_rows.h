#ifndef CARDVAULT_VAULT_RECORDS_PAN_ROWS_H_
#define CARDVAULT_VAULT_RECORDS_PAN_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/id.h"
#include "card/token.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"
#include "vault/live_row_keys.h"
#include "vault/records/card_store.h"
#include "vault/records/reuse.h"

namespace cardvault {

// The key of a row in table fingerprints: version of the MAC key (4 bytes), MAC (32 bytes).
std::string FingerprintRowKey(uint32_t key_version, absl::string_view mac);

// What the store has of one merchant's PAN.
struct PanEntry {
  std::string row_key;                             // where its row is, or will be
  std::optional<storage::v1::FingerprintRow> row;  // nullopt: first seen now
  uint64_t revision = 0;                           // of the row
  std::string fingerprint;                         // its id; a new one when first seen
};

struct FoundCard {
  Token token;
  StoredCard stored;
};

// The place that names the token which a reuse answers.
struct ReuseSlot {
  Reuse reuse = Reuse::kNone;
  // CUSTOMER: in table token_index, under each live version of the row-index key, the active one
  // first; at most one of them is there.
  struct Place {
    std::string row_key;
    std::optional<uint64_t> revision;  // nullopt: there is no row
  };
  std::vector<Place> places;
  std::optional<FoundCard> card;  // the live card named there; nullopt: the slot is free
};

// Keeps the rows that tie a merchant's tokens of one PAN together: the fingerprint row and its
// pointer, the listing by fingerprint, the reuse slots. The fingerprint row stays while a token of
// the PAN lives, and it is written
//   - by every set that takes a token of the PAN away, and
//   - by every set that adds one while fewer than two are there,
// so that the set which takes the last one away, and the row with it, can never pass beside one
// that adds another; while two and more are there, adding does not contend. The row is read before
// the tokens are counted, and each set names it in a precondition. CardRows names the
// version of the row-index key that these sets are made under. Thread-safe.
class PanRows final {
 public:
  // Both must outlive this.
  PanRows(const Engine& engine, const LiveRowKeys& keys, VaultMode mode)
      : engine_(engine), keys_(keys), mode_(mode) {}

  // Looks a PAN up. `row_keys` has one key for each live version of the MAC key, the active one
  // first; all are named in `set`'s preconditions, so a re-keyed row is met in the next try.
  absl::StatusOr<PanEntry> Find(absl::Span<const std::string> row_keys, WriteSet& set) const;

  // The slot of `reuse` for this PAN, and the live card in it. Without a customer, Reuse CUSTOMER
  // has no slot.
  absl::StatusOr<ReuseSlot> FindSlot(const PanEntry& entry, const MerchantId& merchant, Reuse reuse,
                                     const std::optional<CustomerId>& customer,
                                     absl::Time now) const;

  // Adds a token to a PAN; it takes the slot when that is free. `record` is what is put for the
  // token, and names the entry's fingerprint.
  absl::Status Join(const Token& token, const storage::v1::CardRecord& record,
                    const PanEntry& entry, const ReuseSlot& slot, WriteSet& set) const;

  // Takes a token away from the PAN that its record stands for. DATA_LOSS when rows are missing;
  // ABORTED (IN_PROGRESS) when they are because another call changed the card meanwhile: read it
  // again.
  absl::Status Leave(const Token& token, const StoredCard& card, WriteSet& set) const;

 private:
  absl::StatusOr<std::optional<FoundCard>> FindLive(const MerchantId& merchant,
                                                    absl::string_view token_bytes,
                                                    absl::Time now) const;
  struct LocatedRow {
    std::string key;
    storage::v1::FingerprintRow row;
    uint64_t revision = 0;
  };
  absl::StatusOr<LocatedRow> Locate(const MerchantId& merchant, const Token& token,
                                    const StoredCard& card) const;
  absl::Status CheckUnchanged(Table table, absl::string_view key, uint64_t revision) const;
  absl::Status LeaveCustomerSlot(const MerchantId& merchant, const Token& token,
                                 const storage::v1::CardRecord& record, WriteSet& set) const;

  const Engine& engine_;
  const LiveRowKeys& keys_;
  const VaultMode mode_;
};

// Merchant and customer of a record, as checked ids. DATA_LOSS when they are none.
absl::StatusOr<MerchantId> MerchantOf(const storage::v1::CardRecord& record);
absl::StatusOr<std::optional<CustomerId>> CustomerOf(const storage::v1::CardRecord& record);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_PAN_ROWS_H_
