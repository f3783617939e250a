#include "reencryption/reencryption_worker.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "audit/action.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/key_purpose.h"
#include "reencryption/key_uses.h"
#include "reencryption/row_movers.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using storage::v1::ReencryptionRow;

// Where nothing has to be moved, and for counting.
constexpr size_t kRowsPerLook = 1024;
// A row that others change again and again is left for the next pass.
constexpr int kMaxTries = 8;

KeyPurpose PurposeOf(const ReencryptionRow& row) { return static_cast<KeyPurpose>(row.purpose()); }

std::string KeyAfter(const std::string& key) {
  return absl::StrCat(key, absl::string_view("\0", 1));
}

uint32_t Count(uint64_t count) {
  return static_cast<uint32_t>(
      std::clamp<uint64_t>(count, 1, std::numeric_limits<uint32_t>::max()));
}

}  // namespace

ReencryptionWorker::ReencryptionWorker(const Engine& engine, CommitPipeline& pipeline,
                                       const KeyringHolder& keyring, const Clock& clock,
                                       Options options)
    : engine_(engine), pipeline_(pipeline), keyring_(keyring), clock_(clock), options_(options) {}

absl::Status ReencryptionWorker::Read() {
  ASSIGN_OR_RETURN(StoredJob stored, StoredJob::Read(engine_));
  RETURN_IF_ERROR(TakeUp(std::move(stored)));
  must_read_ = false;
  return absl::OkStatus();
}

absl::Status ReencryptionWorker::TakeUp(StoredJob job) {
  if (job.row.state() != ReencryptionRow::STATE_UNSPECIFIED) {
    ASSIGN_OR_RETURN(movers_, MakeRowMovers(PurposeOf(job.row), engine_, options_.mode));
    if (job.row.range() >= movers_.size()) {
      return DataLoss("the re-encryption is at a range that its purpose does not have");
    }
  }
  if (job.row.purpose() != job_.row.purpose() ||
      job.row.start_micros() != job_.row.start_micros()) {
    ForgetCount();
    reported_.clear();
    last_batch_moved_ = true;
  }
  is_counted_ = job.row.total_count() != 0;
  job_ = std::move(job);
  return absl::OkStatus();
}

absl::Status ReencryptionWorker::Change(ReencryptionRow next, AuditLeaf leaf) {
  if (must_read_) RETURN_IF_ERROR(Read());
  next.set_update_micros(absl::ToUnixMicros(clock_.Now()));
  WriteSet set;
  job_.Replace(next, set);
  set.leaves.push_back(std::move(leaf));
  CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  if (!result.committed()) {
    must_read_ = true;
    return std::move(result.status);
  }
  return TakeUp({std::move(next), result.revision});
}

absl::StatusOr<double> ReencryptionWorker::Work() {
  if (must_read_) {
    RETURN_IF_ERROR(Read());
    if (!IsRunning()) return 0;
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
  RETURN_IF_ERROR(FollowKey(*keyring));
  return is_counted_ ? MoveSome(*keyring) : CountSome(*keyring);
}

absl::Status ReencryptionWorker::FollowKey(const Keyring& keyring) {
  const KeyPurpose purpose = PurposeOf(row());
  if (keyring.IsActive(purpose, row().target_version())) return absl::OkStatus();
  for (const KeyVersionInfo& info : keyring.Inventory()) {
    if (!keyring.IsActive(purpose, info.version) || info.purpose != purpose) continue;
    // Rows behind the position may be under the earlier target.
    ReencryptionRow& row = job_.row;
    row.set_target_version(info.version);
    row.clear_range();
    row.clear_position();
    row.set_pass(1);
    row.clear_found_in_pass();
    row.clear_failed_in_pass();
    row.clear_done_count();
    row.clear_total_count();
    is_counted_ = false;
    ForgetCount();
    return absl::OkStatus();
  }
  return FailedPrecondition(ErrorReason::kVaultSealed, "the keyring has no active key for this");
}

void ReencryptionWorker::ForgetCount() {
  count_range_ = 0;
  count_position_.clear();
  counted_ = 0;
}

// To look only, past the caches: such rows are read once, and must displace nothing that traffic
// reads.
absl::StatusOr<std::vector<KeyedRow>> ReencryptionWorker::Look(const RowRange& range,
                                                               const std::string& from) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<EngineSnapshot> snapshot, engine_.TakeSnapshot());
  return snapshot->Scan(range.table, std::max(from, range.first_key), range.end_key, kRowsPerLook);
}

// Rows that are moved are read again at once, by the commit that judges whether they are unchanged.
absl::StatusOr<std::vector<KeyedRow>> ReencryptionWorker::NextRows() const {
  const RowRange& range = mover().range();
  if (!last_batch_moved_) return Look(range, row().position());
  return engine_.Scan(range.table, std::max(row().position(), range.first_key), range.end_key,
                      options_.rows_per_batch);
}

absl::StatusOr<double> ReencryptionWorker::CountSome(const Keyring& keyring) {
  const RowRange& range = movers_[count_range_]->range();
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows, Look(range, count_position_));
  const KeyPurpose purpose = PurposeOf(row());
  std::vector<KeyUse> uses;
  for (const KeyedRow& row : rows) {
    uses.clear();
    // One that cannot be read is met again, and reported, when rows are moved.
    if (!AppendKeyUses(range.table, row, uses).ok()) continue;
    for (const KeyUse& use : uses) {
      counted_ += use.purpose == purpose && !keyring.IsActive(purpose, use.version);
    }
  }
  if (rows.size() == kRowsPerLook) {
    count_position_ = KeyAfter(rows.back().key);
  } else if (count_range_ + 1 < movers_.size()) {
    ++count_range_;
    count_position_.clear();
  } else {
    is_counted_ = true;
    job_.row.set_total_count(job_.row.done_count() + counted_);
  }
  return kLookCost * static_cast<double>(rows.size());
}

absl::StatusOr<double> ReencryptionWorker::MoveSome(const Keyring& keyring) {
  ASSIGN_OR_RETURN(std::vector<KeyedRow> rows, NextRows());
  const size_t got = rows.size();
  if (got == 0) {
    RETURN_IF_ERROR(EndRange());
    return 0;
  }
  const uint64_t done_before = row().done_count();
  std::vector<KeyedRow> contended;
  ASSIGN_OR_RETURN(const RowBatch batch,
                   CommitRows(keyring, std::move(rows), /*advances=*/true, contended));
  last_batch_moved_ = batch.moved > 0;
  if (!contended.empty()) RETURN_IF_ERROR(TryAgain(keyring, std::move(contended)));
  if (row().failed_in_pass() > options_.max_unreadable_rows) {
    ReencryptionRow failed = row();
    failed.set_state(ReencryptionRow::STATE_FAILED);
    RETURN_IF_ERROR(End(std::move(failed)));
  }
  return kLookCost * static_cast<double>(got) +
         static_cast<double>(row().done_count() - done_before);
}

// Rows that others changed meanwhile, one by one: the others need not wait for them.
absl::Status ReencryptionWorker::TryAgain(const Keyring& keyring, std::vector<KeyedRow> contended) {
  for (int tries = 1; tries <= kMaxTries && !contended.empty(); ++tries) {
    std::vector<KeyedRow> rows = std::exchange(contended, {});
    RETURN_IF_ERROR(Refresh(rows));
    for (KeyedRow& row : rows) {
      std::vector<KeyedRow> one;
      one.push_back(std::move(row));
      RETURN_IF_ERROR(CommitRows(keyring, std::move(one), /*advances=*/false, contended).status());
    }
  }
  return absl::OkStatus();
}

// Commits what of `rows` is to be moved. Rows that met a change are added to `contended`; the
// others go without them.
absl::StatusOr<RowBatch> ReencryptionWorker::CommitRows(const Keyring& keyring,
                                                        std::vector<KeyedRow> rows, bool advances,
                                                        std::vector<KeyedRow>& contended) {
  std::string next_position = row().position();
  while (true) {
    ASSIGN_OR_RETURN(RowBatch batch, MakeRowBatch(mover(), keyring, rows, options_.rows_per_batch));
    if (advances) {
      advances = false;
      rows.resize(batch.examined);
      next_position = KeyAfter(rows.back().key);
    }
    std::vector<size_t> lost = batch.changing;
    if (lost.empty()) {
      ASSIGN_OR_RETURN(const std::optional<size_t> conflict, Commit(batch, rows, next_position));
      if (!conflict.has_value()) return batch;
      lost = {*conflict};
    }
    // They were found, so that another pass looks whether they were moved.
    job_.row.set_found_in_pass(row().found_in_pass() + lost.size());
    for (auto it = lost.rbegin(); it != lost.rend(); ++it) {
      contended.push_back(std::move(rows[*it]));
      rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(*it));
    }
    RETURN_IF_ERROR(Refresh(rows));
  }
}

// Nothing, or the row whose condition did not hold.
absl::StatusOr<std::optional<size_t>> ReencryptionWorker::Commit(RowBatch& batch,
                                                                 const std::vector<KeyedRow>& rows,
                                                                 const std::string& position) {
  ReencryptionRow next = row();
  next.set_position(position);
  next.set_found_in_pass(next.found_in_pass() + batch.moved);
  next.set_done_count(next.done_count() + batch.moved);
  next.set_failed_in_pass(next.failed_in_pass() + batch.unreadable.size());
  next.set_update_micros(absl::ToUnixMicros(clock_.Now()));

  WriteSet set = std::move(batch.set);
  if (batch.moved > 0) {
    AuditLeaf leaf = Leaf(AuditAction::kKeyReencrypted);
    leaf.count = Count(batch.moved);
    set.leaves.push_back(std::move(leaf));
  }
  for (const RowBatch::Unreadable& unreadable : batch.unreadable) {
    const KeyedRow& row = rows[unreadable.row];
    if (reported_.count(row.key) != 0) continue;
    AuditLeaf leaf = Leaf(AuditAction::kRecordCorrupt);
    leaf.outcome = AuditOutcome::kFailed;
    leaf.reason = ReasonOf(unreadable.why);
    leaf.object = mover().ObjectOf(row);
    set.leaves.push_back(std::move(leaf));
  }
  if (set.leaves.empty()) {  // nothing to write; where the pass is goes with the next batch
    job_.row = std::move(next);
    return std::nullopt;
  }
  job_.Replace(next, set);
  CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  switch (result.kind) {
    case CommitResult::Kind::kCommitted:
      break;
    case CommitResult::Kind::kConditionFailed: {
      const auto failed = static_cast<size_t>(result.failed_precondition);
      if (failed < batch.row_of_precondition.size()) return batch.row_of_precondition[failed];
      must_read_ = true;  // the job's own row
      return std::move(result.status);
    }
    case CommitResult::Kind::kSealedUnderStaleKey:
      return std::move(result.status);
    case CommitResult::Kind::kFailed:
      must_read_ = true;
      return std::move(result.status);
  }
  job_.row = std::move(next);
  job_.revision = result.revision;
  for (const RowBatch::Unreadable& unreadable : batch.unreadable) {
    reported_.insert(rows[unreadable.row].key);
  }
  return std::nullopt;
}

absl::Status ReencryptionWorker::EndRange() {
  ReencryptionRow next = row();
  if (next.range() + 1 < movers_.size()) {
    next.set_range(next.range() + 1);
    next.clear_position();
    job_.row = std::move(next);
    return absl::OkStatus();
  }
  next.clear_range();
  if (next.found_in_pass() == 0) {
    next.set_state(ReencryptionRow::STATE_DONE);
    return End(std::move(next));
  }
  next.clear_position();
  next.set_pass(next.pass() + 1);
  next.clear_found_in_pass();
  next.clear_failed_in_pass();
  job_.row = std::move(next);
  return absl::OkStatus();
}

absl::Status ReencryptionWorker::End(ReencryptionRow next) {
  AuditLeaf leaf = Leaf(AuditAction::kReencryptionEnded);
  if (next.failed_in_pass() > 0) {
    leaf.outcome = AuditOutcome::kFailed;
    leaf.reason = ErrorReason::kRecordCorrupt;
    leaf.count = Count(next.failed_in_pass());
  }
  next.clear_range();
  next.clear_position();
  return Change(std::move(next), std::move(leaf));
}

// As they are by now; those that are gone are left out.
absl::Status ReencryptionWorker::Refresh(std::vector<KeyedRow>& rows) const {
  std::vector<KeyedRow> fresh;
  for (KeyedRow& row : rows) {
    ASSIGN_OR_RETURN(std::optional<Row> now, engine_.Get(mover().range().table, row.key));
    if (now.has_value()) fresh.push_back({std::move(row.key), *std::move(now)});
  }
  rows = std::move(fresh);
  return absl::OkStatus();
}

AuditLeaf ReencryptionWorker::Leaf(AuditAction action) const {
  const absl::string_view purpose = PurposeName(PurposeOf(row()));
  return AuditLeaf{.action = action,
                   .origin = {.principal = "cardvaultd", .role = "", .address = ""},
                   .object = std::string(purpose.data(), purpose.size()),
                   .key_version = row().target_version()};
}

}  // namespace cardvault
