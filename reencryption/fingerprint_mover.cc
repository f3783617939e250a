#include "reencryption/fingerprint_mover.h"

#include <cstdint>
#include <memory>

#include "base/id.h"
#include "base/status.h"
#include "card/pan.h"
#include "keys/key_purpose.h"
#include "keys/mac_key.h"
#include "tokenizer/fingerprint/fingerprinter.h"
#include "vault/records/fingerprint_move.h"
#include "vault/records/pan_rows.h"
#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault {
namespace {

// Where the fingerprint's row belongs under `key`, as one of its cards says. DATA_LOSS when the
// card does not open, or is not the one that stands under `earlier` at `row_key`.
absl::StatusOr<std::string> RowKeyUnder(const Keyring& keyring, const MacKey& earlier,
                                        const MacKey& key, const std::string& row_key,
                                        const FingerprintMove::Card& card) {
  ASSIGN_OR_RETURN(const MerchantId merchant, MerchantOf(card.stored.record));
  ASSIGN_OR_RETURN(const Pan pan, CardSealer::OpenPan(keyring, merchant, card.token,
                                                      SealedPanOf(card.stored.record)));
  if (FingerprintRowKey(earlier.version(), Fingerprinter::FingerprintOf(earlier, merchant, pan)) !=
      row_key) {
    return DataLoss("a fingerprint row stands for another card than its tokens");
  }
  return FingerprintRowKey(key.version(), Fingerprinter::FingerprintOf(key, merchant, pan));
}

}  // namespace

FingerprintMover::FingerprintMover(const Engine& engine, VaultMode mode)
    : engine_(engine),
      mode_(mode),
      range_{Table::kTokenIndex, std::string(kFirstPointerKey), std::string(kPointerEndKey)} {}

absl::StatusOr<bool> FingerprintMover::Move(const Keyring& keyring, const KeyedRow& row,
                                            WriteSet& set) const {
  ASSIGN_OR_RETURN(const uint32_t version, PointerKeyVersion(row));
  if (keyring.IsActive(KeyPurpose::kFingerprint, version)) return false;
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> earlier,
                   keyring.MacVersion(KeyPurpose::kFingerprint, version));
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> key,
                   keyring.ActiveMac(KeyPurpose::kFingerprint));
  ASSIGN_OR_RETURN(const FingerprintMove move, FingerprintMove::Read(engine_, mode_, row));
  absl::StatusOr<std::string> new_row_key = DataLoss("a fingerprint row has no card");
  for (const FingerprintMove::Card& card : move.cards()) {
    new_row_key = RowKeyUnder(keyring, *earlier, *key, move.row_key(), card);
    if (new_row_key.ok()) break;
  }
  if (!new_row_key.ok()) return move.CheckUnchanged(engine_, new_row_key.status());
  RETURN_IF_ERROR(move.AppendTo(engine_, *new_row_key, set));
  set.sealed_under.push_back({KeyPurpose::kFingerprint, key->version()});
  return true;
}

// The log names no fingerprint: a token of its cards stands for it.
std::string FingerprintMover::ObjectOf(const KeyedRow& row) const {
  const absl::StatusOr<FingerprintMove> move = FingerprintMove::Read(engine_, mode_, row);
  return move.ok() && !move->cards().empty() ? move->cards().front().token.text() : "";
}

}  // namespace cardvault
