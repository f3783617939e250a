#ifndef CARDVAULT_FORWARDER_PAYMENT_FLOW_H_
#define CARDVAULT_FORWARDER_PAYMENT_FLOW_H_

#include <memory>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/attempt_table.h"
#include "forwarder/intent_withdrawal.h"
#include "forwarder/outcome_writer.h"
#include "forwarder/payment_checks.h"
#include "forwarder/payment_parts.h"
#include "forwarder/payment_request.h"
#include "forwarder/route_rate.h"
#include "forwarder/upstream_look_up.h"
#include "vault/commit/write_set.h"

namespace cardvault {

// What flows share: one set of it in a process.
struct PaymentDesk {
  const PaymentParts& parts;
  RouteRate& rate;
  AttemptTable& attempts;
  OutcomeWriter& outcomes;
  IntentWithdrawals& withdrawals;
  UpstreamLookUp& look_up;
};

// One call of PayIn, PayOut or Refund on its way: checks, intent commit, sending, outcome commit,
// answer. Each step runs on the thread on which the one before it ended, or on the executor where
// that thread must not be held up. Not thread-safe: its steps follow one another.
class PaymentFlow final : public std::enable_shared_from_this<PaymentFlow> {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<storage::v1::PaymentRecord>) &&>;

  // `keep_alive` owns what `desk` points to.
  static void Start(PaymentDesk desk, std::shared_ptr<void> keep_alive, PaymentRequest request,
                    Done done);

 private:
  PaymentFlow(PaymentDesk desk, std::shared_ptr<void> keep_alive, PaymentRequest request,
              Done done);

  void Decide();
  // What a call that got no entry of its own is answered.
  absl::StatusOr<storage::v1::PaymentRecord> WithoutEntry(const PaymentChecks& checks,
                                                          absl::Status why) const;
  // After a restore: whether the upstream has it already.
  void LookUp();
  void LookedUp(StatusReport report);
  bool WasFound() const;
  // It has: enters what it says into the ledger. Nothing is sent.
  void EnterFound();
  void SubmitIntent();
  // Under which the payment is under way in this process, whoever else calls for it.
  std::string AttemptKey() const;
  // The condition that the ledger is as it was read, where the intent is to be put.
  Precondition IntentIsNotThere() const;
  // Fills in what a new record never changes. FAILED_PRECONDITION (VAULT_SEALED).
  absl::Status FillNewRecord();
  absl::StatusOr<WriteSet> IntentSet(absl::Time now);
  void IntentCompleted(CommitResult result);
  void Send();
  void Answered(OutboundAnswer answer);
  void Finish(absl::StatusOr<storage::v1::PaymentRecord> result);

  const std::shared_ptr<void> keep_alive_;
  const PaymentDesk desk_;
  const PaymentRequest request_;
  Done done_;
  std::optional<PreparedPayment> prepared_;
  StoredPayment intent_;  // as the intent's set puts it
  // Committed after the answer, where Protection::kIntentFirst is off.
  std::optional<WriteSet> late_intent_;
  // What the upstream said of the payment before anything was sent.
  std::optional<StatusReport> looked_up_;
  int tries_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PAYMENT_FLOW_H_
