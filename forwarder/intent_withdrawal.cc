#include "forwarder/intent_withdrawal.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/ledger/payment_change.h"
#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/store_retry.h"

namespace cardvault {

// One of them, open for as long as it lives.
class IntentWithdrawals::Withdrawal final : public std::enable_shared_from_this<Withdrawal> {
 public:
  Withdrawal(IntentWithdrawals& all, std::shared_ptr<void> keep_alive, StoredPayment intent,
             Precondition not_there, AuditOrigin origin)
      : keep_alive_(std::move(keep_alive)),
        all_(all),
        intent_(std::move(intent)),
        not_there_(std::move(not_there)),
        origin_(std::move(origin)) {
    all_.open_count_.fetch_add(1);
  }
  ~Withdrawal() { all_.open_count_.fetch_sub(1); }

  void TryLater() {
    all_.delayed_.After(StoreRetryDelay(++failed_tries_),
                        [self = shared_from_this()](bool stopping) {
                          if (!stopping) self->Try();
                        });
  }

 private:
  void Try() {
    WriteSet set;
    set.preconditions.push_back(not_there_);
    AuditLeaf leaf{};
    leaf.action = AuditAction::kPaymentOutcome;
    leaf.outcome = AuditOutcome::kFailed;
    leaf.reason = ErrorReason::kAuditUnavailable;
    leaf.origin = origin_;
    leaf.object = intent_.record.audit_reference();
    set.leaves.push_back(std::move(leaf));
    all_.parts_.pipeline.Submit(std::move(set), [self = shared_from_this()](CommitResult result) {
      self->Completed(std::move(result));
    });
  }

  void Completed(CommitResult result) {
    switch (result.kind) {
      case CommitResult::Kind::kCommitted:
        return;  // it never came into the ledger
      case CommitResult::Kind::kConditionFailed:
      case CommitResult::Kind::kSealedUnderStaleKey:
        return all_.parts_.executor.Post([self = shared_from_this()] { self->MarkNotSent(); });
      case CommitResult::Kind::kFailed:
        if (ReasonOf(result.status) != ErrorReason::kDraining) TryLater();
        return;
    }
  }

  void MarkNotSent() {
    const absl::StatusOr<std::optional<StoredPayment>> payment =
        PaymentLedger(all_.parts_.engine).Read(intent_.row_key);
    if (!payment.ok()) return TryLater();
    // Another attempt's intent is that attempt's business.
    if (!payment->has_value() ||
        (*payment)->record.attempt_mark() != intent_.record.attempt_mark()) {
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
    all_.outcomes_.Write(std::move(note), {nullptr, [self = shared_from_this()] {}});
  }

  const std::shared_ptr<void> keep_alive_;  // ends last: it owns `all_`
  IntentWithdrawals& all_;
  const StoredPayment intent_;
  const Precondition not_there_;
  const AuditOrigin origin_;
  int failed_tries_ = 0;
};

void IntentWithdrawals::Begin(std::shared_ptr<void> keep_alive, StoredPayment intent,
                              Precondition not_there, AuditOrigin origin) {
  std::make_shared<Withdrawal>(*this, std::move(keep_alive), std::move(intent),
                               std::move(not_there), std::move(origin))
      ->TryLater();
}

}  // namespace cardvault
