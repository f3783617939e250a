#include "forwarder/payment_listing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "forwarder/ledger/payment_index.h"
#include "forwarder/ledger/payment_ledger.h"
#include "vault/live_row_keys.h"
#include "vault/page_cursor.h"

namespace cardvault {
namespace {

using storage::v1::PaymentRecord;

std::string FilterBytes(const PaymentFilter& filter) {
  return LengthPrefixed(
      {absl::StrCat(filter.state.has_value() ? static_cast<int>(*filter.state) : 0),
       absl::StrCat(filter.kind.has_value() ? static_cast<int>(*filter.kind) : 0), filter.route,
       filter.token.has_value() ? filter.token->binary() : "", filter.needs_review ? "1" : "0"});
}

bool Matches(const PaymentFilter& filter, const PaymentRecord& record) {
  if (filter.state.has_value() && record.state() != static_cast<uint32_t>(*filter.state)) {
    return false;
  }
  if (filter.kind.has_value() && record.kind() != static_cast<uint32_t>(*filter.kind)) return false;
  if (!filter.route.empty() && record.route() != filter.route) return false;
  if (filter.token.has_value() && record.token() != filter.token->binary()) return false;
  return !filter.needs_review || record.needs_review();
}

absl::StatusOr<PaymentPage> ListUnder(const Engine& engine, const Keyring& keyring,
                                      const LiveRowKeys& row_keys, const MerchantId& merchant,
                                      const PaymentFilter& filter, size_t page_size,
                                      absl::string_view page_token) {
  if (page_size == 0) page_size = kDefaultPaymentPageSize;
  page_size = std::min(page_size, kMaxPaymentPageSize);
  const std::string filter_bytes = FilterBytes(filter);
  const PageScope scope{"payment", merchant, filter_bytes};
  std::string position;
  if (!page_token.empty()) {
    ASSIGN_OR_RETURN(position,
                     PageCursor::Decode(keyring, scope, PaymentIndex::kPositionSize, page_token));
  }
  const PaymentIndex index(engine);
  const PaymentLedger ledger(engine);
  PaymentPage page;
  for (size_t looked_at = 0; looked_at < kMaxPaymentsScannedPerPage;) {
    const size_t want = std::min(page_size, kMaxPaymentsScannedPerPage - looked_at);
    ASSIGN_OR_RETURN(const std::vector<std::string> positions,
                     index.ScanMerchant(row_keys, merchant, position, want));
    for (const std::string& next : positions) {
      ASSIGN_OR_RETURN(std::optional<StoredPayment> payment,
                       ledger.Read(PaymentIndex::RowKeyOf(next)));
      if (!payment.has_value() || payment->record.merchant() != merchant.value()) {
        return DataLoss("the ledger lists a payment that it does not have");
      }
      position = next;
      if (Matches(filter, payment->record)) page.payments.push_back(std::move(payment->record));
      if (page.payments.size() == page_size) break;
    }
    if (page.payments.size() == page_size) break;
    if (positions.size() < want) return page;
    looked_at += positions.size();
  }
  ASSIGN_OR_RETURN(page.next_page_token, PageCursor::Encode(keyring, scope, position));
  return page;
}

}  // namespace

absl::StatusOr<PaymentPage> ListPayments(const Engine& engine, const KeyringHolder& keyring,
                                         const MerchantId& merchant, const PaymentFilter& filter,
                                         size_t page_size, absl::string_view page_token) {
  return WhileLive(keyring, [&](const Keyring& keys, const LiveRowKeys& row_keys) {
    return ListUnder(engine, keys, row_keys, merchant, filter, page_size, page_token);
  });
}

}  // namespace cardvault
