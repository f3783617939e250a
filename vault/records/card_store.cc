#include "vault/records/card_store.h"

#include <optional>
#include <utility>

#include "base/error_reason.h"
#include "base/status.h"
#include "vault/engine/table.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

absl::Status TokenNotFound() { return NotFound(ErrorReason::kTokenNotFound, "token not found"); }

// Whether a record is whole enough to be used: every live one has both sealed fields.
bool IsWhole(const storage::v1::CardRecord& record) {
  switch (record.state()) {
    case storage::v1::CardRecord::STATE_DELETED:
      return true;
    case storage::v1::CardRecord::STATE_ACTIVE:
    case storage::v1::CardRecord::STATE_DISABLED:
    case storage::v1::CardRecord::STATE_USED:
      return record.has_pan() && record.has_profile();
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<StoredCard> CardStore::FindWithTombstone(const MerchantId& merchant,
                                                        const Token& token) const {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine_.Get(Table::kRecords, token.binary()));
  if (!row.has_value()) return TokenNotFound();
  ASSIGN_OR_RETURN(storage::v1::CardRecord record, DecodeRow<storage::v1::CardRecord>(row->value));
  if (record.merchant() != merchant.value()) return TokenNotFound();
  if (!IsWhole(record)) return DataLoss("a card record lacks a part");
  return StoredCard{std::move(record), row->revision};
}

absl::StatusOr<StoredCard> CardStore::Find(const MerchantId& merchant, const Token& token) const {
  ASSIGN_OR_RETURN(StoredCard card, FindWithTombstone(merchant, token));
  if (card.record.state() == storage::v1::CardRecord::STATE_DELETED) return TokenNotFound();
  return card;
}

bool RetentionPassed(const storage::v1::CardRecord& record, absl::Time now) {
  return record.delete_at_micros() != 0 && absl::ToUnixMicros(now) >= record.delete_at_micros();
}

}  // namespace cardvault
