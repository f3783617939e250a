#ifndef CARDVAULT_TOKENIZER_COMMIT_LOOP_H_
#define CARDVAULT_TOKENIZER_COMMIT_LOOP_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/error_reason.h"
#include "base/executor.h"
#include "base/status.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/write_set.h"

namespace cardvault {

// A lost try means that another call on the same card, customer or request was committed, so the
// work as a whole goes on. Ties between callers that add tokens to one card end after three tries
// (PanRows); only changes of one and the same row take one each, and this many of those at once is
// a caller's mistake.
inline constexpr int kMaxCommitTries = 32;

// What one try came to.
template <typename T>
struct Attempt {
  WriteSet set;  // without audit entries: there is nothing to write, the answer stands
  // Gives the answer, which may be an error that comes with rows of its own (a counted refusal);
  // `revision` is that of the rows that were put, 0 when nothing was committed.
  absl::AnyInvocable<absl::StatusOr<T>(uint64_t revision) &&> answer;
};

// Reads and decides (`decide`), commits what was decided under its preconditions, and answers.
// When a precondition no longer holds, a key was rotated meanwhile, or `decide` itself met a change
// half-way (ABORTED, IN_PROGRESS), it decides again on the executor, up to kMaxCommitTries times;
// then ABORTED (IN_PROGRESS). What `decide` holds is freed before `done` runs.
template <typename T>
class CommitLoop final : public std::enable_shared_from_this<CommitLoop<T>> {
 public:
  using Decide = absl::AnyInvocable<absl::StatusOr<Attempt<T>>()>;
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

  // The first try runs at once. `pipeline` and `executor` must outlive the loop.
  static void Run(CommitPipeline& pipeline, Executor& executor, Decide decide, Done done) {
    std::shared_ptr<CommitLoop> loop(
        new CommitLoop(pipeline, executor, std::move(decide), std::move(done)));
    loop->Try();
  }

 private:
  CommitLoop(CommitPipeline& pipeline, Executor& executor, Decide decide, Done done)
      : pipeline_(pipeline),
        executor_(executor),
        decide_(std::move(decide)),
        done_(std::move(done)) {}

  void Try() {
    absl::StatusOr<Attempt<T>> attempt = decide_();
    if (!attempt.ok()) {
      if (ReasonOf(attempt.status()) == ErrorReason::kInProgress) return TryAgain();
      return Finish(std::move(attempt).status());
    }
    if (attempt->set.leaves.empty()) return Finish(std::move(attempt->answer)(0));
    pipeline_.Submit(std::move(attempt->set),
                     [loop = this->shared_from_this(),
                      answer = std::move(attempt->answer)](CommitResult result) mutable {
                       loop->Completed(std::move(result), std::move(answer));
                     });
  }

  void Completed(CommitResult result, absl::AnyInvocable<absl::StatusOr<T>(uint64_t) &&> answer) {
    switch (result.kind) {
      case CommitResult::Kind::kCommitted:
        return Finish(std::move(answer)(result.revision));
      case CommitResult::Kind::kFailed:
        return Finish(std::move(result.status));
      case CommitResult::Kind::kConditionFailed:
      case CommitResult::Kind::kSealedUnderStaleKey:
        return TryAgain();
    }
  }

  void TryAgain() {
    if (++tries_ == kMaxCommitTries) {
      return Finish(
          Aborted(ErrorReason::kInProgress, "other calls keep changing the same card; try again"));
    }
    executor_.Post([loop = this->shared_from_this()] { loop->Try(); });
  }

  void Finish(absl::StatusOr<T> result) {
    decide_ = nullptr;  // the card is wiped before its caller is answered
    std::move(done_)(std::move(result));
  }

  CommitPipeline& pipeline_;
  Executor& executor_;
  Decide decide_;
  Done done_;
  int tries_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_COMMIT_LOOP_H_
