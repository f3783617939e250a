#include "tokenizer/token_listing.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/length_prefix.h"
#include "base/status.h"
#include "tokenizer/card_view.h"
#include "vault/engine/table.h"
#include "vault/live_scan.h"
#include "vault/page_cursor.h"
#include "vault/records/index_keys.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

bool LabelMatches(const TokenFilter& filter, const CardRecord& record) {
  if (filter.label_key.empty()) return true;
  for (const storage::v1::Label& label : record.labels()) {
    if (label.key() != filter.label_key) continue;
    return filter.label_value.empty() || label.value() == filter.label_value;
  }
  return false;
}

bool Matches(const TokenFilter& filter, const CardRecord& record, absl::Time now) {
  if (RetentionPassed(record, now)) return false;
  if (filter.customer.has_value() && record.customer_id() != filter.customer->value()) {
    return false;
  }
  if (!filter.fingerprint.empty() && record.fingerprint() != filter.fingerprint) return false;
  return LabelMatches(filter, record);
}

std::string FilterBytes(const TokenFilter& filter) {
  return LengthPrefixed({filter.customer.has_value() ? "1" : "0",
                         filter.customer.has_value() ? filter.customer->value() : "",
                         filter.fingerprint, filter.label_key, filter.label_value});
}

// What the rows of the narrowest index begin with, under each live version of its key, the active
// one's last.
std::vector<std::string> IndexesFor(const CardTables& tables, const MerchantId& merchant,
                                    const TokenFilter& filter) {
  if (!filter.fingerprint.empty()) return {IndexKeys::Fingerprint(merchant, filter.fingerprint)};
  std::vector<std::string> indexes;
  for (const RowKeys& row_keys : tables.row_keys().active_last()) {
    const IndexKeys keys(row_keys);
    indexes.push_back(filter.customer.has_value() ? keys.Customer(merchant, *filter.customer)
                                                  : keys.Merchant(merchant));
  }
  return indexes;
}

// The view of one row's token; nullopt when the filter leaves it out or it was deleted meanwhile.
absl::StatusOr<std::optional<TokenView>> ViewOfRow(const CardTables& tables,
                                                   const MerchantId& merchant,
                                                   const TokenFilter& filter,
                                                   absl::string_view position, absl::Time now) {
  ASSIGN_OR_RETURN(const Token token, TokenOfBytes(tables.mode(), TokenOfPosition(position)));
  const absl::StatusOr<StoredCard> card = tables.store().Find(merchant, token);
  if (absl::IsNotFound(card.status())) return std::nullopt;
  if (!card.ok()) return card.status();
  if (!Matches(filter, card->record, now)) return std::nullopt;
  ASSIGN_OR_RETURN(TokenView view, OpenView(tables.keyring(), merchant, token, *card));
  return view;
}

}  // namespace

absl::StatusOr<TokenPage> ListTokens(const CardTables& tables, const MerchantId& merchant,
                                     const TokenFilter& filter, size_t page_size,
                                     absl::string_view page_token, absl::Time now) {
  if (page_size == 0) page_size = kDefaultPageSize;
  page_size = std::min(page_size, kMaxPageSize);
  const std::vector<std::string> indexes = IndexesFor(tables, merchant, filter);
  std::string position;  // of the last row that was looked at
  const std::string filter_bytes = FilterBytes(filter);
  const PageScope scope{"token", merchant, filter_bytes};
  if (!page_token.empty()) {
    ASSIGN_OR_RETURN(position,
                     PageCursor::Decode(tables.keyring(), scope, kListPositionSize, page_token));
  }

  TokenPage page;
  size_t looked_at = 0;
  while (true) {
    // One row more than may be looked at, to know whether there is one.
    const size_t want = std::min(page_size, kMaxScannedPerPage - looked_at) + 1;
    ASSIGN_OR_RETURN(std::vector<std::string> positions,
                     ScanPositions(tables.engine(), Table::kTokenIndex, indexes, position, want,
                                   kListPositionSize));
    for (std::string& next : positions) {
      if (page.tokens.size() == page_size || looked_at == kMaxScannedPerPage) {
        ASSIGN_OR_RETURN(page.next_page_token,
                         PageCursor::Encode(tables.keyring(), scope, position));
        return page;
      }
      position = std::move(next);
      ++looked_at;
      ASSIGN_OR_RETURN(std::optional<TokenView> view,
                       ViewOfRow(tables, merchant, filter, position, now));
      if (view.has_value()) page.tokens.push_back(*std::move(view));
    }
    if (positions.size() < want) return page;
  }
}

}  // namespace cardvault
