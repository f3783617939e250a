#ifndef CARDVAULT_FORWARDER_PAYMENTS_H_
#define CARDVAULT_FORWARDER_PAYMENTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/id.h"
#include "card/card_number_policy.h"
#include "card/token.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/dry_run.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/notification/notification_flow.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/payment_listing.h"  // IWYU pragma: export
#include "forwarder/payment_request.h"  // IWYU pragma: export
#include "forwarder/route_book.h"
#include "keys/keyring_holder.h"
#include "vault/call_context.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Payments: checks -> intent commit (with the entry "card opened") -> open card, build,
// sign, send (outbound) -> outcome commit -> answer. A payment is sent at most once per
// payment_id; after the intent nothing of the caller's stops it. `done` runs on a thread of the
// commit pipeline, the network loop or the executor, once. Thread-safe.
class Payments final {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

  // All must outlive the payments.
  Payments(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
           const Clock& clock, Executor& executor, RouteBook& routes, CvvEscrow& escrow,
           Outbound& outbound, VaultMode mode);
  ~Payments();

  // What a restart left between intent and outcome becomes IN_DOUBT (its sending can no longer be
  // known). Call once before serving.
  absl::Status ResolveRestart();

  // A pay-in or a pay-out, by the request's kind. Errors: as PaymentService in the proto.
  void Pay(PaymentRequest request, Done<storage::v1::PaymentRecord> done);
  void Refund(RefundRequest request, Done<storage::v1::PaymentRecord> done);

  // NOT_FOUND (PAYMENT_NOT_FOUND).
  absl::StatusOr<storage::v1::PaymentRecord> Get(const CallContext& call,
                                                 const PaymentId& payment_id) const;

  // The same after the upstream was asked, at most once a second and payment, and not while the
  // payment awaits its own answer.
  void Refresh(const CallContext& call, const PaymentId& payment_id,
               Done<storage::v1::PaymentRecord> done);

  // Takes a notification in. Errors: INVALID_ARGUMENT (ROUTE_UNKNOWN); what is not believed is a
  // result.
  void VerifyNotification(NotificationInput input, Done<NotificationResult> done);

  // What a payment would do; see dry_run.h.
  DryRunResult TryOut(const PaymentRequest& request) const;
  DryRunResult TryOut(RefundRequest request) const;

  // As ListPayments in payment_listing.h, on a thread of the executor.
  void List(const CallContext& call, PaymentFilter filter, size_t page_size, std::string page_token,
            Done<PaymentPage> done);

  // Payments of every merchant that are open, or that a person must look at, in no order; from
  // behind `after` ("": from the first).
  struct OpenPage {
    std::vector<storage::v1::PaymentRecord> payments;
    std::string next;  // "": that was all
  };
  absl::StatusOr<OpenPage> ListOpen(bool needs_review, size_t page_size,
                                    absl::string_view after) const;

  // Ends a payment that is marked for a person, or takes the mark off one that has an end.
  // INVALID_ARGUMENT (FIELD_INVALID, "state"); NOT_FOUND; FAILED_PRECONDITION (NOT_REVIEWED);
  // ABORTED (IN_PROGRESS) while its own answer is awaited.
  void Resolve(const MerchantId& merchant, const PaymentId& payment_id, PaymentState state,
               Warrant warrant, Done<storage::v1::PaymentRecord> done);
  // OK when Resolve would do it now; else as that.
  absl::Status CheckResolve(const MerchantId& merchant, const PaymentId& payment_id,
                            PaymentState state) const;

  // After a restore: until then what the ledger does not know is looked up upstream before it is
  // sent (upstream_look_up.h). What the upstream has is entered and not sent; while it does not
  // say, UNAVAILABLE (LOOK_UP_FAILED), and nothing is sent.
  void LookUpUnknownUntil(absl::Time until);

  // Begins to look after open payments (reconciler.h), until it is stopped, after which it may
  // begin again, or the payments are destroyed.
  void StartReconciler();
  void StopReconciler();
  // One such look, for tests.
  absl::Status Reconcile();
  // Status questions that the reconciler asked since the start.
  int64_t reconciled_count() const;

  // Whether a payment was attempted on the token since the commit that gave its rows `revision`:
  // for replayed deposits. Revisions are in the order of the commits, whatever the wall clock does.
  absl::StatusOr<bool> AttemptedSince(const Token& token, uint64_t revision) const;

  // The merchant's payments with a token that could still have been refunded: the first `limit`
  // ids, and how many there are.
  struct RefundablePayments {
    std::vector<std::string> payment_ids;
    int count = 0;
  };
  absl::StatusOr<RefundablePayments> RefundableWith(const Token& token, size_t limit) const;

  // For status: how many payments are open, how many of them in doubt, and how many need a person;
  // each counted up to 10,000.
  struct OpenCounts {
    int64_t open = 0;
    int64_t in_doubt = 0;
    int64_t needs_review = 0;
  };
  absl::StatusOr<OpenCounts> CountOpen() const;

  // Payments whose sending or outcome commit is still under way; for draining.
  int64_t in_flight_count() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PAYMENTS_H_
