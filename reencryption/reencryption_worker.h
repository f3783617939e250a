#ifndef CARDVAULT_REENCRYPTION_REENCRYPTION_WORKER_H_
#define CARDVAULT_REENCRYPTION_REENCRYPTION_WORKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/clock.h"
#include "card/vault_mode.h"
#include "cardvault/storage/v1/reencryption.pb.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "reencryption/row_batch.h"
#include "reencryption/row_mover.h"
#include "reencryption/stored_job.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Beyond so many rows that do not open it is not those rows that are wrong, and the audit log is
// not to be flooded.
inline constexpr uint64_t kMaxUnreadableRows = 10'000;
// Looking at a row that need not be moved costs about a twentieth of moving one.
inline constexpr double kLookCost = 0.05;

// The work of ReencryptionJob, without its thread and its pace: passes over the rows of one purpose
// until a whole pass finds nothing to move. Not thread-safe.
class ReencryptionWorker final {
 public:
  struct Options {
    VaultMode mode = VaultMode::kSandbox;
    size_t rows_per_batch = 1;
    uint64_t max_unreadable_rows = kMaxUnreadableRows;
  };

  // All must outlive the worker.
  ReencryptionWorker(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                     const Clock& clock, Options options);

  // Takes up what the store says. Errors: as StoredJob::Read; UNIMPLEMENTED (NOT_OFFERED) for a
  // stored purpose of which nothing can be moved.
  absl::Status Read();

  const storage::v1::ReencryptionRow& row() const { return job_.row; }
  bool IsRunning() const { return row().state() == storage::v1::ReencryptionRow::STATE_RUNNING; }
  bool IsCounted() const { return is_counted_; }

  // Puts another row in the job's place, with an entry. Errors: as commits have them.
  absl::Status Change(storage::v1::ReencryptionRow next, AuditLeaf leaf);

  // One batch of a running job, waiting for its commit. Returns the work done, in rows moved. After
  // an error it may be called again: FAILED_PRECONDITION (VAULT_SEALED); RESOURCE_EXHAUSTED
  // (KEY_LIMIT); UNAVAILABLE; ABORTED (REVISION, IN_PROGRESS); DATA_LOSS when a table cannot be
  // read.
  absl::StatusOr<double> Work();

 private:
  absl::Status TakeUp(StoredJob job);
  absl::Status FollowKey(const Keyring& keyring);
  absl::StatusOr<double> CountSome(const Keyring& keyring);
  absl::StatusOr<double> MoveSome(const Keyring& keyring);
  absl::Status TryAgain(const Keyring& keyring, std::vector<KeyedRow> contended);
  absl::StatusOr<RowBatch> CommitRows(const Keyring& keyring, std::vector<KeyedRow> rows,
                                      bool advances, std::vector<KeyedRow>& contended);
  absl::StatusOr<std::optional<size_t>> Commit(RowBatch& batch, const std::vector<KeyedRow>& rows,
                                               const std::string& position);
  absl::Status EndRange();
  absl::Status End(storage::v1::ReencryptionRow next);
  void ForgetCount();
  // What moves the rows of the range that the pass is in.
  const RowMover& mover() const { return *movers_[row().range()]; }
  absl::StatusOr<std::vector<KeyedRow>> Look(const RowRange& range, const std::string& from) const;
  absl::StatusOr<std::vector<KeyedRow>> NextRows() const;
  absl::Status Refresh(std::vector<KeyedRow>& rows) const;
  AuditLeaf Leaf(AuditAction action) const;

  // Constant after construction.
  const Engine& engine_;
  CommitPipeline& pipeline_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
  const Options options_;

  StoredJob job_;
  // A commit's outcome is not known, or another hand was on the row: it is read again first.
  bool must_read_ = false;
  // Of the job's purpose; empty: there never was a job.
  std::vector<std::unique_ptr<const RowMover>> movers_;
  bool is_counted_ = false;
  size_t count_range_ = 0;
  std::string count_position_;
  uint64_t counted_ = 0;
  bool last_batch_moved_ = true;
  // Keys of rows that have their entry record.corrupt already.
  std::set<std::string> reported_;
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_REENCRYPTION_WORKER_H_
