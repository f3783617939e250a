#ifndef CARDVAULT_FORWARDER_REFUND_CHECKS_H_
#define CARDVAULT_FORWARDER_REFUND_CHECKS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/ledger/refund_ledger.h"
#include "forwarder/payment_request.h"
#include "vault/commit/write_set.h"
#include "vault/records/card_store.h"

namespace cardvault {

// The pay-in whose money goes back, and what was given back of it so far, as they were read.
struct RefundOriginal {
  StoredPayment payment;
  RefundStanding standing;
  std::string refund_of;  // the upstream's id of its approved attempt

  // The conditions that both are as they were read.
  std::vector<Precondition> Unchanged() const;
};

// Whether the original can be refunded with `request.amount`: an approved pay-in, of which no more
// goes back than was settled, whatever is still on its way. FAILED_PRECONDITION (NOT_REFUNDABLE,
// REFUND_TOO_LARGE); RESOURCE_EXHAUSTED (LIMIT) after kMaxRefundsPerPayment.
absl::Status CheckRefundable(const PaymentRequest& request, const RefundOriginal& original,
                             bool is_new);

// The newest id of that name which came with the approval. FAILED_PRECONDITION (NOT_REFUNDABLE)
// when there is none.
absl::StatusOr<std::string> ApprovedId(const storage::v1::PaymentRecord& record,
                                       absl::string_view name);

// The card of the sale is what is refunded. FAILED_PRECONDITION (CARD_GONE, CARD_CHANGED).
absl::Status CheckCardOfSale(const storage::v1::PaymentRecord& original, const StoredCard& card,
                             absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_REFUND_CHECKS_H_
