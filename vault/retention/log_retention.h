#ifndef CARDVAULT_VAULT_RETENTION_LOG_RETENTION_H_
#define CARDVAULT_VAULT_RETENTION_LOG_RETENTION_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// No entry goes before it is twelve months old (PCI DSS 10.5.1).
inline constexpr int kMinRetentionMonths = 12;

// The moment so many calendar months before another one, in UTC; never a shorter time than those
// months have.
absl::Time MonthsBefore(absl::Time time, int months);

// Drops the oldest entries of the audit log by whole segments (vault/commit/log_cut.h), each with
// an entry log.retired in the same commit. A segment is dropped when each of its entries is older
// than so many months, and a signed checkpoint in the store covers it; the end of the log that a
// start reads stays in any case. Not thread-safe.
class LogRetention final {
 public:
  struct Options {
    int months = kMinRetentionMonths;  // at least these
    // What is due must have been for so long, by the clock that nobody sets: a wall clock that is
    // years ahead for a while must not end the log.
    absl::Duration patience = absl::Hours(1);
  };

  // All outlive this.
  LogRetention(const Engine& engine, CommitPipeline& pipeline, const Clock& clock, Options options);

  // Drops one segment, if one is due; whether it did. Errors: as Engine::Scan and those of a
  // commit.
  absl::StatusOr<bool> Step();

 private:
  absl::StatusOr<bool> IsDue(uint64_t first);
  // The latest time in a segment; its last entry's, unless the clock was set back within.
  absl::StatusOr<absl::Time> LatestIn(uint64_t first) const;
  absl::Status Retire(uint64_t first, uint64_t revision);

  const Engine& engine_;
  CommitPipeline& pipeline_;
  const Clock& clock_;
  const Options options_;
  // Of the segment that was looked at last, so that none is read each time.
  uint64_t latest_of_ = 0;
  std::optional<absl::Time> latest_;
  std::optional<absl::Duration> due_since_;  // boot
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RETENTION_LOG_RETENTION_H_
