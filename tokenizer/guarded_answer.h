#ifndef CARDVAULT_TOKENIZER_GUARDED_ANSWER_H_
#define CARDVAULT_TOKENIZER_GUARDED_ANSWER_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/audited_status.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "tokenizer/commit_loop.h"
#include "tokenizer/pan_admission.h"
#include "tokenizer/request_log.h"
#include "vault/commit/write_set.h"

namespace cardvault {

// What a refused call's audit entry says, but for why.
struct RefusedCall {
  AuditAction action;
  AuditOrigin origin;
  std::string object;
};

// The entry of a refusal that is committed with its count.
AuditLeaf RefusalLeaf(RefusedCall call, const absl::Status& why);

// Counts the PAN, then holds the request against what its id stands for: ENUMERATION,
// REQUEST_ID_REUSED. What must be committed before the caller is answered is in `set`.
absl::Status CheckGuard(const PanAdmission& pan, const RequestLog& log, absl::Time now,
                        WriteSet& set);

// Every answer that could tell whether the offered PAN is one that the vault has is made here:
// `decide` (WriteSet -> StatusOr<Attempt<T>>) goes on from a set that counts the PAN. An error is
// committed with that count as well, and so is a replay: an answer that came without a commit would
// outrun the counts of the guesses beside it, and would still come when they cannot be written.
template <typename T, typename Decide>
absl::StatusOr<Attempt<T>> AnswerBehindGuard(const PanAdmission& pan, const RequestLog& log,
                                             RefusedCall call, absl::Time now, Decide decide) {
  WriteSet counted;
  absl::Status why = CheckGuard(pan, log, now, counted);
  if (why.ok()) {
    absl::StatusOr<Attempt<T>> attempt = decide(counted);
    if (attempt.ok() || ReasonOf(attempt.status()) == ErrorReason::kInProgress) return attempt;
    why = std::move(attempt).status();
  }
  if (counted.preconditions.empty()) return why;  // there was nothing to count
  Attempt<T> refusal;
  refusal.set = std::move(counted);
  refusal.set.leaves.push_back(RefusalLeaf(std::move(call), why));
  refusal.answer = [why = std::move(why)](uint64_t) mutable -> absl::StatusOr<T> {
    return MarkAudited(std::move(why));
  };
  return refusal;
}

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_GUARDED_ANSWER_H_
