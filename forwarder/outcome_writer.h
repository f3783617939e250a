#ifndef CARDVAULT_FORWARDER_OUTCOME_WRITER_H_
#define CARDVAULT_FORWARDER_OUTCOME_WRITER_H_

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "audit/audit_leaf.h"
#include "base/clock.h"
#include "base/error_reason.h"
#include "base/executor.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/delayed_work.h"
#include "forwarder/ledger/payment_change.h"
#include "forwarder/ledger/payment_outcome.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

// How often a caller waits for the store before it is told that the outcome is not written yet:
// tries at 20 ms, 100 ms, 0.5 s and 2 s.
inline constexpr int kTriesBeforeAnswer = 4;

// What is to be written of a payment whose intent is committed.
struct OutcomeNote {
  std::string row_key;
  // Of the record that the attempt's intent put. What an attempt itself learned (IsOwnAttempt)
  // speaks of that attempt and of no other; other sources speak of the payment and leave it empty.
  std::string attempt_mark;
  PaymentOutcome outcome;
  EventSource source = EventSource::kAnswer;
  AuditOrigin origin;
  ErrorReason reason = ErrorReason::kUnspecified;
  // Of a notification: its mark, which the record keeps; one that bears it already is left as it
  // is.
  std::string notification_mark;
  // Of an operator's word: the revision of the record that it was judged by. Another one by now
  // makes it ABORTED (REVISION).
  uint64_t judged_revision = 0;
  Warrant warrant;  // of an operator's word too
  // An entry record.corrupt for this token beside the outcome's; "" : none.
  std::string corrupt_token;
};

// Writes outcomes into the ledger, each with its audit entry. It reads the record again for every
// try and lets ApplyOutcome decide, so that what came meanwhile is never overwritten. While the
// store cannot be written it tries again: what an attempt learned for as long as the process lives,
// because nobody else knows it; anything else kTriesBeforeAnswer times, because it is said again.
//
// An attempt's outcome is written at most once, and only while the record awaits that very
// attempt's answer. A try may come late, after a commit that failed and was written all the same:
//
//   the record, read for the try     what happened                                 the try
//   own mark, awaiting               nothing of the outcome is there               writes
//   own mark, not awaiting           an earlier try was written                    ends
//   another mark                     that, it was NOT_SENT, and the next attempt   ends
//                                    of the payment has begun, or ended
//
// In the last case the record is the next attempt's: it may be on the wire, and NOT_SENT written
// over it would allow one sending too many. Thread-safe.
class OutcomeWriter final {
 public:
  struct Done {
    // The record as it stands then, which may be that of a later attempt; or UNAVAILABLE
    // (AUDIT_UNAVAILABLE) when kTriesBeforeAnswer tries failed: what an attempt learned is then
    // still being tried.
    absl::AnyInvocable<void(absl::StatusOr<storage::v1::PaymentRecord>) &&> answer;
    // Called once it is written, or never will be because the process stops; before `answer` when
    // that is still to be called.
    absl::AnyInvocable<void() &&> settled;
  };

  // All must outlive the writer.
  OutcomeWriter(const Engine& engine, CommitPipeline& pipeline, const Clock& clock,
                Executor& executor, DelayedWork& delayed)
      : engine_(engine),
        pipeline_(pipeline),
        clock_(clock),
        executor_(executor),
        delayed_(delayed) {}

  // Never blocks on the disk but for reading one row. Callbacks run on any thread.
  void Write(OutcomeNote note, Done done);

 private:
  class Try;

  const Engine& engine_;
  CommitPipeline& pipeline_;
  const Clock& clock_;
  Executor& executor_;
  DelayedWork& delayed_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTCOME_WRITER_H_
