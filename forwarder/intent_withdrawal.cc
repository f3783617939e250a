#include "forwarder/intent_withdrawal.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/ledger/payment_change.h"
#include "forwarder/ledger/payment_outcome.h"

namespace cardvault {
namespace {

// The store is asked again this often: nobody waits for it.
constexpr absl::Duration kRetryDelay = absl::Milliseconds(200);

}  // namespace

IntentWithdrawal::IntentWithdrawal(const PaymentParts& parts, OutcomeWriter& outcomes,
                                   DelayedWork& delayed, std::shared_ptr<void> keep_alive,
                                   StoredPayment intent, std::vector<Precondition> conditions,
                                   AuditOrigin origin)
    : parts_(parts),
      outcomes_(outcomes),
      delayed_(delayed),
      keep_alive_(std::move(keep_alive)),
      intent_(std::move(intent)),
      conditions_(std::move(conditions)),
      origin_(std::move(origin)) {}

void IntentWithdrawal::Start(const PaymentParts& parts, OutcomeWriter& outcomes,
                             DelayedWork& delayed, std::shared_ptr<void> keep_alive,
                             StoredPayment intent, std::vector<Precondition> conditions,
                             AuditOrigin origin) {
  std::shared_ptr<IntentWithdrawal> withdrawal(
      new IntentWithdrawal(parts, outcomes, delayed, std::move(keep_alive), std::move(intent),
                           std::move(conditions), std::move(origin)));
  withdrawal->TryLater();
}

void IntentWithdrawal::TryLater() {
  delayed_.After(kRetryDelay, [self = shared_from_this()](bool stopping) {
    if (!stopping) self->Try();
  });
}

void IntentWithdrawal::Try() {
  WriteSet set;
  set.preconditions = conditions_;
  AuditLeaf leaf{};
  leaf.action = AuditAction::kPaymentOutcome;
  leaf.outcome = AuditOutcome::kFailed;
  leaf.reason = ErrorReason::kAuditUnavailable;
  leaf.origin = origin_;
  leaf.object = intent_.record.audit_reference();
  set.leaves.push_back(std::move(leaf));
  parts_.pipeline.Submit(std::move(set), [self = shared_from_this()](CommitResult result) {
    self->Completed(std::move(result));
  });
}

void IntentWithdrawal::Completed(CommitResult result) {
  switch (result.kind) {
    case CommitResult::Kind::kCommitted:
      return;  // it never came into the ledger
    case CommitResult::Kind::kConditionFailed:
    case CommitResult::Kind::kSealedUnderStaleKey:
      return parts_.executor.Post([self = shared_from_this()] { self->MarkNotSent(); });
    case CommitResult::Kind::kFailed:
      if (ReasonOf(result.status) != ErrorReason::kDraining) TryLater();
      return;
  }
}

void IntentWithdrawal::MarkNotSent() {
  const absl::StatusOr<std::optional<StoredPayment>> payment =
      PaymentLedger(parts_.engine).Read(intent_.row_key);
  if (!payment.ok()) return TryLater();
  // Another attempt's intent is that attempt's business.
  if (!payment->has_value() || (*payment)->record.attempt_mark() != intent_.record.attempt_mark()) {
    return;
  }
  OutcomeNote note;
  note.row_key = intent_.row_key;
  note.attempt_mark = intent_.record.attempt_mark();
  note.outcome.state = PaymentState::kNotSent;
  note.outcome.error_code = std::string(ReasonName(ErrorReason::kAuditUnavailable));
  note.outcome.error_text = "the audit log could not be written";
  note.source = EventSource::kIntent;
  note.origin = origin_;
  note.reason = ErrorReason::kAuditUnavailable;
  outcomes_.Write(std::move(note), {nullptr, [self = shared_from_this()] {}});
}

}  // namespace cardvault
