#include "vault/records/fingerprint_move.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/engine/table.h"
#include "vault/records/index_keys.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;
using storage::v1::FingerprintPointerRow;
using storage::v1::FingerprintRow;

constexpr size_t kVersionSize = 4;
constexpr size_t kRowKeySize = kVersionSize + 32;

}  // namespace

absl::StatusOr<uint32_t> FingerprintKeyVersion(absl::string_view row_key) {
  if (row_key.size() != kRowKeySize) return DataLoss("a fingerprint's row key has a wrong size");
  uint32_t version = 0;
  for (size_t i = 0; i < kVersionSize; ++i) {
    version = version << 8 | static_cast<uint8_t>(row_key[i]);
  }
  return version;
}

absl::StatusOr<uint32_t> PointerKeyVersion(const KeyedRow& pointer) {
  ASSIGN_OR_RETURN(const FingerprintPointerRow row,
                   DecodeRow<FingerprintPointerRow>(pointer.row.value));
  return FingerprintKeyVersion(row.row_key());
}

absl::StatusOr<FingerprintMove> FingerprintMove::Read(const Engine& engine, VaultMode mode,
                                                      const KeyedRow& pointer) {
  FingerprintMove move(pointer);
  ASSIGN_OR_RETURN(FingerprintPointerRow leads_to,
                   DecodeRow<FingerprintPointerRow>(pointer.row.value));
  move.row_key_ = std::move(*leads_to.mutable_row_key());
  ASSIGN_OR_RETURN(std::optional<Row> row, engine.Get(Table::kFingerprints, move.row_key_));
  if (!row.has_value()) {
    return move.CheckUnchanged(engine, DataLoss("a card's fingerprint row is missing"));
  }
  move.row_ = *std::move(row);
  ASSIGN_OR_RETURN(FingerprintRow decoded, DecodeRow<FingerprintRow>(move.row_.value));
  move.fingerprint_ = std::move(*decoded.mutable_fingerprint());
  RETURN_IF_ERROR(move.ReadCards(engine, mode));
  if (move.cards_.empty()) {
    return move.CheckUnchanged(engine, DataLoss("a fingerprint row has no card that can be read"));
  }
  return move;
}

absl::Status FingerprintMove::ReadCards(const Engine& engine, VaultMode mode) {
  // The listing by fingerprint has the pointer's key under another kind.
  const std::string listing = absl::StrCat("f", pointer_.key.substr(1));
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                   engine.Scan(Table::kTokenIndex, listing, PrefixEnd(listing), kMaxCards));
  for (const KeyedRow& listed : rows) {
    if (listed.key.size() != listing.size() + kListPositionSize) {
      return DataLoss("a listing row's key has a wrong size");
    }
    ASSIGN_OR_RETURN(
        Token token,
        TokenOfBytes(mode, TokenOfPosition(absl::string_view(listed.key).substr(listing.size()))));
    ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kRecords, token.binary()));
    if (!row.has_value()) continue;
    absl::StatusOr<CardRecord> record = DecodeRow<CardRecord>(row->value);
    if (!record.ok() || record->state() == CardRecord::STATE_DELETED ||
        record->fingerprint() != fingerprint_) {
      continue;
    }
    cards_.push_back({std::move(token), StoredCard{*std::move(record), row->revision}});
  }
  return absl::OkStatus();
}

absl::Status FingerprintMove::CheckUnchanged(const Engine& engine, absl::Status otherwise) const {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kTokenIndex, pointer_.key));
  if (row.has_value() && row->revision == pointer_.row.revision) return otherwise;
  return Aborted(ErrorReason::kInProgress, "the card was changed while it was read");
}

absl::Status FingerprintMove::AppendTo(const Engine& engine, const std::string& new_row_key,
                                       WriteSet& set) const {
  ASSIGN_OR_RETURN(const std::optional<Row> there, engine.Get(Table::kFingerprints, new_row_key));
  if (there.has_value()) {
    return CheckUnchanged(engine, DataLoss("one card has two fingerprint rows"));
  }
  set.preconditions.push_back(
      Precondition::Unchanged(Table::kTokenIndex, pointer_.key, pointer_.row.revision));
  set.preconditions.push_back(
      Precondition::Unchanged(Table::kFingerprints, row_key_, row_.revision));
  set.preconditions.push_back(Precondition::Absent(Table::kFingerprints, new_row_key));
  set.deletes.push_back({Table::kFingerprints, row_key_});
  set.puts.push_back({Table::kFingerprints, new_row_key, row_.value});
  FingerprintPointerRow pointer;
  pointer.set_row_key(new_row_key);
  set.puts.push_back({Table::kTokenIndex, pointer_.key, EncodeRow(std::move(pointer))});
  return absl::OkStatus();
}

}  // namespace cardvault
