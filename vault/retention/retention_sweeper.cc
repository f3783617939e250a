#include "vault/retention/retention_sweeper.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/status.h"
#include "vault/records/card_tables.h"

namespace cardvault {

// What was deleted before this process began may not have been purged: the first purge is owed.
RetentionSweeper::RetentionSweeper(const Engine& engine, CommitPipeline& pipeline,
                                   const KeyringHolder& keyring, const Clock& clock,
                                   Options options, Purge purge)
    : engine_(engine),
      pipeline_(pipeline),
      keyring_(keyring),
      clock_(clock),
      options_(options),
      purge_(std::move(purge)),
      oldest_erasure_(clock.SinceBoot()) {
  CV_CHECK(options_.max_rows_per_round > 0);
}

RetentionSweeper::~RetentionSweeper() { Stop(); }

void RetentionSweeper::Start() {
  CV_CHECK(!thread_.joinable());
  thread_ = std::thread([this] { Run(); });
}

void RetentionSweeper::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void RetentionSweeper::Run() {
  while (true) {
    const absl::StatusOr<Round> round = SweepOnce();
    if (round.ok() && round->unreadable_count > 0) {
      LogEvent(LogLevel::kError, "retention.unreadable_rows")
          .With("count", round->unreadable_count);
    } else if (!round.ok() && !absl::IsFailedPrecondition(round.status())) {  // not just sealed
      LogEvent(LogLevel::kError, "retention.round_failed").With("status", round.status());
    }
    if (round.ok()) StepLog();
    PurgeIfDue();
    const bool more = round.ok() && round->more;
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_),
                                more ? absl::ZeroDuration() : options_.interval)) {
      return;
    }
  }
}

void RetentionSweeper::StepLog() {
  if (options_.log == nullptr) return;
  const absl::StatusOr<bool> dropped = options_.log->Step();
  if (!dropped.ok()) {
    LogEvent(LogLevel::kError, "audit.retirement_failed").With("status", dropped.status());
  }
}

absl::StatusOr<RetentionSweeper::Round> RetentionSweeper::SweepOnce() {
  absl::MutexLock round_lock(&round_mutex_);
  ASSIGN_OR_RETURN(const std::unique_ptr<const CardTables> tables,
                   CardTables::Open(engine_, keyring_, options_.mode));
  ASSIGN_OR_RETURN(SweepPlan plan, PlanSweep(*tables, next_key_, options_.max_rows_per_round,
                                             options_.enumeration_window, clock_.Now()));
  // Rows that stay (unreadable, or met a change) are seen again when the end was reached.
  next_key_ = plan.next_key;
  const Round round = Commit(std::move(plan));
  if (round.deleted_count > 0) NoteErasure();
  return round;
}

RetentionSweeper::Round RetentionSweeper::Commit(SweepPlan plan) {
  Round round{.unreadable_count = plan.unreadable_count, .more = !plan.next_key.empty()};
  absl::Mutex mutex;  // guards `round` and `open`
  size_t open = plan.deletions.size() + plan.forgettings.size();
  const auto submit = [&](WriteSet set, size_t Round::*counter) {
    const size_t count = set.leaves.front().count;
    pipeline_.Submit(std::move(set), [&, counter, count](CommitResult result) {
      absl::MutexLock lock(&mutex);
      if (result.committed()) {
        round.*counter += count;
      } else {
        ++round.failed_count;
      }
      --open;
    });
  };
  for (WriteSet& set : plan.deletions) submit(std::move(set), &Round::deleted_count);
  for (WriteSet& set : plan.forgettings) submit(std::move(set), &Round::forgotten_count);
  absl::MutexLock lock(&mutex);
  const auto all_done = [&open] { return open == 0; };
  mutex.Await(absl::Condition(&all_done));
  return round;
}

void RetentionSweeper::NoteErasure() {
  const absl::Duration now = clock_.SinceBoot();
  absl::MutexLock lock(&mutex_);
  oldest_erasure_ = std::min(oldest_erasure_, now);
}

void RetentionSweeper::PurgeIfDue() {
  absl::MutexLock round_lock(&round_mutex_);
  absl::Duration oldest;
  {
    absl::MutexLock lock(&mutex_);
    if (clock_.SinceBoot() - oldest_erasure_ < options_.purge_within / 2) return;
    // An erasure that is noted while the purge runs may have missed it.
    oldest = std::exchange(oldest_erasure_, absl::InfiniteDuration());
  }
  const absl::Status status = purge_();
  if (status.ok()) return;
  LogEvent(LogLevel::kError, "retention.purge_failed").With("status", status);
  absl::MutexLock lock(&mutex_);
  oldest_erasure_ = std::min(oldest_erasure_, oldest);
}

}  // namespace cardvault
