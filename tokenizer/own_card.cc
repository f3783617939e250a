#include "tokenizer/own_card.h"

#include "base/error_reason.h"
#include "base/status.h"
#include "tokenizer/token_minter.h"

namespace cardvault {

absl::StatusOr<StoredCard> FindOwnCard(const CardTables& tables, const MerchantId& merchant,
                                       const Token& token, absl::Time now) {
  RETURN_IF_ERROR(TokenMinter::Verify(tables.keyring(), merchant, token, tables.mode()));
  ASSIGN_OR_RETURN(StoredCard card, tables.store().Find(merchant, token));
  if (RetentionPassed(card.record, now)) {
    return NotFound(ErrorReason::kTokenNotFound, "token not found");
  }
  return card;
}

absl::StatusOr<StoredCard> FindOwnCardOrTombstone(const CardTables& tables,
                                                  const MerchantId& merchant, const Token& token) {
  RETURN_IF_ERROR(TokenMinter::Verify(tables.keyring(), merchant, token, tables.mode()));
  return tables.store().FindWithTombstone(merchant, token);
}

}  // namespace cardvault
