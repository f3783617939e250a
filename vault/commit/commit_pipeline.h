#ifndef CARDVAULT_VAULT_COMMIT_COMMIT_PIPELINE_H_
#define CARDVAULT_VAULT_COMMIT_COMMIT_PIPELINE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "audit/compact_range.h"
#include "base/clock.h"
#include "keys/keyring_holder.h"
#include "vault/commit/audit_tail.h"
#include "vault/commit/commit_gate.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// A full queue refuses: at one sync of 1-10 ms a batch this is some seconds of work.
inline constexpr size_t kMaxQueuedSets = 16384;
// One batch holds at most this many sets, so that the first caller's wait stays bounded.
inline constexpr size_t kMaxSetsPerBatch = 1024;
// Wall clock and boot clock drift apart by slewing and rounding; beyond this the wall clock was
// stepped, which is an audit entry.
inline constexpr absl::Duration kClockStepTolerance = absl::Seconds(1);

// The one way to write. A thread gathers the sets that wait, judges their preconditions in order
// (each set sees the sets before it in the same batch; a set that fails drops out whole), numbers
// and appends the audit entries of those that pass, writes all with one sync, and completes every
// caller. Nothing waits to fill a batch: when the thread is idle a set is written at once.
//
// When a batch cannot be written, every set of it fails, also those whose preconditions did not
// hold (they may have been judged against sets that then came to nothing), and no sequence number
// is used up. What really became of it is settled before the next batch: until the engine is
// settled and the end of the log read again, every set fails.
//
// The pipeline writes two kinds of entries of its own in front of those of the sets: clock.stepped
// and keyring.attested. Thread-safe.
class CommitPipeline final {
 public:
  using Done = absl::AnyInvocable<void(CommitResult) &&>;

  struct Options {
    // For tests: as HoldUntil from the start (0: never waits).
    size_t hold_until_sets = 0;
    // What must be well beside the store; null: nothing. Outlives the pipeline.
    CommitGate* gate = nullptr;
    // The store is not admitted: until the set is committed whose first entry is log.restored,
    // every other one is refused (FAILED_PRECONDITION, NOT_ADMITTED), and nothing is written.
    bool is_closed = false;
  };

  // All must outlive the pipeline. Reads where the audit log begins and ends; errors as
  // CheckLogCut, ReadAuditTail and ReadKeptCheckpoint.
  static absl::StatusOr<std::unique_ptr<CommitPipeline>> Start(Engine& engine,
                                                               const KeyringHolder& keyring,
                                                               const Clock& clock, Options options);
  ~CommitPipeline();  // drains

  // Queues a set; `done` runs on the commit thread, once, and must not block. When the queue is
  // full or the pipeline stopped, `done` runs at once on the caller's thread with kFailed
  // (RESOURCE_EXHAUSTED LIMIT, UNAVAILABLE DRAINING).
  void Submit(WriteSet set, Done done);

  // For tests: the thread leaves the queue alone once more until this many sets wait, or Stop.
  void HoldUntil(size_t sets);

  // Submit and wait: for start-up, administration and tests; not on the commit thread.
  CommitResult SubmitAndWait(WriteSet set);

  // Commits what waits and refuses what comes later. Idempotent. Not on the commit thread.
  void Stop();

  // Whether the last batch could not be written, and what became of it is not settled yet: nothing
  // is committed meanwhile.
  bool is_failing() const { return is_failing_.load(std::memory_order_relaxed); }

  // Whether the store is not admitted, so that nothing but its admission is written.
  bool is_closed() const { return is_closed_.load(std::memory_order_acquire); }

  // While it is failing: settles it now, if the medium lets it, though nobody writes, and keeps the
  // checkpoint that could not be kept.
  void Retry();

  // The tree of the committed entries.
  CompactRange audit_tree() const;

  // Entries in the audit log, committed ones only.
  uint64_t audit_entry_count() const;

  // Keeps a signed checkpoint in the store, with the next batch or one of its own; when that fails
  // it is tried again with each batch after it, and at Retry. The newer one displaces one that
  // waits, and in the store the one before it that is of the same kKeyringAttestInterval of
  // entries.
  void KeepCheckpoint(KeptCheckpoint checkpoint);

  // The newest keyring revision that the audit log has, 0 before the first.
  uint64_t audited_keyring_revision() const;

 private:
  struct Waiting {
    WriteSet set;
    Done done;
  };

  // One reading of both clocks.
  struct ClockReading {
    absl::Time wall;
    absl::Duration since_boot;
  };

  // How the log grows while a batch is judged: taken over when the batch is written.
  struct Growth {
    AuditTail tail;
    ClockReading reading;
    bool clock_judged = false;
  };

  CommitPipeline(Engine& engine, const KeyringHolder& keyring, const Clock& clock, Options options,
                 const AuditTail& tail, uint64_t kept_size);
  void Run();
  void CommitBatch(std::vector<Waiting>& batch, std::optional<KeptCheckpoint> checkpoint);
  absl::Status SettleIfNeeded();
  // `gate`: what the gate said of this batch. `is_closed`: as the sets before it left the store.
  CommitResult Judge(const WriteSet& set, const absl::Status& gate, bool is_closed,
                     EngineBatch& batch) const;
  bool MayRetire(uint64_t first) const;
  void PutCheckpoint(const KeptCheckpoint& checkpoint, EngineBatch& batch) const;
  uint64_t Append(const WriteSet& set, EngineBatch& batch, Growth& growth) const;
  void JudgeClock(EngineBatch& batch, Growth& growth) const;
  // The sequence that the entry got.
  uint64_t AppendLeaf(const AuditLeaf& leaf, EngineBatch& batch, Growth& growth) const;
  ClockReading ReadClocks() const { return {clock_.Now(), clock_.SinceBoot()}; }
  void Publish(const AuditTail& tail);

  // Constant after construction.
  Engine& engine_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
  const Options options_;

  // Used by the commit thread alone.
  std::optional<KeptCheckpoint> unkept_;  // its batch failed
  AuditTail tail_;
  uint64_t kept_size_;  // that the newest checkpoint in the store is of; 0: there is none
  ClockReading last_reading_;
  bool unsettled_ = false;
  std::atomic<bool> is_failing_ = false;  // as unsettled_, for others
  std::atomic<bool> is_closed_;           // changed by the commit thread alone, once

  // State below is protected by mutex_.
  mutable absl::Mutex mutex_;
  std::deque<Waiting> queue_ ABSL_GUARDED_BY(mutex_);
  size_t hold_until_sets_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool must_retry_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<KeptCheckpoint> checkpoint_ ABSL_GUARDED_BY(mutex_);  // waits
  CompactRange committed_tree_ ABSL_GUARDED_BY(mutex_);
  uint64_t keyring_revision_ ABSL_GUARDED_BY(mutex_);

  absl::Mutex join_mutex_;
  std::thread thread_ ABSL_GUARDED_BY(join_mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_COMMIT_COMMIT_PIPELINE_H_
