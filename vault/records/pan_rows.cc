#include "vault/records/pan_rows.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "card/fingerprint.h"
#include "vault/records/index_keys.h"
#include "vault/records/row_format.h"

namespace cardvault {

using storage::v1::CardRecord;
using storage::v1::FingerprintPointerRow;
using storage::v1::FingerprintRow;
using storage::v1::ReuseRow;

std::string FingerprintRowKey(uint32_t key_version, absl::string_view mac) {
  return absl::StrCat(BigEndian32(key_version), mac);
}

absl::StatusOr<MerchantId> MerchantOf(const CardRecord& record) {
  absl::StatusOr<MerchantId> merchant = MerchantId::Parse(record.merchant(), "merchant");
  if (!merchant.ok()) return DataLoss("a card record names no merchant");
  return merchant;
}

absl::StatusOr<std::optional<CustomerId>> CustomerOf(const CardRecord& record) {
  if (record.customer_id().empty()) return std::nullopt;
  absl::StatusOr<CustomerId> customer = CustomerId::Parse(record.customer_id(), "customer_id");
  if (!customer.ok()) return DataLoss("a card record names an impossible customer");
  return *std::move(customer);
}

absl::StatusOr<PanEntry> PanRows::Find(absl::Span<const std::string> row_keys,
                                       WriteSet& set) const {
  CV_CHECK(!row_keys.empty());
  PanEntry entry;
  for (const std::string& row_key : row_keys) {
    ASSIGN_OR_RETURN(const std::optional<Row> row, engine_.Get(Table::kFingerprints, row_key));
    if (!row.has_value()) {
      set.preconditions.push_back(Precondition::Absent(Table::kFingerprints, row_key));
      continue;
    }
    if (entry.row.has_value()) return DataLoss("one card has two fingerprint rows");
    set.preconditions.push_back(
        Precondition::Unchanged(Table::kFingerprints, row_key, row->revision));
    ASSIGN_OR_RETURN(entry.row, DecodeRow<FingerprintRow>(row->value));
    entry.row_key = row_key;
    entry.revision = row->revision;
    entry.fingerprint = entry.row->fingerprint();
  }
  if (!entry.row.has_value()) {
    entry.row_key = row_keys.front();
    entry.fingerprint = Fingerprint::Allot().text();
  }
  return entry;
}

absl::StatusOr<std::optional<FoundCard>> PanRows::FindLive(const MerchantId& merchant,
                                                           absl::string_view token_bytes,
                                                           absl::Time now) const {
  if (token_bytes.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(Token token, TokenOfBytes(mode_, token_bytes));
  absl::StatusOr<StoredCard> card = CardStore(engine_).Find(merchant, token);
  if (absl::IsNotFound(card.status())) return std::nullopt;
  if (!card.ok()) return card.status();
  if (RetentionPassed(card->record, now)) return std::nullopt;
  return FoundCard{std::move(token), *std::move(card)};
}

absl::StatusOr<ReuseSlot> PanRows::FindSlot(const PanEntry& entry, const MerchantId& merchant,
                                            Reuse reuse, const std::optional<CustomerId>& customer,
                                            absl::Time now) const {
  ReuseSlot slot;
  if (reuse == Reuse::kMerchant) {
    slot.reuse = reuse;
    if (entry.row.has_value()) {
      ASSIGN_OR_RETURN(slot.card, FindLive(merchant, entry.row->merchant_token(), now));
    }
  } else if (reuse == Reuse::kCustomer && customer.has_value()) {
    slot.reuse = reuse;
    for (const RowKeys& row_keys : keys_.newest_first()) {
      ReuseSlot::Place place{
          IndexKeys(row_keys).CustomerReuse(merchant, *customer, entry.fingerprint), std::nullopt};
      if (entry.row.has_value()) {  // a PAN first seen now has no such row
        ASSIGN_OR_RETURN(const std::optional<Row> row,
                         engine_.Get(Table::kTokenIndex, place.row_key));
        if (row.has_value()) {
          place.revision = row->revision;
          ASSIGN_OR_RETURN(const ReuseRow named, DecodeRow<ReuseRow>(row->value));
          ASSIGN_OR_RETURN(slot.card, FindLive(merchant, named.token(), now));
        }
      }
      slot.places.push_back(std::move(place));
      if (slot.card.has_value()) return slot;
    }
  }
  return slot;
}

absl::Status PanRows::Join(const Token& token, const CardRecord& record, const PanEntry& entry,
                           const ReuseSlot& slot, WriteSet& set) const {
  ASSIGN_OR_RETURN(const MerchantId merchant, MerchantOf(record));
  const std::string token_bytes(token.binary());
  const std::string listing = IndexKeys::Fingerprint(merchant, entry.fingerprint);
  set.puts.push_back({Table::kTokenIndex,
                      absl::StrCat(listing, ListPosition(record.create_micros(), token)),
                      std::string(kListRowValue)});
  const bool takes_slot = slot.reuse != Reuse::kNone && !slot.card.has_value();
  if (takes_slot && slot.reuse == Reuse::kCustomer) {
    for (const ReuseSlot::Place& place : slot.places) {
      if (!place.revision.has_value()) {
        set.preconditions.push_back(Precondition::Absent(Table::kTokenIndex, place.row_key));
        continue;
      }
      set.preconditions.push_back(
          Precondition::Unchanged(Table::kTokenIndex, place.row_key, *place.revision));
      set.deletes.push_back({Table::kTokenIndex, place.row_key});
    }
    ReuseRow row;
    row.set_token(token_bytes);
    set.puts.push_back(
        {Table::kTokenIndex, slot.places.front().row_key, EncodeRow(std::move(row))});
  }

  bool write_row = false;
  FingerprintRow row;
  if (entry.row.has_value()) {
    row = *entry.row;
    ASSIGN_OR_RETURN(const std::vector<KeyedRow> others,
                     engine_.Scan(Table::kTokenIndex, listing, PrefixEnd(listing), 2));
    write_row = others.size() < 2;
  } else {
    row.set_fingerprint(entry.fingerprint);
    write_row = true;
    FingerprintPointerRow pointer;
    pointer.set_row_key(entry.row_key);
    set.puts.push_back({Table::kTokenIndex,
                        IndexKeys::FingerprintPointer(merchant, entry.fingerprint),
                        EncodeRow(std::move(pointer))});
  }
  if (takes_slot && slot.reuse == Reuse::kMerchant) {
    row.set_merchant_token(token_bytes);
    write_row = true;
  }
  if (write_row) {
    set.puts.push_back({Table::kFingerprints, entry.row_key, EncodeRow(std::move(row))});
  }
  return absl::OkStatus();
}

absl::Status PanRows::LeaveCustomerSlot(const MerchantId& merchant, const Token& token,
                                        const CardRecord& record, WriteSet& set) const {
  ASSIGN_OR_RETURN(const std::optional<CustomerId> customer, CustomerOf(record));
  if (!customer.has_value() || record.reuse() != static_cast<uint32_t>(Reuse::kCustomer)) {
    return absl::OkStatus();
  }
  // No condition says that there is none, so a row that moves meanwhile must be met.
  for (const RowKeys& row_keys : keys_.active_last()) {
    const std::string key =
        IndexKeys(row_keys).CustomerReuse(merchant, *customer, record.fingerprint());
    ASSIGN_OR_RETURN(const std::optional<Row> row, engine_.Get(Table::kTokenIndex, key));
    if (!row.has_value()) continue;
    ASSIGN_OR_RETURN(const ReuseRow named, DecodeRow<ReuseRow>(row->value));
    if (named.token() != token.binary()) return absl::OkStatus();
    set.preconditions.push_back(Precondition::Unchanged(Table::kTokenIndex, key, row->revision));
    set.deletes.push_back({Table::kTokenIndex, key});
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status PanRows::CheckUnchanged(Table table, absl::string_view key, uint64_t revision) const {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine_.Get(table, key));
  if (row.has_value() && row->revision == revision) return absl::OkStatus();
  return Aborted(ErrorReason::kInProgress, "the card was changed while it was read");
}

// From the card to its fingerprint row, by way of the pointer. The three reads are not of one
// moment: before a row counts as lost, what led to it must be seen to stand as it stood.
absl::StatusOr<PanRows::LocatedRow> PanRows::Locate(const MerchantId& merchant, const Token& token,
                                                    const StoredCard& card) const {
  const std::string pointer_key =
      IndexKeys::FingerprintPointer(merchant, card.record.fingerprint());
  ASSIGN_OR_RETURN(const std::optional<Row> pointer_row,
                   engine_.Get(Table::kTokenIndex, pointer_key));
  if (!pointer_row.has_value()) {
    RETURN_IF_ERROR(CheckUnchanged(Table::kRecords, token.binary(), card.revision));
    return DataLoss("a card's fingerprint pointer is missing");
  }
  ASSIGN_OR_RETURN(const FingerprintPointerRow pointer,
                   DecodeRow<FingerprintPointerRow>(pointer_row->value));
  ASSIGN_OR_RETURN(const std::optional<Row> row,
                   engine_.Get(Table::kFingerprints, pointer.row_key()));
  if (!row.has_value()) {
    RETURN_IF_ERROR(CheckUnchanged(Table::kTokenIndex, pointer_key, pointer_row->revision));
    return DataLoss("a card's fingerprint row is missing");
  }
  ASSIGN_OR_RETURN(FingerprintRow decoded, DecodeRow<FingerprintRow>(row->value));
  return LocatedRow{pointer.row_key(), std::move(decoded), row->revision};
}

absl::Status PanRows::Leave(const Token& token, const StoredCard& card, WriteSet& set) const {
  const CardRecord& record = card.record;
  ASSIGN_OR_RETURN(const MerchantId merchant, MerchantOf(record));
  // The row first, then the count: see the class comment.
  ASSIGN_OR_RETURN(LocatedRow located, Locate(merchant, token, card));
  set.preconditions.push_back(
      Precondition::Unchanged(Table::kFingerprints, located.key, located.revision));

  const std::string listing = IndexKeys::Fingerprint(merchant, record.fingerprint());
  const std::string own = absl::StrCat(listing, ListPosition(record.create_micros(), token));
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> tokens,
                   engine_.Scan(Table::kTokenIndex, listing, PrefixEnd(listing), 2));
  bool others = false;
  for (const KeyedRow& found : tokens) others = others || found.key != own;
  set.deletes.push_back({Table::kTokenIndex, own});
  RETURN_IF_ERROR(LeaveCustomerSlot(merchant, token, record, set));
  if (!others) {
    set.deletes.push_back({Table::kFingerprints, located.key});
    set.deletes.push_back(
        {Table::kTokenIndex, IndexKeys::FingerprintPointer(merchant, record.fingerprint())});
    return absl::OkStatus();
  }
  if (located.row.merchant_token() == token.binary()) located.row.clear_merchant_token();
  set.puts.push_back({Table::kFingerprints, located.key, EncodeRow(std::move(located.row))});
  return absl::OkStatus();
}

}  // namespace cardvault
