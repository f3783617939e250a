#include "vault/records/card_rows.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "keys/key_purpose.h"
#include "vault/engine/table.h"
#include "vault/records/due_rows.h"
#include "vault/records/index_keys.h"
#include "vault/records/row_format.h"

namespace cardvault {

using storage::v1::CardRecord;

// A set that was made before a rotation does not see where rows have moved since.
void CardRows::NameVersion(WriteSet& set) const {
  set.sealed_under.push_back({KeyPurpose::kRowIndex, keys_.active_version()});
}

absl::Status CardRows::Add(const Token& token, const CardRecord& record, const PanEntry& entry,
                           const ReuseSlot& slot, WriteSet& set) const {
  ASSIGN_OR_RETURN(const MerchantId merchant, MerchantOf(record));
  ASSIGN_OR_RETURN(const std::optional<CustomerId> customer, CustomerOf(record));
  std::string token_key(token.binary());
  set.preconditions.push_back(Precondition::Absent(Table::kRecords, token_key));
  set.puts.push_back({Table::kRecords, std::move(token_key), EncodeRow(record)});
  const std::string position = ListPosition(record.create_micros(), token);
  const IndexKeys keys(keys_.active());
  NameVersion(set);
  set.puts.push_back({Table::kTokenIndex, absl::StrCat(keys.Merchant(merchant), position),
                      std::string(kListRowValue)});
  if (customer.has_value()) {
    set.puts.push_back({Table::kTokenIndex,
                        absl::StrCat(keys.Customer(merchant, *customer), position),
                        std::string(kListRowValue)});
  }
  if (record.delete_at_micros() != 0) {
    PutDue(record.delete_at_micros(), DueKind::kRetention, token.binary(), set);
  }
  return pan_rows_.Join(token, record, entry, slot, set);
}

namespace {

void Replace(const Token& token, uint64_t revision, CardRecord after, WriteSet& set) {
  std::string token_key(token.binary());
  set.preconditions.push_back(Precondition::Unchanged(Table::kRecords, token_key, revision));
  set.puts.push_back({Table::kRecords, std::move(token_key), EncodeRow(std::move(after))});
}

}  // namespace

void CardRows::Change(const Token& token, const StoredCard& before, const CardRecord& after,
                      WriteSet& set) {
  CardRecord changed = after;
  changed.clear_content_revision();
  Replace(token, before.revision, std::move(changed), set);
}

void CardRows::ChangeKeys(const Token& token, StoredCard card, WriteSet& set) {
  card.record.set_content_revision(card.shown_revision());
  Replace(token, card.revision, std::move(card.record), set);
}

absl::Status CardRows::ChangePan(const Token& token, const StoredCard& before,
                                 const CardRecord& after, const PanEntry& entry,
                                 const ReuseSlot& slot, WriteSet& set) const {
  Change(token, before, after, set);
  NameVersion(set);
  RETURN_IF_ERROR(pan_rows_.Leave(token, before, set));
  return pan_rows_.Join(token, after, entry, slot, set);
}

absl::Status CardRows::Remove(const Token& token, const StoredCard& card, absl::Time now,
                              WriteSet& set) const {
  ASSIGN_OR_RETURN(const MerchantId merchant, MerchantOf(card.record));
  ASSIGN_OR_RETURN(const std::optional<CustomerId> customer, CustomerOf(card.record));
  CardRecord tombstone;
  tombstone.set_merchant(card.record.merchant());
  tombstone.set_state(CardRecord::STATE_DELETED);
  tombstone.set_create_micros(card.record.create_micros());
  tombstone.set_update_micros(absl::ToUnixMicros(now));
  Change(token, card, tombstone, set);

  const std::string position = ListPosition(card.record.create_micros(), token);
  // Wherever they stand when it is committed: a move meets the deletion, or is met by it.
  NameVersion(set);
  for (const RowKeys& row_keys : keys_.newest_first()) {
    const IndexKeys keys(row_keys);
    set.deletes.push_back({Table::kTokenIndex, absl::StrCat(keys.Merchant(merchant), position)});
    if (!customer.has_value()) continue;
    set.deletes.push_back(
        {Table::kTokenIndex, absl::StrCat(keys.Customer(merchant, *customer), position)});
  }
  if (card.record.delete_at_micros() != 0) {
    DeleteDue(card.record.delete_at_micros(), DueKind::kRetention, token.binary(), set);
  }
  return pan_rows_.Leave(token, card, set);
}

}  // namespace cardvault
