#include "vault/records/index_move.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/engine/table.h"
#include "vault/records/index_keys.h"
#include "vault/records/pan_rows.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

// The key that a card's row of a kind has under `row_keys`.
absl::StatusOr<std::string> KeyUnder(const RowKeys& row_keys, char kind, const Token& token,
                                     const CardRecord& record) {
  const IndexKeys keys(row_keys);
  ASSIGN_OR_RETURN(const MerchantId merchant, MerchantOf(record));
  if (kind == IndexKeys::kMerchantKind) {
    return absl::StrCat(keys.Merchant(merchant), ListPosition(record.create_micros(), token));
  }
  ASSIGN_OR_RETURN(const std::optional<CustomerId> customer, CustomerOf(record));
  if (!customer.has_value()) return DataLoss("a customer's row is of a card without one");
  if (kind == IndexKeys::kReuseKind) {
    return keys.CustomerReuse(merchant, *customer, record.fingerprint());
  }
  return absl::StrCat(keys.Customer(merchant, *customer),
                      ListPosition(record.create_micros(), token));
}

struct Keys {
  std::string earlier;
  std::string active;
};

absl::StatusOr<Keys> FindKeys(const Engine& engine, VaultMode mode, const KeyedRow& row,
                              const RowKeys& earlier, const RowKeys& active) {
  ASSIGN_OR_RETURN(const Token token, TokenOfIndexRow(mode, row));
  ASSIGN_OR_RETURN(const std::optional<Row> stored, engine.Get(Table::kRecords, token.binary()));
  if (!stored.has_value()) return DataLoss("an index row is of a card that is not there");
  ASSIGN_OR_RETURN(const CardRecord record, DecodeRow<CardRecord>(stored->value));
  if (record.state() == CardRecord::STATE_DELETED) {
    return DataLoss("an index row is of a deleted card");
  }
  Keys keys;
  ASSIGN_OR_RETURN(keys.earlier, KeyUnder(earlier, row.key[0], token, record));
  ASSIGN_OR_RETURN(keys.active, KeyUnder(active, row.key[0], token, record));
  if (keys.earlier != row.key) return DataLoss("an index row is another's than its card says");
  ASSIGN_OR_RETURN(const std::optional<Row> there, engine.Get(Table::kTokenIndex, keys.active));
  if (there.has_value()) return DataLoss("an index row stands under two keys");
  return keys;
}

}  // namespace

absl::StatusOr<Token> TokenOfIndexRow(VaultMode mode, const KeyedRow& row) {
  if (row.key[0] == IndexKeys::kReuseKind) {
    ASSIGN_OR_RETURN(const storage::v1::ReuseRow named,
                     DecodeRow<storage::v1::ReuseRow>(row.row.value));
    return TokenOfBytes(mode, named.token());
  }
  constexpr size_t kListingSize = 1 + RowKeys::kShortSize;
  if (row.key.size() != kListingSize + kListPositionSize) {
    return DataLoss("a listing row's key has a wrong size");
  }
  return TokenOfBytes(mode, TokenOfPosition(absl::string_view(row.key).substr(kListingSize)));
}

absl::Status AppendIndexMove(const Engine& engine, VaultMode mode, const KeyedRow& row,
                             const RowKeys& earlier, const RowKeys& active, WriteSet& set) {
  absl::StatusOr<Keys> keys = FindKeys(engine, mode, row, earlier, active);
  if (!keys.ok()) {
    // The reads are not of one moment: the row counts as damaged only when it still stands.
    ASSIGN_OR_RETURN(const std::optional<Row> now, engine.Get(Table::kTokenIndex, row.key));
    if (now.has_value() && now->revision == row.row.revision) return keys.status();
    return Aborted(ErrorReason::kInProgress, "the card was changed while it was read");
  }
  set.preconditions.push_back(
      Precondition::Unchanged(Table::kTokenIndex, row.key, row.row.revision));
  set.preconditions.push_back(Precondition::Absent(Table::kTokenIndex, keys->active));
  set.deletes.push_back({Table::kTokenIndex, row.key});
  set.puts.push_back({Table::kTokenIndex, std::move(keys->active), row.row.value});
  return absl::OkStatus();
}

}  // namespace cardvault
