#ifndef CARDVAULT_SERVER_PAYMENT_ADMIN_H_
#define CARDVAULT_SERVER_PAYMENT_ADMIN_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/id.h"
#include "cardvault/admin/v1/system_service.pb.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/payments.h"
#include "server/caller.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// What a person says of a payment.
struct PaymentWord {
  MerchantId merchant;
  PaymentId payment;
  PaymentState state;
};
// INVALID_ARGUMENT naming the field.
absl::StatusOr<PaymentWord> ReadPaymentWord(const admin::v1::ResolvePaymentRequest& request);

// What SystemService does about payments; the proto says what each call means. Thread-safe.
class PaymentAdmin final {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

  // All must outlive this.
  PaymentAdmin(Payments& payments, CommitPipeline& pipeline)
      : payments_(payments), pipeline_(pipeline) {}

  // Blocks on the commit of its entry.
  absl::StatusOr<admin::v1::ListOpenPaymentsResponse> ListOpen(
      const Caller& caller, admin::v1::ListOpenPaymentsRequest& request);

  // Never blocks.
  void Resolve(const Caller& caller, const admin::v1::ResolvePaymentRequest& request,
               Done<admin::v1::ResolvePaymentResponse> done);

 private:
  Payments& payments_;
  CommitPipeline& pipeline_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_PAYMENT_ADMIN_H_
