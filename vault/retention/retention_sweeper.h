#ifndef CARDVAULT_VAULT_RETENTION_RETENTION_SWEEPER_H_
#define CARDVAULT_VAULT_RETENTION_RETENTION_SWEEPER_H_

#include <cstddef>
#include <string>
#include <thread>  // NOLINT(build/c++11)

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "card/vault_mode.h"
#include "keys/keyring_holder.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"
#include "vault/retention/due_sweep.h"
#include "vault/retention/log_retention.h"

namespace cardvault {

// Deletes cards whose retention has passed, forgets idempotency and enumeration rows whose window
// has, and sees to it that what was deleted is purged from the files. What is due stands in the
// store, so a restart loses nothing; every deletion is committed on the condition that its rows are
// as they were read, so it cannot meet a change half-way. Does nothing while the vault is sealed.
// Thread-safe.
class RetentionSweeper final {
 public:
  struct Options {
    VaultMode mode = VaultMode::kSandbox;
    absl::Duration interval = absl::Seconds(10);  // between rounds, when nothing else is due
    size_t max_rows_per_round = 512;  // so that traffic's sets are not kept waiting behind a sweep
    absl::Duration enumeration_window = absl::Hours(24);  // as TokenizerOptions has it
    // Deleted bytes are out of the files this long after their deletion at the latest.
    absl::Duration purge_within = absl::Hours(24);
    // Steps after each round; null: the audit log is kept for ever. Outlives the sweeper.
    LogRetention* log = nullptr;
  };

  // Purges deleted bytes from the files (the engine's forced compaction). Runs on the sweeper's
  // thread. When it fails it is called again after the next round.
  using Purge = absl::AnyInvocable<absl::Status()>;

  struct Round {
    size_t deleted_count = 0;    // cards
    size_t forgotten_count = 0;  // window rows
    size_t failed_count = 0;     // sets that met a change, or could not be written: tried again
    size_t unreadable_count = 0;
    bool more = false;  // other rows are due already
  };

  // All must outlive the sweeper.
  RetentionSweeper(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                   const Clock& clock, Options options, Purge purge);
  ~RetentionSweeper();  // Stop

  // Starts the thread. Call once.
  void Start();
  // Ends it after the round it is in. Idempotent.
  void Stop();

  // One round, waiting for its commits: what the thread does, and what tests call in its place.
  // Errors: as CardTables::Open and Engine::Scan.
  absl::StatusOr<Round> SweepOnce() ABSL_LOCKS_EXCLUDED(round_mutex_);
  // Purges if the oldest deletion since the last purge has waited for half of `purge_within`, so
  // that a purge that fails once still comes in time.
  void PurgeIfDue() ABSL_LOCKS_EXCLUDED(round_mutex_);

  // For deletions by others (DeleteToken, ReplacePan): their bytes are to be purged as well.
  void NoteErasure() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  void StepLog();
  Round Commit(SweepPlan plan);

  // Constant after construction.
  const Engine& engine_;
  CommitPipeline& pipeline_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
  const Options options_;

  // One round at a time.
  absl::Mutex round_mutex_;
  std::string next_key_ ABSL_GUARDED_BY(round_mutex_);
  Purge purge_ ABSL_GUARDED_BY(round_mutex_);

  absl::Mutex mutex_ ABSL_ACQUIRED_AFTER(round_mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Since boot; infinite when nothing waits for a purge.
  absl::Duration oldest_erasure_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RETENTION_RETENTION_SWEEPER_H_
