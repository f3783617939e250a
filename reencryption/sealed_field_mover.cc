#include "reencryption/sealed_field_mover.h"

#include <utility>

#include "base/check.h"
#include "base/id.h"
#include "base/status.h"
#include "card/token.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/records/card_rows.h"
#include "vault/records/card_store.h"
#include "vault/records/index_keys.h"
#include "vault/records/pan_rows.h"
#include "vault/records/row_format.h"
#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault {

using storage::v1::CardRecord;

SealedFieldMover::SealedFieldMover(KeyPurpose purpose, VaultMode mode)
    : purpose_(purpose), mode_(mode), range_{Table::kRecords, "", ""} {
  CV_CHECK(purpose == KeyPurpose::kPan || purpose == KeyPurpose::kProfile);
}

absl::StatusOr<bool> SealedFieldMover::Move(const Keyring& keyring, const KeyedRow& row,
                                            WriteSet& set) const {
  ASSIGN_OR_RETURN(CardRecord record, DecodeRow<CardRecord>(row.row.value));
  if (record.state() == CardRecord::STATE_DELETED) return false;
  const bool is_pan = purpose_ == KeyPurpose::kPan;
  const SealedBytes before = is_pan ? SealedPanOf(record) : SealedProfileOf(record);
  if (keyring.IsActive(purpose_, before.key_version)) return false;

  ASSIGN_OR_RETURN(const Token token, TokenOfBytes(mode_, row.key));
  ASSIGN_OR_RETURN(const MerchantId merchant, MerchantOf(record));
  ASSIGN_OR_RETURN(SealedBytes after,
                   is_pan ? CardSealer::ResealPan(keyring, merchant, token, before)
                          : CardSealer::ResealProfile(keyring, merchant, token, before));
  const uint32_t version = after.key_version;
  if (is_pan) {
    PutSealedPan(std::move(after), record);
  } else {
    PutSealedProfile(std::move(after), record);
  }
  CardRows::ChangeKeys(token, StoredCard{std::move(record), row.row.revision}, set);
  set.sealed_under.push_back({purpose_, version});
  return true;
}

std::string SealedFieldMover::ObjectOf(const KeyedRow& row) const {
  const absl::StatusOr<Token> token = TokenOfBytes(mode_, row.key);
  return token.ok() ? token->text() : "";
}

}  // namespace cardvault
