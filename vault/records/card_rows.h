#ifndef CARDVAULT_VAULT_RECORDS_CARD_ROWS_H_
#define CARDVAULT_VAULT_RECORDS_CARD_ROWS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "card/token.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"
#include "vault/live_row_keys.h"
#include "vault/records/card_store.h"
#include "vault/records/pan_rows.h"

namespace cardvault {

// The one place that knows which rows a card has: what a write set must hold so that record and
// every index stay right when a card comes, changes, or goes. Each call appends rows and the
// conditions under which they may be written, the active version of the row-index key among them
// where rows under it come or go; entries for the audit log are the caller's.
// Thread-safe.
class CardRows final {
 public:
  // All must outlive this.
  CardRows(const Engine& engine, const LiveRowKeys& keys, VaultMode mode)
      : keys_(keys), pan_rows_(engine, keys, mode) {}

  const PanRows& pan_rows() const { return pan_rows_; }

  // A new card with a PAN that `entry` and `slot` speak of.
  absl::Status Add(const Token& token, const storage::v1::CardRecord& record, const PanEntry& entry,
                   const ReuseSlot& slot, WriteSet& set) const;

  // A change of anything but what the indexes are made of: merchant, customer, PAN, times of
  // creation and deletion.
  static void Change(const Token& token, const StoredCard& before,
                     const storage::v1::CardRecord& after, WriteSet& set);

  // A card whose fields were sealed anew in `card.record` since it was read, and nothing else: the
  // revision that merchants see stays.
  static void ChangeKeys(const Token& token, StoredCard card, WriteSet& set);

  // Another PAN, that `entry` and `slot` speak of, behind the same token. Errors: as Remove.
  absl::Status ChangePan(const Token& token, const StoredCard& before,
                         const storage::v1::CardRecord& after, const PanEntry& entry,
                         const ReuseSlot& slot, WriteSet& set) const;

  // Deletes a live card: what stays is a tombstone of merchant, state and times. DATA_LOSS when
  // rows of it are missing; ABORTED (IN_PROGRESS) when another call changes it right now.
  absl::Status Remove(const Token& token, const StoredCard& card, absl::Time now,
                      WriteSet& set) const;

 private:
  void NameVersion(WriteSet& set) const;

  const LiveRowKeys& keys_;
  const PanRows pan_rows_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_CARD_ROWS_H_
