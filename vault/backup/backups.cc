#include "vault/backup/backups.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "keys/keyring.h"
#include "vault/commit/audit_nodes.h"
#include "vault/engine/table.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

using storage::v1::BackupRow;

constexpr char kOwnName[] = "cardvaultd";

AuditLeaf LeafOf(AuditAction action, const AuditOrigin& origin, absl::string_view id,
                 const absl::Status& status = absl::OkStatus()) {
  AuditLeaf leaf{action};
  leaf.origin = origin;
  leaf.object.assign(id.data(), id.size());
  if (!status.ok()) {
    leaf.outcome = AuditOutcome::kFailed;
    leaf.reason = ReasonOf(status);
  }
  return leaf;
}

AuditOrigin Own() {
  AuditOrigin origin;
  origin.principal = kOwnName;
  return origin;
}

// The row as it is to be, if it is still as it was read.
WriteSet RowSet(const ListedBackup& backup, AuditLeaf leaf) {
  WriteSet set;
  const std::string key = BackupRowKey(backup.id);
  set.preconditions.push_back(Precondition::Unchanged(Table::kPolicy, key, backup.revision));
  set.puts.push_back({Table::kPolicy, key, EncodeRow(backup.row)});
  set.leaves.push_back(std::move(leaf));
  return set;
}

WriteSet GoneSet(const ListedBackup& backup, AuditLeaf leaf) {
  WriteSet set = RowSet(backup, std::move(leaf));
  set.puts.clear();
  set.deletes.push_back({Table::kPolicy, BackupRowKey(backup.id)});
  return set;
}

absl::Status Stopping() {
  return Unavailable(ErrorReason::kDraining, "the server is shutting down");
}

}  // namespace

Backups::Backups(BackupSource source, CommitPipeline& pipeline, const Clock& clock, Options options)
    : source_(source), pipeline_(pipeline), clock_(clock), options_(std::move(options)) {}

Backups::~Backups() { Stop(); }

void Backups::Launch() {
  if (options_.directory.empty()) return;
  thread_ = std::thread([this] { Run(); });
}

void Backups::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

BackupProgress Backups::GetProgress() const {
  absl::MutexLock lock(&mutex_);
  return job_;
}

absl::Status Backups::Commit(WriteSet set) const {
  const CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  if (result.kind == CommitResult::Kind::kConditionFailed) {
    return Aborted(ErrorReason::kRevision, "the backup changed in this very moment: try again");
  }
  return result.status;
}

absl::StatusOr<BackupPlace> Backups::Place(bool may_make) const {
  if (options_.directory.empty()) {
    return FailedPrecondition(ErrorReason::kMode,
                              "the configuration has no section `backup`: write there where "
                              "backups go, and start the server with it");
  }
  absl::StatusOr<BackupPlace> place =
      BackupPlace::Open(options_.directory, source_.identity.vault_id.value(), may_make);
  if (absl::IsNotFound(place.status())) {
    return FailedPrecondition(ErrorReason::kMode,
                              "the backup directory is not there: mount it, or make it");
  }
  return place;
}

absl::StatusOr<ListedBackup> Backups::FindWhole(absl::string_view id) const {
  if (!IsBackupId(id)) {
    return InvalidArgument(ErrorReason::kIdInvalid, "id", "that is no backup's id");
  }
  ASSIGN_OR_RETURN(std::optional<ListedBackup> backup, FindBackup(source_.engine, id));
  const auto state =
      backup.has_value() ? backup->row.state() : storage::v1::BACKUP_STATE_UNSPECIFIED;
  // One that a process left in the making: what is wrong with it can be asked, and it deleted.
  const bool is_left = state == storage::v1::BACKUP_STATE_MAKING && !IsAtWork(id);
  if (state != storage::v1::BACKUP_STATE_WHOLE && !is_left) {
    return NotFound(ErrorReason::kNotFound, "there is no whole backup of this id");
  }
  return *std::move(backup);
}

bool Backups::IsAtWork(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  return job_.state == BackupProgress::State::kRunning && job_.id == id;
}

absl::Status Backups::CheckCreate() const {
  RETURN_IF_ERROR(Place(/*may_make=*/true).status());
  RETURN_IF_ERROR(source_.keyring.Snapshot().status());
  absl::MutexLock lock(&mutex_);
  if (job_.state != BackupProgress::State::kRunning) return absl::OkStatus();
  return Aborted(ErrorReason::kInProgress, "a backup is being made or verified: wait for its end");
}

absl::Status Backups::CheckWhole(absl::string_view id) const {
  RETURN_IF_ERROR(FindWhole(id).status());
  return Place(/*may_make=*/false).status();
}

absl::Status Backups::Begin(const std::string& id, bool is_verification) {
  absl::MutexLock lock(&mutex_);
  if (is_stopping_) return Stopping();
  if (job_.state == BackupProgress::State::kRunning) {
    return Aborted(ErrorReason::kInProgress,
                   "a backup is being made or verified: wait for its end");
  }
  job_ = BackupProgress();
  job_.state = BackupProgress::State::kRunning;
  job_.is_verification = is_verification;
  job_.id = id;
  job_.start_time = clock_.Now();
  start_since_boot_ = clock_.SinceBoot();
  return absl::OkStatus();
}

absl::StatusOr<std::string> Backups::Create(const Warrant& warrant) {
  RETURN_IF_ERROR(Place(/*may_make=*/true).status());
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, source_.keyring.Snapshot());
  const std::string id = NewBackupId(clock_.Now());
  RETURN_IF_ERROR(Begin(id, /*is_verification=*/false));
  ListedBackup backup;
  backup.id = id;
  backup.row.set_create_micros(absl::ToUnixMicros(clock_.Now()));
  backup.row.set_kek_check_value(keyring->keks().back().check_value);
  backup.row.set_state(storage::v1::BACKUP_STATE_MAKING);
  WriteSet set = RowSet(backup, LeafOf(AuditAction::kBackupBegun, warrant.origin, id));
  set.preconditions = {Precondition::Absent(Table::kPolicy, BackupRowKey(id))};
  warrant.Join(set);
  const absl::Status begun = Commit(std::move(set));
  if (!begun.ok()) {
    Set(begun);
    return begun;
  }
  absl::MutexLock lock(&mutex_);
  is_begun_ = true;
  return id;
}

absl::Status Backups::Verify(absl::string_view id) {
  RETURN_IF_ERROR(CheckWhole(id));
  RETURN_IF_ERROR(Begin(std::string(id.data(), id.size()), /*is_verification=*/true));
  absl::MutexLock lock(&mutex_);
  is_begun_ = true;
  return absl::OkStatus();
}

absl::Status Backups::Delete(const Warrant& warrant, absl::string_view id) {
  ASSIGN_OR_RETURN(ListedBackup backup, FindWhole(id));
  RETURN_IF_ERROR(Place(/*may_make=*/false).status());
  if (IsAtWork(id)) {
    return Aborted(ErrorReason::kInProgress, "this backup is being verified: wait for its end");
  }
  backup.row.set_state(storage::v1::BACKUP_STATE_DELETING);
  WriteSet set = RowSet(backup, LeafOf(AuditAction::kBackupDeleted, warrant.origin, id));
  warrant.Join(set);
  RETURN_IF_ERROR(Commit(std::move(set)));
  // What fails here the thread goes on with.
  const absl::StatusOr<std::optional<ListedBackup>> now = FindBackup(source_.engine, id);
  if (now.ok() && now->has_value()) {
    const absl::Status removed = RemoveFiles(**now);
    if (!removed.ok()) LogEvent(LogLevel::kWarning, "backup.not_removed").With("status", removed);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Backups::Unlisted() const {
  std::vector<std::string> unlisted;
  if (options_.directory.empty()) return unlisted;
  ASSIGN_OR_RETURN(const std::vector<ListedBackup> listed, List());
  // A look makes no empty mount point this vault's.
  const absl::StatusOr<bool> is_new = BackupPlace::IsNew(options_.directory);
  if (listed.empty() && is_new.ok() && *is_new) return unlisted;
  ASSIGN_OR_RETURN(const BackupPlace place, Place(/*may_make=*/false));
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, place.Ids());
  for (const std::string& id : ids) {
    const bool known = std::any_of(listed.begin(), listed.end(),
                                   [&](const ListedBackup& backup) { return backup.id == id; });
    if (!known) unlisted.push_back(id);
  }
  return unlisted;
}

void Backups::Run() {
  Sweep();  // what the process before left
  while (true) {
    bool has_job = false;
    {
      absl::MutexLock lock(&mutex_);
      const auto is_due = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return is_begun_ || is_stopping_;
      };
      mutex_.AwaitWithTimeout(absl::Condition(&is_due), options_.sweep_interval);
      if (is_stopping_) return;
      has_job = std::exchange(is_begun_, false);
    }
    if (has_job) RunJob();
    Sweep();
  }
}

void Backups::Set(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  job_.state = status.ok() ? BackupProgress::State::kDone : BackupProgress::State::kFailed;
  job_.file = where_;
  job_.status = std::move(status);
}

void Backups::RunJob() {
  const BackupProgress job = GetProgress();
  where_.clear();
  const absl::Status done = job.is_verification ? RunVerify(job) : RunCreate(job);
  LogEvent(done.ok() ? LogLevel::kInfo : LogLevel::kError,
           job.is_verification ? ErrorText("backup.verified") : ErrorText("backup.made"))
      .With("bytes", GetProgress().done_bytes)
      .With("status", done);
  Set(done);
}

// Waits until as much may have been done; also what stops the work.
absl::Status Backups::Pace(uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  job_.done_bytes += bytes;
  const absl::Duration due = absl::Seconds(static_cast<double>(job_.done_bytes) /
                                           static_cast<double>(options_.bytes_per_second)) -
                             (clock_.SinceBoot() - start_since_boot_);
  if (due > absl::ZeroDuration()) {
    mutex_.AwaitWithTimeout(absl::Condition(&is_stopping_), due);
  }
  return is_stopping_ ? Stopping() : absl::OkStatus();
}

absl::Status Backups::RunCreate(const BackupProgress& job) {
  ASSIGN_OR_RETURN(const std::optional<ListedBackup> listed, FindBackup(source_.engine, job.id));
  if (!listed.has_value()) return DataLoss("the row of a backup is gone");
  const auto make = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const BackupPlace place, Place(/*may_make=*/true));
    RETURN_IF_ERROR(place.RemoveUnfinished());
    ASSIGN_OR_RETURN(
        const BackupManifest manifest,
        MakeBackup(
            source_, place, {job.id, listed->create_time(), listed->row.kek_check_value()},
            [this](uint64_t bytes) {
              absl::MutexLock lock(&mutex_);
              job_.total_bytes = bytes;
            },
            [this](uint64_t bytes) { return Pace(bytes); }));
    return Finish(job.id, manifest);
  };
  const absl::Status made = make();
  if (!made.ok()) Abandon(*listed, made);
  return made;
}

absl::Status Backups::Finish(const std::string& id, const BackupManifest& manifest) {
  ASSIGN_OR_RETURN(std::optional<ListedBackup> backup, FindBackup(source_.engine, id));
  if (!backup.has_value()) return DataLoss("the row of a backup is gone");
  uint64_t size = 0;
  for (const BackupManifest::File& file : manifest.files) size += file.size_bytes;
  backup->row.set_state(storage::v1::BACKUP_STATE_WHOLE);
  backup->row.set_keyring_revision(manifest.keyring_revision);
  backup->row.set_size_bytes(static_cast<int64_t>(size));
  backup->row.set_log_size(manifest.log.size);
  for (const std::string& key : manifest.keys) backup->row.add_keys(key);
  AuditLeaf leaf = LeafOf(AuditAction::kBackupCreated, Own(), id);
  return Commit(RowSet(*backup, std::move(leaf)));
}

// Its files first: as long as one may be there it is listed.
void Backups::Abandon(const ListedBackup& backup, const absl::Status& why) {
  absl::StatusOr<BackupPlace> place = Place(/*may_make=*/true);
  absl::Status ended = place.ok() ? place->Remove(backup.id) : place.status();
  if (ended.ok()) {
    ended = Commit(GoneSet(backup, LeafOf(AuditAction::kBackupFailed, Own(), backup.id, why)));
  }
  if (!ended.ok()) LogEvent(LogLevel::kWarning, "backup.not_removed").With("status", ended);
}

// Of a process that ended. One that has its name is whole, and it may be the one from which this
// store was restored: its row is in it as it was when the files were copied. It is never deleted
// here; one that does not open stays as it is listed, for an operator to verify or delete.
absl::Status Backups::EndMaking(const ListedBackup& backup) {
  ASSIGN_OR_RETURN(const BackupPlace place, Place(/*may_make=*/false));
  absl::StatusOr<OpenDirectory> directory = place.directory().OpenIn(backup.id);
  if (absl::IsNotFound(directory.status())) {
    Abandon(backup, Stopping());
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(directory.status());
  std::string where;
  ASSIGN_OR_RETURN(const StoredBackup stored, StoredBackup::Open(*std::move(directory), where));
  RETURN_IF_ERROR(CheckSigned(stored, backup.id, where));
  RETURN_IF_ERROR(stored.CheckNames(where));
  return Finish(backup.id, stored.manifest());
}

// Whether this vault made it under this id, as its signature says.
absl::Status Backups::CheckSigned(const StoredBackup& backup, absl::string_view id,
                                  std::string& where) const {
  const BackupManifest& manifest = backup.manifest();
  if (manifest.id != id || manifest.vault_id != source_.identity.vault_id.value()) {
    where = kManifestName;
    return DataLoss("it is of another backup than the one of this name");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, source_.keyring.Snapshot());
  ASSIGN_OR_RETURN(const std::vector<NoteKey> keys, CheckpointKeys(*keyring, manifest.log.origin));
  return backup.CheckSignature(keys, where);
}

absl::Status Backups::RunVerify(const BackupProgress& job) {
  const auto verify = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const BackupPlace place, Place(/*may_make=*/false));
    where_ = job.id;
    ASSIGN_OR_RETURN(OpenDirectory directory, place.directory().OpenIn(job.id));
    ASSIGN_OR_RETURN(const StoredBackup backup, StoredBackup::Open(std::move(directory), where_));
    const BackupManifest& manifest = backup.manifest();
    RETURN_IF_ERROR(CheckSigned(backup, job.id, where_));
    RETURN_IF_ERROR(backup.CheckNames(where_));
    {
      absl::MutexLock lock(&mutex_);
      job_.total_bytes = backup.size_bytes();
    }
    RETURN_IF_ERROR(backup.CheckDigests([this](uint64_t bytes) { return Pace(bytes); }, where_));
    RETURN_IF_ERROR(CheckBackupStore(absl::StrCat(options_.directory, "/", job.id, "/", kDataName),
                                     manifest, where_)
                        .status());
    // A log that a restore has ended may have had entries that the one that runs has not.
    if (manifest.log.origin != source_.checkpointer.origin()) return absl::OkStatus();
    where_ = kNoteName;
    StoredNodes nodes(source_.engine);
    ASSIGN_OR_RETURN(const TreeHash root, RootOf(nodes, manifest.log.size));
    if (root != manifest.log.root) {
      return DataLoss("the log that runs does not begin with the one in the backup");
    }
    where_.clear();
    return absl::OkStatus();
  };
  const absl::Status verified = verify();
  ASSIGN_OR_RETURN(std::optional<ListedBackup> listed, FindBackup(source_.engine, job.id));
  AuditLeaf leaf = LeafOf(AuditAction::kBackupVerified, Own(), job.id, verified);
  if (!listed.has_value()) return NotFound(ErrorReason::kNotFound, "the backup was deleted");
  if (verified.ok()) listed->row.set_verified_micros(absl::ToUnixMicros(clock_.Now()));
  RETURN_IF_ERROR(Commit(RowSet(*listed, std::move(leaf))));
  return verified;
}

absl::Status Backups::RemoveFiles(const ListedBackup& backup) {
  ASSIGN_OR_RETURN(const BackupPlace place, Place(/*may_make=*/false));
  RETURN_IF_ERROR(place.Remove(backup.id));
  return Commit(GoneSet(backup, LeafOf(AuditAction::kBackupRemoved, Own(), backup.id)));
}

absl::Status Backups::SweepListed() {
  ASSIGN_OR_RETURN(std::vector<ListedBackup> listed, List());
  size_t whole = 0;
  // The newest first: what is beyond `keep` are the oldest.
  for (auto it = listed.rbegin(); it != listed.rend(); ++it) {
    ListedBackup& backup = *it;
    if (backup.row.state() == storage::v1::BACKUP_STATE_WHOLE && ++whole <= options_.keep &&
        ExpireTime(backup) > clock_.Now()) {
      continue;
    }
    if (IsAtWork(backup.id)) continue;
    RETURN_IF_ERROR(Place(/*may_make=*/false).status());
    if (backup.row.state() == storage::v1::BACKUP_STATE_MAKING) {
      const absl::Status ended = EndMaking(backup);
      if (!ended.ok()) LogEvent(LogLevel::kWarning, "backup.not_ended").With("status", ended);
      continue;
    }
    if (backup.row.state() == storage::v1::BACKUP_STATE_WHOLE) {
      backup.row.set_state(storage::v1::BACKUP_STATE_DELETING);
      RETURN_IF_ERROR(
          Commit(RowSet(backup, LeafOf(AuditAction::kBackupExpired, Own(), backup.id))));
      ASSIGN_OR_RETURN(const std::optional<ListedBackup> now,
                       FindBackup(source_.engine, backup.id));
      if (!now.has_value()) continue;
      backup = *now;
    }
    RETURN_IF_ERROR(RemoveFiles(backup));
  }
  return absl::OkStatus();
}

void Backups::Sweep() {
  const absl::Status swept = SweepListed();
  if (!swept.ok()) LogEvent(LogLevel::kWarning, "backup.sweep_failed").With("status", swept);
}

}  // namespace cardvault
