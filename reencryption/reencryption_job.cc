#include "reencryption/reencryption_job.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "cardvault/storage/v1/reencryption.pb.h"
#include "keys/keyring.h"
#include "reencryption/row_movers.h"

namespace cardvault {
namespace {

using storage::v1::ReencryptionRow;

// One batch holds the commit thread up for some milliseconds at most.
constexpr size_t kMaxRowsPerBatch = 256;
// A slow job's batches come this often, so that each is small beside what traffic commits.
constexpr uint32_t kBatchesPerSecond = 50;
constexpr size_t kMinRowsPerBatch = 16;  // fewer would spend themselves on syncs
// After an error, which is nobody's to mend here.
constexpr absl::Duration kRetryInterval = absl::Seconds(1);

size_t RowsPerBatch(uint32_t rows_per_second) {
  if (rows_per_second == 0) return kMaxRowsPerBatch;
  return std::clamp<size_t>(rows_per_second / kBatchesPerSecond, kMinRowsPerBatch,
                            kMaxRowsPerBatch);
}

absl::StatusOr<uint32_t> ActiveVersion(const Keyring& keyring, KeyPurpose purpose) {
  for (const KeyVersionInfo& info : keyring.Inventory()) {
    if (info.purpose == purpose && keyring.IsActive(purpose, info.version)) return info.version;
  }
  return FailedPrecondition(ErrorReason::kVaultSealed, "the keyring has no active key for this");
}

bool IsOpen(const ReencryptionRow& row) {
  return row.state() == ReencryptionRow::STATE_RUNNING ||
         row.state() == ReencryptionRow::STATE_PAUSED;
}

absl::Status NoJob() {
  return NotFound(ErrorReason::kNotFound, "there is no re-encryption that is not over");
}

}  // namespace

// Takes the job from its thread: a thread that never sleeps would take the lock again and again.
class ABSL_SCOPED_LOCKABLE ReencryptionJob::Administration final {
 public:
  explicit Administration(ReencryptionJob& job) ABSL_EXCLUSIVE_LOCK_FUNCTION(job.mutex_)
      : job_(job) {
    {
      absl::MutexLock lock(&job_.wake_mutex_);
      ++job_.administrators_;
    }
    job_.mutex_.Lock();
  }
  ~Administration() ABSL_UNLOCK_FUNCTION() {
    job_.mutex_.Unlock();
    absl::MutexLock lock(&job_.wake_mutex_);
    --job_.administrators_;
    job_.woken_ = true;
  }

 private:
  ReencryptionJob& job_;
};

ReencryptionJob::ReencryptionJob(const Engine& engine, CommitPipeline& pipeline,
                                 const KeyringHolder& keyring, const Clock& clock, Options options)
    : engine_(engine),
      keyring_(keyring),
      clock_(clock),
      options_(options),
      worker_(engine, pipeline, keyring, clock,
              {.mode = options.mode,
               .rows_per_batch = RowsPerBatch(options.rows_per_second),
               .max_unreadable_rows = options.max_unreadable_rows}),
      throttle_(options.rows_per_second) {}

ReencryptionJob::~ReencryptionJob() { Stop(); }

absl::Status ReencryptionJob::ResumeStored() {
  const Administration administration(*this);
  RETURN_IF_ERROR(worker_.Read());
  Publish(absl::OkStatus());
  return absl::OkStatus();
}

void ReencryptionJob::Launch() {
  CV_CHECK(!thread_.joinable());
  thread_ = std::thread([this] { Run(); });
}

void ReencryptionJob::Stop() {
  {
    absl::MutexLock lock(&wake_mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void ReencryptionJob::Run() {
  while (true) {
    {
      absl::MutexLock lock(&wake_mutex_, absl::Condition(this, &ReencryptionJob::MayStep));
      if (stopping_) return;
      woken_ = false;
    }
    const absl::Duration pause = Step();
    absl::MutexLock lock(&wake_mutex_);
    wake_mutex_.AwaitWithTimeout(absl::Condition(this, &ReencryptionJob::IsWoken), pause);
  }
}

absl::Duration ReencryptionJob::Step() {
  absl::MutexLock lock(&mutex_);
  if (!worker_.IsRunning()) return absl::InfiniteDuration();
  const absl::Duration begin = clock_.SinceBoot();
  const absl::StatusOr<double> work = worker_.Work();
  const absl::Duration now = clock_.SinceBoot();
  meter_.Note(now, worker_.row().done_count());
  Publish(work.status());
  if (work.ok()) {
    return worker_.IsRunning() ? throttle_.Charge(begin, now, *work) : absl::InfiniteDuration();
  }
  // Another was first; what is read next is newer.
  if (absl::IsAborted(work.status())) return absl::ZeroDuration();
  return kRetryInterval;
}

absl::Status ReencryptionJob::Start(KeyPurpose purpose, const AuditOrigin& origin) {
  RETURN_IF_ERROR(MakeRowMovers(purpose, engine_, options_.mode).status());
  const Administration administration(*this);
  ReencryptionRow next = worker_.row();
  if (IsOpen(next) && next.purpose() == static_cast<uint32_t>(purpose)) {
    if (worker_.IsRunning()) return absl::OkStatus();
    next.set_state(ReencryptionRow::STATE_RUNNING);
    return Put(std::move(next), AuditAction::kReencryptionStarted, origin);
  }
  if (worker_.IsRunning()) {
    return Aborted(ErrorReason::kInProgress, "another key's re-encryption runs: pause it first");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
  ASSIGN_OR_RETURN(const uint32_t version, ActiveVersion(*keyring, purpose));
  next = ReencryptionRow();
  next.set_purpose(static_cast<uint32_t>(purpose));
  next.set_target_version(version);
  next.set_state(ReencryptionRow::STATE_RUNNING);
  next.set_pass(1);
  next.set_start_micros(absl::ToUnixMicros(clock_.Now()));
  return Put(std::move(next), AuditAction::kReencryptionStarted, origin);
}

absl::Status ReencryptionJob::Pause(const AuditOrigin& origin) {
  const Administration administration(*this);
  if (!IsOpen(worker_.row())) return NoJob();
  if (!worker_.IsRunning()) return absl::OkStatus();
  ReencryptionRow next = worker_.row();
  next.set_state(ReencryptionRow::STATE_PAUSED);
  return Put(std::move(next), AuditAction::kReencryptionPaused, origin);
}

absl::Status ReencryptionJob::Resume(const AuditOrigin& origin) {
  const Administration administration(*this);
  if (!IsOpen(worker_.row())) return NoJob();
  if (worker_.IsRunning()) return absl::OkStatus();
  ReencryptionRow next = worker_.row();
  next.set_state(ReencryptionRow::STATE_RUNNING);
  return Put(std::move(next), AuditAction::kReencryptionStarted, origin);
}

absl::Status ReencryptionJob::Put(ReencryptionRow next, AuditAction action,
                                  const AuditOrigin& origin) {
  const absl::string_view purpose = PurposeName(static_cast<KeyPurpose>(next.purpose()));
  AuditLeaf leaf{.action = action,
                 .origin = origin,
                 .object = std::string(purpose.data(), purpose.size()),
                 .key_version = next.target_version()};
  RETURN_IF_ERROR(worker_.Change(std::move(next), std::move(leaf)));
  meter_.Reset();
  Publish(absl::OkStatus());
  return absl::OkStatus();
}

void ReencryptionJob::Publish(const absl::Status& status) {
  const ReencryptionRow& row = worker_.row();
  ReencryptionProgress progress;
  progress.state = static_cast<ReencryptionState>(row.state());
  progress.last_error = status;
  if (progress.state == ReencryptionState::kFailed) {
    progress.last_error = DataLoss("too many rows do not open: is it the right key?");
  }
  if (progress.state != ReencryptionState::kIdle) {
    progress.purpose = static_cast<KeyPurpose>(row.purpose());
    progress.target_version = row.target_version();
    progress.is_counted = worker_.IsCounted();
    progress.done_count = row.done_count();
    progress.total_count = std::max(row.total_count(), row.done_count());
    progress.failed_count = row.failed_in_pass();
    progress.start_time = absl::FromUnixMicros(row.start_micros());
  }
  if (progress.state == ReencryptionState::kRunning) {
    progress.rows_per_second = meter_.PerSecond();
    if (progress.is_counted && progress.rows_per_second > 0) {
      progress.time_left =
          absl::Seconds(static_cast<double>(progress.total_count - progress.done_count) /
                        progress.rows_per_second);
    }
  }
  absl::MutexLock lock(&progress_mutex_);
  if (!status.ok() && status != progress_.last_error && !absl::IsAborted(status)) {
    LogEvent(LogLevel::kWarning, "reencryption.waits").With("status", status);
  }
  progress_ = progress;
}

ReencryptionProgress ReencryptionJob::GetProgress() const {
  absl::MutexLock lock(&progress_mutex_);
  return progress_;
}

}  // namespace cardvault
