#include "forwarder/outcome_writer.h"

#include <memory>
#include <optional>
#include <utility>

#include "audit/action.h"
#include "base/check.h"
#include "base/log.h"
#include "base/status.h"
#include "forwarder/ledger/payment_change.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/payment_reference.h"
#include "forwarder/store_retry.h"
#include "vault/commit/write_set.h"

namespace cardvault {
namespace {

absl::Status ChangedMeanwhile() {
  return Aborted(ErrorReason::kRevision, "the payment changed meanwhile: look at it again");
}

}  // namespace

// One outcome on its way into the ledger.
class OutcomeWriter::Try : public std::enable_shared_from_this<Try> {
 public:
  Try(OutcomeWriter& writer, OutcomeNote note, Done done)
      : writer_(writer), note_(std::move(note)), done_(std::move(done)) {}

  void Run() {
    absl::StatusOr<std::optional<StoredPayment>> payment =
        PaymentLedger(writer_.engine_).Read(note_.row_key);
    if (!payment.ok()) return RetryLater(payment.status());
    if (!payment->has_value()) {
      return Finish(DataLoss("the intent of a payment is not in the ledger"));
    }
    StoredPayment changed = **std::move(payment);
    if (IsOwnAttempt(note_.source) && !AwaitsThis(changed.record)) return Finish(changed.record);
    if (!note_.notification_mark.empty() &&
        !AddNotificationMark(note_.notification_mark, changed.record)) {
      return Finish(changed.record);
    }
    if (!IsStillTrue(changed.record)) return Finish(changed.record);
    if (note_.source == EventSource::kOperator && changed.revision != note_.judged_revision) {
      return Finish(ChangedMeanwhile());
    }
    if (note_.source == EventSource::kReview) {  // it calls a person, and moves nothing
      note_.outcome.state = static_cast<PaymentState>(changed.record.state());
      note_.outcome.action = static_cast<PaymentAction>(changed.record.action());
    }
    had_conflict_ = changed.record.conflict();
    needed_review_ = changed.record.needs_review();
    ApplyOutcome(note_.outcome, note_.source, writer_.clock_.Now(), changed.record);
    writer_.pipeline_.Submit(SetOf(changed), [self = shared_from_this(), record = changed.record](
                                                 CommitResult result) mutable {
      self->Completed(std::move(result), std::move(record));
    });
  }

 private:
  bool AwaitsThis(const storage::v1::PaymentRecord& record) const {
    return record.awaiting_answer() && record.attempt_mark() == note_.attempt_mark;
  }

  // What was concluded from an earlier record may have been overtaken on its way here.
  bool IsStillTrue(const storage::v1::PaymentRecord& record) const {
    if (note_.source == EventSource::kReview) {
      return IsOpen(static_cast<PaymentState>(record.state()));
    }
    return note_.source != EventSource::kStatus ||
           note_.outcome.state != PaymentState::kNotReceived || MayBeNotReceived(record);
  }

  WriteSet SetOf(const StoredPayment& changed) const {
    WriteSet set;
    set.preconditions.push_back(PaymentLedger::Unchanged(changed));
    PaymentLedger::Put(changed, set);
    if (note_.source == EventSource::kNotification) {
      set.leaves.push_back(
          PaymentLeaf(AuditAction::kNotificationAccepted, changed.record, note_.origin));
    }
    if (note_.source == EventSource::kOperator) {
      set.leaves.push_back(
          PaymentLeaf(AuditAction::kPaymentResolved, changed.record, note_.origin));
    }
    set.leaves.push_back(OutcomeLeaf(changed.record, note_.origin, note_.reason));
    if (!note_.corrupt_token.empty()) {
      AuditLeaf leaf{};
      leaf.action = AuditAction::kRecordCorrupt;
      leaf.outcome = AuditOutcome::kFailed;
      leaf.reason = ErrorReason::kRecordCorrupt;
      leaf.origin = note_.origin;
      leaf.object = note_.corrupt_token;
      set.leaves.push_back(std::move(leaf));
    }
    note_.warrant.Join(set);
    return set;
  }

  void Completed(CommitResult result, storage::v1::PaymentRecord record) {
    switch (result.kind) {
      case CommitResult::Kind::kCommitted:
        TellPerson(record);
        return Finish(std::move(record));
      case CommitResult::Kind::kConditionFailed:
      case CommitResult::Kind::kSealedUnderStaleKey:
        // The payment is not what the operator judged, or what his word rests on has changed.
        if (note_.source == EventSource::kOperator) return Finish(ChangedMeanwhile());
        // Every such loss is another's commit on this payment, of which there are few.
        return writer_.executor_.Post([self = shared_from_this()] { self->Run(); });
      case CommitResult::Kind::kFailed:
        return RetryLater(std::move(result.status));
    }
  }

  // What a person must look at is seen in the log as well.
  void TellPerson(const storage::v1::PaymentRecord& record) const {
    const PaymentReference payment{record.audit_reference()};
    if (record.conflict() && !had_conflict_) {
      LogEvent(LogLevel::kWarning, "payment.conflict").With("payment", payment);
    }
    if (record.needs_review() && !needed_review_) {
      LogEvent(LogLevel::kWarning, "payment.needs_review").With("payment", payment);
    }
  }

  void RetryLater(absl::Status status) {
    // The pipeline stopped: nothing is written any more, and a restart makes it IN_DOUBT.
    if (ReasonOf(status) == ErrorReason::kDraining) return Finish(std::move(status));
    // The reconciler asks again, an upstream says it again, and an operator is told to.
    if (tries_ == kTriesBeforeAnswer && !IsOwnAttempt(note_.source)) {
      return Finish(Unavailable(ErrorReason::kAuditUnavailable,
                                "the payment could not be written: try again later"));
    }
    if (tries_ == kTriesBeforeAnswer && done_.answer != nullptr) {
      LogEvent(LogLevel::kError, "payment.outcome_not_written").With("status", status);
      std::exchange(done_.answer, nullptr)(
          Unavailable(ErrorReason::kAuditUnavailable,
                      "the outcome of the payment could not be written yet: ask GetPayment"));
    }
    writer_.delayed_.After(StoreRetryDelay(++tries_),
                           [self = shared_from_this(), status](bool stopping) mutable {
                             if (stopping) return self->Finish(std::move(status));
                             self->writer_.executor_.Post([self] { self->Run(); });
                           });
  }

  void Finish(absl::StatusOr<storage::v1::PaymentRecord> result) {
    std::move(done_.settled)();
    if (done_.answer != nullptr) std::move(done_.answer)(std::move(result));
  }

  OutcomeWriter& writer_;
  OutcomeNote note_;
  Done done_;
  int tries_ = 0;
  // Before the change that is on its way.
  bool had_conflict_ = false;
  bool needed_review_ = false;
};

void OutcomeWriter::Write(OutcomeNote note, Done done) {
  CV_CHECK(IsOwnAttempt(note.source) == !note.attempt_mark.empty());
  std::make_shared<Try>(*this, std::move(note), std::move(done))->Run();
}

}  // namespace cardvault
