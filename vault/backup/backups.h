#ifndef CARDVAULT_VAULT_BACKUP_BACKUPS_H_
#define CARDVAULT_VAULT_BACKUP_BACKUPS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/clock.h"
#include "vault/backup/backup_maker.h"
#include "vault/backup/backup_place.h"
#include "vault/backup/backup_rows.h"
#include "vault/backup/stored_backup.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/commit/write_set.h"

namespace cardvault {

// What the thread of Backups does or did last.
struct BackupProgress {
  enum class State { kNone, kRunning, kDone, kFailed };
  State state = State::kNone;
  bool is_verification = false;  // else a backup is made
  std::string id;
  uint64_t done_bytes = 0;
  uint64_t total_bytes = 0;  // 0: not known yet
  absl::Time start_time;
  absl::Status status;  // why it failed
  std::string file;     // of the backup, which is at fault; "" when it is none
};

// A vault's backups: made, verified and deleted beside traffic, one at a time, by a thread of their
// own; and deleted by it when they are too old or too many, so that what was deleted from the store
// leaves the backups too. What was begun stands in the store before a file is written or deleted,
// so a restart ends it: what was being made is removed, or listed where it had become whole, as the
// one has from which a store was restored; what was being deleted is gone on with. Thread-safe.
class Backups final {
 public:
  struct Options {
    std::string directory;  // "": the vault has no place for backups, and none are made
    size_t keep = 14;       // whole ones; the oldest beyond are deleted
    absl::Duration expire_after = absl::Hours(24 * 90);
    uint64_t bytes_per_second = uint64_t{100} << 20;  // read and written, while traffic runs
    absl::Duration sweep_interval = absl::Minutes(1);
  };

  // All must outlive this.
  Backups(BackupSource source, CommitPipeline& pipeline, const Clock& clock, Options options);
  ~Backups();  // Stop

  void Launch();  // starts the thread; call once
  // Ends it within a moment; a backup that is being made comes to nothing. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // Begin: the commit of the beginning is what they wait for, GetProgress tells the rest. Errors of
  // all: FAILED_PRECONDITION (MODE) without a directory, ABORTED (IN_PROGRESS) while another is at
  // it, (VAULT_SEALED); NOT_FOUND for an id that is not listed, or is being made or deleted; those
  // of commits.
  absl::StatusOr<std::string> Create(const Warrant& warrant) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Verify(absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Delete(const Warrant& warrant, absl::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether one could be made now, and whether this one could be verified or deleted.
  absl::Status CheckCreate() const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CheckWhole(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);

  absl::StatusOr<std::vector<ListedBackup>> List() const { return ListBackups(source_.engine); }
  // Whole ones in the directory that are not listed: they came there from elsewhere, or the store
  // was restored; nothing deletes them.
  absl::StatusOr<std::vector<std::string>> Unlisted() const;
  BackupProgress GetProgress() const ABSL_LOCKS_EXCLUDED(mutex_);
  const Options& options() const { return options_; }
  // Until when it is kept at the longest.
  absl::Time ExpireTime(const ListedBackup& backup) const {
    return backup.create_time() + options_.expire_after;
  }

  // What the thread does when there is no call: for tests.
  void Sweep() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  void RunJob();
  absl::Status RunCreate(const BackupProgress& job);
  absl::Status RunVerify(const BackupProgress& job);
  absl::Status Finish(const std::string& id, const BackupManifest& manifest);
  void Abandon(const ListedBackup& backup, const absl::Status& why);
  absl::Status EndMaking(const ListedBackup& backup);
  absl::Status CheckSigned(const StoredBackup& backup, absl::string_view id,
                           std::string& where) const;
  absl::Status SweepListed();
  absl::Status RemoveFiles(const ListedBackup& backup);
  absl::StatusOr<BackupPlace> Place(bool may_make) const;
  absl::Status Begin(const std::string& id, bool is_verification) ABSL_LOCKS_EXCLUDED(mutex_);
  void Set(absl::Status status) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Pace(uint64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<ListedBackup> FindWhole(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsAtWork(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Commit(WriteSet set) const;

  // Constant after construction.
  const BackupSource source_;
  CommitPipeline& pipeline_;
  const Clock& clock_;
  const Options options_;

  mutable absl::Mutex mutex_;
  // Its state is kRunning from when a call takes its turn, before its commit, to its end.
  BackupProgress job_ ABSL_GUARDED_BY(mutex_);
  absl::Duration start_since_boot_ ABSL_GUARDED_BY(mutex_);
  bool is_begun_ ABSL_GUARDED_BY(mutex_) = false;  // the commit is there: the thread may start
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;

  // Used by the thread alone, and by calls that end a job which it has not begun.
  std::string where_;  // the file that it looks at

  std::thread thread_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_BACKUP_BACKUPS_H_
