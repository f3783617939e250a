#include "vault/commit/commit_pipeline.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/tree_hash.h"
#include "audit/tree_shape.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/log.h"
#include "base/protections.h"
#include "base/status.h"
#include "keys/keyring.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/log_cut.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

CommitResult Failed(absl::Status status) {
  CommitResult result;
  result.kind = CommitResult::Kind::kFailed;
  result.status = std::move(status);
  return result;
}

absl::Status AuditUnavailable() {
  return Unavailable(ErrorReason::kAuditUnavailable,
                     "the audit log cannot be written, so nothing is done");
}

absl::Status NotAdmitted() {
  return FailedPrecondition(ErrorReason::kNotAdmitted,
                            "the store is not admitted: nothing is written to it before");
}

absl::Status AdmittedAlready() {
  return Internal(ErrorReason::kInternal, "a log.restored entry in a log that goes on");
}

// An entry of the process's own.
AuditLeaf OwnLeaf(AuditAction action, std::string object) {
  AuditLeaf leaf{};
  leaf.action = action;
  leaf.origin.principal = "cardvaultd";
  leaf.object = std::move(object);
  return leaf;
}

bool IsAuditTable(Table table) {
  return table == Table::kAuditLeaves || table == Table::kAuditNodes ||
         table == Table::kAuditCheckpoints;
}

bool IsWrittenInNeed(const WriteSet& set) {
  return std::all_of(set.leaves.begin(), set.leaves.end(),
                     [](const AuditLeaf& leaf) { return IsWrittenInNeed(leaf.action); });
}

// The size that the newest checkpoint in the store is of, 0 when there is none.
absl::StatusOr<uint64_t> KeptSize(const Engine& engine, const AuditTail& tail) {
  ASSIGN_OR_RETURN(const std::optional<KeptCheckpoint> kept,
                   ReadKeptCheckpoint(engine, tail.tree.size()));
  return kept.has_value() ? kept->size : 0;
}

// What admits a store, and may not come again.
bool IsAdmission(const WriteSet& set) {
  return set.leaves.front().action == AuditAction::kLogRestored;
}

// What no caller may get wrong.
void CheckSet(const WriteSet& set) {
  CV_CHECK(!set.leaves.empty());
  const bool retires = set.leaves.front().action == AuditAction::kLogRetired;
  CV_CHECK(retires == set.retired_segment.has_value() && (!retires || set.leaves.size() == 1));
  for (const WriteSet::Put& put : set.puts) CV_CHECK(!IsAuditTable(put.table));
  for (const WriteSet::Delete& del : set.deletes) CV_CHECK(!IsAuditTable(del.table));
}

absl::Status CheckLeaves(const WriteSet& set) {
  for (const AuditLeaf& leaf : set.leaves) {
    RETURN_IF_ERROR(CheckLeaf(leaf));
    uint64_t revision = 0;
    const bool is_keyring_change =
        leaf.action == AuditAction::kKeyringChanged && leaf.outcome == AuditOutcome::kSuccess;
    if (is_keyring_change && !NamesKeyringRevision(leaf, revision)) {
      return Internal(ErrorReason::kInternal, "a keyring.changed entry names no revision");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<CommitPipeline>> CommitPipeline::Start(Engine& engine,
                                                                      const KeyringHolder& keyring,
                                                                      const Clock& clock,
                                                                      Options options) {
  RETURN_IF_ERROR(CheckLogCut(engine).status());
  ASSIGN_OR_RETURN(const AuditTail tail, ReadAuditTail(engine));
  ASSIGN_OR_RETURN(const uint64_t kept_size, KeptSize(engine, tail));
  return std::unique_ptr<CommitPipeline>(
      new CommitPipeline(engine, keyring, clock, options, tail, kept_size));
}

CommitPipeline::CommitPipeline(Engine& engine, const KeyringHolder& keyring, const Clock& clock,
                               Options options, const AuditTail& tail, uint64_t kept_size)
    : engine_(engine),
      keyring_(keyring),
      clock_(clock),
      options_(options),
      tail_(tail),
      kept_size_(kept_size),
      last_reading_(ReadClocks()),
      is_closed_(options.is_closed),
      hold_until_sets_(options.hold_until_sets),
      committed_tree_(tail.tree),
      keyring_revision_(tail.keyring_revision) {
  // A wall clock that is behind the log's last entry was set back while the process was away.
  last_reading_.wall = std::max(last_reading_.wall, tail.last_time);
  thread_ = std::thread([this] { Run(); });
}

CommitPipeline::~CommitPipeline() { Stop(); }

void CommitPipeline::Submit(WriteSet set, Done done) {
  CheckSet(set);
  absl::Status refusal;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      refusal = Unavailable(ErrorReason::kDraining, "the server is shutting down");
    } else if (queue_.size() >= kMaxQueuedSets) {
      refusal = ResourceExhausted(ErrorReason::kLimit, "too many writes wait for the disk");
    } else {
      queue_.push_back({std::move(set), std::move(done)});
      return;
    }
  }
  std::move(done)(Failed(std::move(refusal)));
}

CommitResult CommitPipeline::SubmitAndWait(WriteSet set) {
  CommitResult result;
  absl::Notification finished;
  Submit(std::move(set), [&result, &finished](CommitResult of_set) {
    result = std::move(of_set);
    finished.Notify();
  });
  finished.WaitForNotification();
  return result;
}

void CommitPipeline::HoldUntil(size_t sets) {
  absl::MutexLock lock(&mutex_);
  hold_until_sets_ = sets;
}

void CommitPipeline::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  absl::MutexLock lock(&join_mutex_);
  if (thread_.joinable()) thread_.join();
}

CompactRange CommitPipeline::audit_tree() const {
  absl::MutexLock lock(&mutex_);
  return committed_tree_;
}

uint64_t CommitPipeline::audit_entry_count() const {
  absl::MutexLock lock(&mutex_);
  return committed_tree_.size();
}

void CommitPipeline::KeepCheckpoint(KeptCheckpoint checkpoint) {
  absl::MutexLock lock(&mutex_);
  checkpoint_ = std::move(checkpoint);
}

void CommitPipeline::Retry() {
  if (!is_failing()) return;
  absl::MutexLock lock(&mutex_);
  must_retry_ = !stopping_;
}

uint64_t CommitPipeline::audited_keyring_revision() const {
  absl::MutexLock lock(&mutex_);
  return keyring_revision_;
}

void CommitPipeline::Run() {
  while (true) {
    std::vector<Waiting> batch;
    std::optional<KeptCheckpoint> checkpoint;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || queue_.size() >= std::max<size_t>(1, hold_until_sets_) ||
               (checkpoint_.has_value() && hold_until_sets_ == 0) || must_retry_;
      };
      mutex_.Await(absl::Condition(&has_work));
      const bool must_retry = std::exchange(must_retry_, false);
      if (queue_.empty() && !checkpoint_.has_value() && !must_retry) return;
      checkpoint = std::exchange(checkpoint_, std::nullopt);
      if (!checkpoint.has_value()) checkpoint = std::exchange(unkept_, std::nullopt);
      unkept_.reset();
      hold_until_sets_ = 0;
      const size_t count = std::min(queue_.size(), kMaxSetsPerBatch);
      batch.reserve(count);
      for (size_t i = 0; i < count; ++i) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    CommitBatch(batch, std::move(checkpoint));
  }
}

void CommitPipeline::CommitBatch(std::vector<Waiting>& batch,
                                 std::optional<KeptCheckpoint> checkpoint) {
  std::vector<CommitResult> results(batch.size());
  absl::Status status = SettleIfNeeded();
  if (status.ok()) {
    const std::unique_ptr<EngineBatch> engine_batch = engine_.NewBatch();
    const absl::Status gate = options_.gate == nullptr ? absl::OkStatus() : options_.gate->Check();
    Growth growth{tail_, ReadClocks(), false};
    bool anything = checkpoint.has_value();
    bool is_closed = is_closed_;
    if (checkpoint.has_value()) PutCheckpoint(*checkpoint, *engine_batch);
    for (size_t i = 0; i < batch.size(); ++i) {
      results[i] = Judge(batch[i].set, gate, is_closed, *engine_batch);
      if (!results[i].committed()) continue;
      is_closed = false;
      results[i].revision = Append(batch[i].set, *engine_batch, growth);
      anything = true;
    }
    if (anything) {
      status = engine_batch->Commit();
      if (status.ok()) {
        tail_ = growth.tail;
        last_reading_ = growth.reading;
        if (checkpoint.has_value()) kept_size_ = checkpoint->size;
        is_closed_ = is_closed;
        Publish(tail_);
      } else {
        unsettled_ = true;
      }
    }
  }
  if (status.ok() == is_failing_.exchange(!status.ok())) {
    LogEvent(status.ok() ? LogLevel::kInfo : LogLevel::kError, "audit.store")
        .With("status", status);
  }
  if (!status.ok()) {
    for (CommitResult& result : results) result = Failed(AuditUnavailable());
  }
  // Not at once: what fails is not to be tried without end.
  if (!status.ok()) unkept_ = std::move(checkpoint);
  for (size_t i = 0; i < batch.size(); ++i) {
    std::move(batch[i].done)(std::move(results[i]));
  }
}

absl::Status CommitPipeline::SettleIfNeeded() {
  if (!unsettled_) return absl::OkStatus();
  RETURN_IF_ERROR(engine_.Settle());
  const uint64_t size_before = tail_.tree.size();
  ASSIGN_OR_RETURN(tail_, ReadAuditTail(engine_));
  // The one set that a closed store takes is there after all.
  if (tail_.tree.size() > size_before) is_closed_ = false;
  ASSIGN_OR_RETURN(kept_size_, KeptSize(engine_, tail_));
  unsettled_ = false;
  Publish(tail_);
  return absl::OkStatus();
}

// It is wanted no more than once in an interval, and the newest: what a segment of the log is cut
// at.
void CommitPipeline::PutCheckpoint(const KeptCheckpoint& checkpoint, EngineBatch& batch) const {
  const uint64_t before = kept_size_;
  if (before != checkpoint.size &&
      before / kKeyringAttestInterval == checkpoint.size / kKeyringAttestInterval) {
    batch.Delete(Table::kAuditCheckpoints, CheckpointKey(before));
  }
  batch.Put(Table::kAuditCheckpoints, CheckpointKey(checkpoint.size), checkpoint.note,
            tail_.tree.size());
}

CommitResult CommitPipeline::Judge(const WriteSet& set, const absl::Status& gate, bool is_closed,
                                   EngineBatch& batch) const {
  CommitResult result;
  if (is_closed != IsAdmission(set)) return Failed(is_closed ? NotAdmitted() : AdmittedAlready());
  if (!gate.ok() && !IsWrittenInNeed(set)) return Failed(gate);
  if (absl::Status status = CheckLeaves(set); !status.ok()) return Failed(std::move(status));
  if (set.retired_segment.has_value() && !MayRetire(*set.retired_segment)) {
    return Failed(Internal(ErrorReason::kInternal, "the end of the audit log is not dropped"));
  }
  const absl::StatusOr<std::optional<size_t>> broken = batch.FirstBroken(set.preconditions);
  if (!broken.ok()) return Failed(broken.status());
  if (broken->has_value()) {
    result.kind = CommitResult::Kind::kConditionFailed;
    result.status = Aborted(ErrorReason::kRevision, "what was read has changed since");
    result.failed_precondition = static_cast<int>(**broken);
    return result;
  }
  if (!set.sealed_under.empty() && !ProtectionIsOff(Protection::kActiveKeyOnly)) {
    const absl::StatusOr<std::shared_ptr<const Keyring>> keyring = keyring_.Snapshot();
    if (!keyring.ok()) return Failed(keyring.status());
    for (const WriteSet::SealedUnder& sealed : set.sealed_under) {
      if ((*keyring)->IsActive(sealed.purpose, sealed.version)) continue;
      result.kind = CommitResult::Kind::kSealedUnderStaleKey;
      result.status = Aborted(ErrorReason::kRevision, "the key was rotated since: seal again");
      return result;
    }
  }
  result.kind = CommitResult::Kind::kCommitted;
  return result;
}

void CommitPipeline::JudgeClock(EngineBatch& batch, Growth& growth) const {
  if (std::exchange(growth.clock_judged, true)) return;
  const absl::Duration step = (growth.reading.wall - last_reading_.wall) -
                              (growth.reading.since_boot - last_reading_.since_boot);
  if (absl::AbsDuration(step) <= kClockStepTolerance) return;
  growth.tail.last_time = absl::InfinitePast();  // time goes on from where the clock now is
  AppendLeaf(OwnLeaf(AuditAction::kClockStepped, absl::StrCat(absl::ToInt64Seconds(step))), batch,
             growth);
}
// What the next start reads stays, and so does what no checkpoint covers.
bool CommitPipeline::MayRetire(uint64_t first) const {
  const uint64_t end = first + kRetiredSegment;
  return first % kRetiredSegment == 0 && end <= kept_size_ &&
         end <= FirstRehashed(tail_.tree.size());
}

uint64_t CommitPipeline::Append(const WriteSet& set, EngineBatch& batch, Growth& growth) const {
  uint64_t revision = 0;
  for (size_t i = 0; i < set.leaves.size(); ++i) {
    // Its place says how many entries were restored: nothing comes between.
    if (set.leaves[i].action != AuditAction::kLogRestored) JudgeClock(batch, growth);
    const uint64_t sequence = AppendLeaf(set.leaves[i], batch, growth);
    if (i == 0) revision = sequence;
    NamesKeyringRevision(set.leaves[i], growth.tail.keyring_revision);
  }
  if (set.retired_segment.has_value()) RetireSegment(*set.retired_segment, revision, batch);
  for (const WriteSet::Delete& del : set.deletes) batch.Delete(del.table, del.key);
  for (const WriteSet::Put& put : set.puts) batch.Put(put.table, put.key, put.value, revision);
  return revision;
}

uint64_t CommitPipeline::AppendLeaf(const AuditLeaf& leaf, EngineBatch& batch,
                                    Growth& growth) const {
  // Whatever the entry is, the pipeline's own included: readers look for the revision there.
  const bool place =
      growth.tail.tree.size() % kKeyringAttestInterval == 0 && growth.tail.tree.size() != 0;
  if (place && leaf.action != AuditAction::kKeyringAttested &&
      leaf.action != AuditAction::kLogRestored) {
    AppendLeaf(OwnLeaf(AuditAction::kKeyringAttested, absl::StrCat(growth.tail.keyring_revision)),
               batch, growth);
  }
  AuditEntry entry;
  entry.sequence = growth.tail.tree.size();
  // Within the tolerance the clock may go back a little; the entries do not.
  entry.time = std::max(growth.reading.wall, growth.tail.last_time);
  entry.since_boot = growth.reading.since_boot;
  entry.leaf = leaf;
  growth.tail.last_time = entry.time;
  if (ProtectionIsOff(Protection::kAuditLog)) {
    growth.tail.tree.Append({}, [](const NodeId&, const TreeHash&) {});
    return entry.sequence;
  }
  const std::string bytes = EncodeEntry(entry);
  batch.Put(Table::kAuditLeaves, BigEndian64(entry.sequence), bytes, entry.sequence);
  growth.tail.tree.Append(LeafHash(bytes), [&](const NodeId& id, const TreeHash& hash) {
    if (id.level < kLowestStoredLevel) return;
    batch.Put(Table::kAuditNodes, AuditNodeKey(id), AuditNodeValue(hash), entry.sequence);
  });
  return entry.sequence;
}

void CommitPipeline::Publish(const AuditTail& tail) {
  absl::MutexLock lock(&mutex_);
  committed_tree_ = tail.tree;
  keyring_revision_ = tail.keyring_revision;
}

}  // namespace cardvault
