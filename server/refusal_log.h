#ifndef CARDVAULT_SERVER_REFUSAL_LOG_H_
#define CARDVAULT_SERVER_REFUSAL_LOG_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "base/clock.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// Entries that one identity, action and reason writes in a minute; what comes beyond is counted
// into one entry more, so that a flood costs a bounded number of writes.
inline constexpr uint32_t kRefusalsPerMinute = 10;
// Identities, actions and reasons that are told apart in one minute; others share one line.
inline constexpr size_t kMaxRefusalLines = 10000;

// Puts refusals into the audit log. Thread-safe.
class RefusalLog final {
 public:
  RefusalLog(CommitPipeline& pipeline, const Clock& clock);  // both outlive the log
  ~RefusalLog();                                             // Flush

  // Commits an entry, then runs `then` (on the commit thread, or at once when the entry is only
  // counted). A log that cannot be written does not turn a refusal into anything else.
  void Record(AuditLeaf leaf, absl::AnyInvocable<void() &&> then);

  // Writes the counts of minutes that are over; the owner calls it every few seconds.
  void Tick();

  // Writes every count.
  void Flush();

 private:
  // Without the port: every connection has another.
  using Line = std::tuple<std::string /*principal or host*/, AuditAction, ErrorReason>;
  struct Count {
    uint32_t written = 0;
    uint32_t unwritten = 0;
    AuditLeaf example;
  };

  void WriteCounts(std::map<Line, Count> counts);

  CommitPipeline& pipeline_;
  const Clock& clock_;

  absl::Mutex mutex_;
  int64_t minute_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<Line, Count> counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_REFUSAL_LOG_H_
