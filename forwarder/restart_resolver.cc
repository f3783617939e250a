#include "forwarder/restart_resolver.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/ledger/payment_change.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/ledger/payment_outcome.h"
#include "vault/commit/write_set.h"

namespace cardvault {
namespace {

// One page shares a few syncs; it is well below what the pipeline queues.
constexpr size_t kPageSize = 512;

// Waits for the commits of one page and keeps the first error.
class Page final {
 public:
  void Add() {
    absl::MutexLock lock(&mutex_);
    ++open_;
  }

  void Completed(const CommitResult& result) {
    absl::MutexLock lock(&mutex_);
    --open_;
    if (!result.committed() && status_.ok()) {
      status_ = result.kind == CommitResult::Kind::kFailed
                    ? result.status
                    : Internal(ErrorReason::kInternal, "a payment changed before serving began");
    }
  }

  absl::Status Wait() {
    const auto done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_ == 0; };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&done));
    return status_;
  }

 private:
  absl::Mutex mutex_;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

WriteSet InDoubtSet(StoredPayment payment, absl::Time now) {
  PaymentOutcome outcome;
  outcome.state = PaymentState::kInDoubt;
  outcome.error_text = "cardvault stopped before the answer was recorded";
  WriteSet set;
  set.preconditions.push_back(PaymentLedger::Unchanged(payment));
  ApplyOutcome(outcome, EventSource::kRestart, now, payment.record);
  PaymentLedger::Put(payment, set);
  AuditOrigin origin;
  origin.principal = "cardvaultd";
  set.leaves.push_back(OutcomeLeaf(payment.record, origin, ErrorReason::kUnspecified));
  return set;
}

}  // namespace

absl::Status ResolveRestart(const Engine& engine, CommitPipeline& pipeline, const Clock& clock) {
  const PaymentLedger ledger(engine);
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<PaymentLedger::OpenPayment> open,
                     ledger.ScanOpen(after, kPageSize));
    if (open.empty()) return absl::OkStatus();
    Page page;
    absl::Status status;
    for (const PaymentLedger::OpenPayment& candidate : open) {
      if (!candidate.row.awaiting_answer()) continue;
      absl::StatusOr<std::optional<StoredPayment>> payment = ledger.Read(candidate.row_key);
      if (!payment.ok()) status = payment.status();
      if (payment.ok() && !payment->has_value()) {
        status = DataLoss("the ledger lists an open payment that it does not have");
      }
      if (!status.ok()) break;
      page.Add();
      pipeline.Submit(InDoubtSet(**std::move(payment), clock.Now()),
                      [&page](CommitResult result) { page.Completed(result); });
    }
    const absl::Status committed = page.Wait();
    RETURN_IF_ERROR(status);
    RETURN_IF_ERROR(committed);
    after = open.back().row_key;
  }
}

}  // namespace cardvault
