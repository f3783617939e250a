#ifndef CARDVAULT_REENCRYPTION_REENCRYPTION_JOB_H_
#define CARDVAULT_REENCRYPTION_REENCRYPTION_JOB_H_

#include <cstdint>
#include <thread>  // NOLINT(build/c++11)

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/clock.h"
#include "card/vault_mode.h"
#include "keys/key_purpose.h"
#include "keys/keyring_holder.h"
#include "reencryption/rate_meter.h"
#include "reencryption/reencryption_progress.h"
#include "reencryption/reencryption_worker.h"
#include "reencryption/throttle.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// A million records in some three minutes, beside which traffic keeps its p99.
inline constexpr uint32_t kDefaultReencryptionRate = 5000;

// Moves what rests under earlier versions of a key to the active one while traffic goes on. One
// batch at a time is in the commit queue: its rows, where the job is, and an entry key.reencrypted
// with their number, in one commit; after a crash the job goes on from there. A row that does not
// open stays as it is, under an entry record.corrupt, and does not stop the others. When the key is
// rotated meanwhile the newer version is the target and the job begins anew. While the vault is
// sealed, or the store cannot be written, it waits. Thread-safe.
class ReencryptionJob final {
 public:
  struct Options {
    VaultMode mode = VaultMode::kSandbox;
    uint32_t rows_per_second = kDefaultReencryptionRate;  // 0: as fast as it goes
    uint64_t max_unreadable_rows = kMaxUnreadableRows;
  };

  // All must outlive the job.
  ReencryptionJob(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                  const Clock& clock, Options options);
  ~ReencryptionJob();  // Stop

  // Takes up what the store says: a job that ran goes on, one that was paused stays so. Call once,
  // before all else. Errors: as ReencryptionWorker::Read.
  absl::Status ResumeStored();

  // Starts the thread. Call once.
  void Launch();

  // Ends the thread after the batch it is in; the next process goes on. Idempotent.
  void Stop();

  // Begins, under an entry key.reencryption_started. OK and no change when it runs for the same
  // purpose; one that is paused for it goes on, one that is paused for another is given up. ABORTED
  // (IN_PROGRESS) while it runs for another. UNIMPLEMENTED (NOT_OFFERED): nothing under the
  // purpose's key can be moved (token-mac, request-digest, cursor, audit-signing).
  // FAILED_PRECONDITION (VAULT_SEALED). UNAVAILABLE (AUDIT_UNAVAILABLE).
  absl::Status Start(KeyPurpose purpose, const AuditOrigin& origin);

  // Both survive a restart, and are OK and change nothing when it is so already. NOT_FOUND when
  // there is no job that is not over. UNAVAILABLE (AUDIT_UNAVAILABLE).
  absl::Status Pause(const AuditOrigin& origin);
  absl::Status Resume(const AuditOrigin& origin);

  // At once, whatever the job does.
  ReencryptionProgress GetProgress() const;

  // What the thread does over and over, and tests call in its place: one batch, waiting for its
  // commit. Returns how long to wait before the next; for ever when there is nothing to do.
  absl::Duration Step();

 private:
  class Administration;

  void Run();
  absl::Status Put(storage::v1::ReencryptionRow next, AuditAction action, const AuditOrigin& origin)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayStep() const ABSL_SHARED_LOCKS_REQUIRED(wake_mutex_) {
    return stopping_ || administrators_ == 0;
  }
  bool IsWoken() const ABSL_SHARED_LOCKS_REQUIRED(wake_mutex_) { return stopping_ || woken_; }

  // Constant after construction.
  const Engine& engine_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
  const Options options_;

  // Held during a step, and by whoever changes the job.
  absl::Mutex mutex_;
  ReencryptionWorker worker_ ABSL_GUARDED_BY(mutex_);
  Throttle throttle_ ABSL_GUARDED_BY(mutex_);
  RateMeter meter_ ABSL_GUARDED_BY(mutex_);

  mutable absl::Mutex progress_mutex_ ABSL_ACQUIRED_AFTER(mutex_);
  ReencryptionProgress progress_ ABSL_GUARDED_BY(progress_mutex_);

  absl::Mutex wake_mutex_;
  bool woken_ ABSL_GUARDED_BY(wake_mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(wake_mutex_) = false;
  int administrators_ ABSL_GUARDED_BY(wake_mutex_) = 0;  // who wants mutex_: they go first

  std::thread thread_;
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_REENCRYPTION_JOB_H_
