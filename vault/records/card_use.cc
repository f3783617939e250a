#include "vault/records/card_use.h"

#include <string>

#include "base/error_reason.h"
#include "base/status.h"
#include "vault/engine/table.h"
#include "vault/records/card_rows.h"

namespace cardvault {

using storage::v1::CardRecord;

absl::Status CheckChargeable(const StoredCard& card, absl::Time now) {
  if (RetentionPassed(card.record, now)) {
    return NotFound(ErrorReason::kTokenNotFound, "token not found");
  }
  switch (card.record.state()) {
    case CardRecord::STATE_ACTIVE:
      return absl::OkStatus();
    case CardRecord::STATE_DISABLED:
      return FailedPrecondition(ErrorReason::kTokenDisabled, "the token is disabled");
    case CardRecord::STATE_USED:
      return FailedPrecondition(ErrorReason::kTokenUsed, "the single-use token was used");
    default:
      return NotFound(ErrorReason::kTokenNotFound, "token not found");
  }
}

void AppendUse(const Token& token, const StoredCard& card, absl::Time now, WriteSet& set) {
  if (!card.record.single_use()) return AppendUnchanged(token, card, set);
  CardRecord used = card.record;
  used.set_state(CardRecord::STATE_USED);
  used.set_update_micros(absl::ToUnixMicros(now));
  CardRows::Change(token, card, used, set);
}

void AppendUnchanged(const Token& token, const StoredCard& card, WriteSet& set) {
  set.preconditions.push_back(
      Precondition::Unchanged(Table::kRecords, std::string(token.binary()), card.revision));
}

}  // namespace cardvault
