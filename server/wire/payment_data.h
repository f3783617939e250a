#ifndef CARDVAULT_SERVER_WIRE_PAYMENT_DATA_H_
#define CARDVAULT_SERVER_WIRE_PAYMENT_DATA_H_

#include "absl/status/statusor.h"
#include "card/card_number_policy.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "cardvault/v1/payment_service.pb.h"
#include "forwarder/payment_listing.h"
#include "forwarder/payment_request.h"
#include "vault/call_context.h"

namespace cardvault {

// Check and convert requests. INVALID_ARGUMENT naming the field; NOT_FOUND for a token of another
// form.
absl::StatusOr<PaymentRequest> ToPaymentRequest(const CallContext& call,
                                                const v1::PayInRequest& request);
absl::StatusOr<PaymentRequest> ToPaymentRequest(const CallContext& call,
                                                const v1::PayOutRequest& request);
absl::StatusOr<RefundRequest> ToRefundRequest(const CallContext& call,
                                              const v1::RefundRequest& request);
absl::StatusOr<PaymentFilter> ToPaymentFilter(const v1::ListPaymentsRequest& request);

// A payment as the API shows it. `mode` completes the token's text.
v1::Payment ToPayment(const storage::v1::PaymentRecord& record, VaultMode mode);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_WIRE_PAYMENT_DATA_H_
