#include "vault/retention/merchant_purge.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/log.h"
#include "base/status.h"
#include "keys/key_purpose.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"
#include "vault/live_scan.h"
#include "vault/records/index_keys.h"

namespace cardvault {
namespace {

using storage::v1::MerchantPurgeRow;

constexpr size_t kRowsPerLook = 1024;
// After an error, which is nobody's to mend here.
constexpr absl::Duration kRetryInterval = absl::Seconds(1);
// Beyond so many damaged cards the log is not to be flooded.
constexpr size_t kMaxReported = 10'000;
constexpr char kOwnName[] = "cardvaultd";

AuditLeaf OwnLeaf(AuditAction action, std::string object) {
  return AuditLeaf{.action = action,
                   .origin = {.principal = kOwnName, .role = "", .address = ""},
                   .object = std::move(object)};
}

absl::Status AnotherIsUnderWay() {
  return Aborted(ErrorReason::kInProgress, "the cards of another merchant are being deleted");
}

absl::StatusOr<MerchantId> MerchantOf(const StoredPurge& stored) {
  absl::StatusOr<MerchantId> merchant = MerchantId::Parse(stored.row.merchant(), "merchant");
  if (!merchant.ok()) return DataLoss("the row of the purge names no merchant");
  return merchant;
}

// Where the merchant's cards stand in their listing, the newest first, behind `after`.
absl::StatusOr<std::vector<std::string>> Positions(const CardTables& tables,
                                                   const MerchantId& merchant,
                                                   const std::string& after, size_t max_count) {
  std::vector<std::string> prefixes;
  for (const RowKeys& row_keys : tables.row_keys().active_last()) {
    prefixes.push_back(IndexKeys(row_keys).Merchant(merchant));
  }
  return ScanPositions(tables.engine(), Table::kTokenIndex, prefixes, after, max_count,
                       kListPositionSize);
}

absl::StatusOr<uint64_t> CountCards(const CardTables& tables, const MerchantId& merchant) {
  uint64_t count = 0;
  std::string position;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<std::string> found,
                     Positions(tables, merchant, position, kRowsPerLook));
    count += found.size();
    if (found.size() < kRowsPerLook) return count;
    position = found.back();
  }
}

// What was deleted stands in the log: there is one purge at a time, and nobody else deletes by this
// name.
absl::StatusOr<uint64_t> CountDeletions(const Engine& engine, uint64_t first) {
  uint64_t count = 0;
  for (std::string from = BigEndian64(first);;) {
    ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                     engine.Scan(Table::kAuditLeaves, from, "", kRowsPerLook));
    for (const KeyedRow& row : rows) {
      ASSIGN_OR_RETURN(const AuditEntry entry, DecodeEntry(row.row.value));
      const AuditLeaf& leaf = entry.leaf;
      if (leaf.action == AuditAction::kTokenDeleted && leaf.origin.principal == kOwnName) ++count;
    }
    if (rows.size() < kRowsPerLook) return count;
    from = absl::StrCat(rows.back().key, absl::string_view("\0", 1));
  }
}

}  // namespace

MerchantPurge::MerchantPurge(const Engine& engine, CommitPipeline& pipeline,
                             const KeyringHolder& keyring, const Clock& clock, Options options)
    : engine_(engine),
      pipeline_(pipeline),
      keyring_(keyring),
      clock_(clock),
      options_(std::move(options)),
      deletions_(engine, pipeline, keyring, clock, options_.mode) {
  CV_CHECK(options_.cards_per_batch > 0);
}

MerchantPurge::~MerchantPurge() { Stop(); }

absl::Status MerchantPurge::ResumeStored() {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(stored_, StoredPurge::Read(engine_));
  Publish(absl::OkStatus());
  return absl::OkStatus();
}

void MerchantPurge::Launch() {
  CV_CHECK(!thread_.joinable());
  thread_ = std::thread([this] { Run(); });
}

void MerchantPurge::Stop() {
  {
    absl::MutexLock lock(&wake_mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void MerchantPurge::Run() {
  while (true) {
    {
      absl::MutexLock lock(&wake_mutex_);
      if (stopping_) return;
      woken_ = false;
    }
    const absl::Duration pause = Step();
    absl::MutexLock lock(&wake_mutex_);
    wake_mutex_.AwaitWithTimeout(absl::Condition(this, &MerchantPurge::IsWoken), pause);
  }
}

absl::StatusOr<MerchantPurge::Outlook> MerchantPurge::Check(const MerchantId& merchant) const {
  StoredPurge stored;
  {
    absl::MutexLock lock(&mutex_);
    stored = stored_;
  }
  if (stored.IsUnderWay() && stored.row.merchant() != merchant.value()) return AnotherIsUnderWay();
  ASSIGN_OR_RETURN(const std::unique_ptr<const CardTables> tables,
                   CardTables::Open(engine_, keyring_, options_.mode));
  ASSIGN_OR_RETURN(const uint64_t count, CountCards(*tables, merchant));
  if (count == 0 && !stored.IsUnderWay()) {
    return NotFound(ErrorReason::kNotFound, "this merchant has no card");
  }
  return Outlook{count, stored.Unchanged()};
}

absl::StatusOr<uint64_t> MerchantPurge::Start(const MerchantId& merchant, const Warrant& warrant) {
  ASSIGN_OR_RETURN(const Outlook outlook, Check(merchant));
  absl::MutexLock lock(&mutex_);
  if (stored_.IsUnderWay()) {  // since when is another caller's affair
    if (stored_.row.merchant() != merchant.value()) return AnotherIsUnderWay();
    return outlook.card_count;
  }
  MerchantPurgeRow row;
  row.set_merchant(merchant.value());
  row.set_start_micros(absl::ToUnixMicros(clock_.Now()));
  WriteSet set;
  stored_.Replace(row, set);
  set.leaves.push_back(AuditLeaf{.action = AuditAction::kMerchantPurgeStarted,
                                 .origin = warrant.origin,
                                 .object = merchant.value()});
  warrant.Join(set);
  CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  if (result.committed()) {
    stored_ = {std::move(row), result.revision};
    deleted_count_ = 0;
    total_count_ = outlook.card_count;
    reported_.clear();
    BeginPass();
    Publish(absl::OkStatus());
  }
  must_recount_ = !result.committed();  // it may be there all the same
  absl::MutexLock wake_lock(&wake_mutex_);
  woken_ = true;
  if (!result.committed()) return std::move(result.status);
  return outlook.card_count;
}

absl::Duration MerchantPurge::Step() {
  absl::MutexLock lock(&mutex_);
  if (!stored_.IsUnderWay() && !must_recount_) return absl::InfiniteDuration();
  const absl::Duration begin = clock_.SinceBoot();
  const absl::Status worked = Work();
  Publish(worked);
  if (!worked.ok()) return kRetryInterval;
  if (!stored_.IsUnderWay()) return absl::InfiniteDuration();
  return clock_.SinceBoot() - begin;  // as much is left to traffic as was taken from it
}

absl::Status MerchantPurge::Work() {
  if (must_recount_) RETURN_IF_ERROR(Recount());
  if (!stored_.IsUnderWay()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const MerchantId merchant, MerchantOf(stored_));
  ASSIGN_OR_RETURN(const std::unique_ptr<const CardTables> tables,
                   CardTables::Open(engine_, keyring_, options_.mode));
  ASSIGN_OR_RETURN(const std::vector<std::string> positions,
                   Positions(*tables, merchant, position_, options_.cards_per_batch));
  if (positions.empty()) return EndPass(*tables);
  std::vector<Token> tokens;
  for (const std::string& position : positions) {
    ASSIGN_OR_RETURN(Token token, TokenOfBytes(options_.mode, TokenOfPosition(position)));
    tokens.push_back(std::move(token));
  }
  const DeletedCards done = deletions_.Delete(merchant, std::move(tokens));
  for (const Token& token : done.deleted) options_.deleted(token);
  deleted_count_ += done.deleted.size();
  found_in_pass_ = found_in_pass_ || !done.deleted.empty() || done.contended_count > 0;
  if (!done.status.ok()) {
    must_recount_ = true;
    return done.status;
  }
  RETURN_IF_ERROR(Report(done.unreadable));
  position_ = positions.back();
  return absl::OkStatus();
}

// Where the store is, and what of it this process has not seen.
absl::Status MerchantPurge::Recount() {
  ASSIGN_OR_RETURN(StoredPurge stored, StoredPurge::Read(engine_));
  BeginPass();
  if (stored.IsUnderWay()) {
    ASSIGN_OR_RETURN(const MerchantId merchant, MerchantOf(stored));
    ASSIGN_OR_RETURN(const std::unique_ptr<const CardTables> tables,
                     CardTables::Open(engine_, keyring_, options_.mode));
    ASSIGN_OR_RETURN(deleted_count_, CountDeletions(engine_, *stored.revision));
    ASSIGN_OR_RETURN(const uint64_t left, CountCards(*tables, merchant));
    total_count_ = deleted_count_ + left;
  }
  stored_ = std::move(stored);
  must_recount_ = false;
  return absl::OkStatus();
}

absl::Status MerchantPurge::Report(const std::vector<Token>& unreadable) {
  WriteSet set;
  std::set<std::string> reported = reported_;
  for (const Token& token : unreadable) {
    if (reported.size() == kMaxReported || !reported.insert(token.text()).second) continue;
    AuditLeaf leaf = OwnLeaf(AuditAction::kRecordCorrupt, token.text());
    leaf.outcome = AuditOutcome::kFailed;
    leaf.reason = ErrorReason::kRecordCorrupt;
    set.leaves.push_back(std::move(leaf));
  }
  if (!set.leaves.empty()) {
    RETURN_IF_ERROR(pipeline_.SubmitAndWait(std::move(set)).status);
    reported_ = std::move(reported);
  }
  unreadable_in_pass_ += unreadable.size();
  return absl::OkStatus();
}

void MerchantPurge::BeginPass() {
  position_.clear();
  found_in_pass_ = false;
  unreadable_in_pass_ = 0;
}

absl::Status MerchantPurge::EndPass(const CardTables& tables) {
  if (found_in_pass_) {
    BeginPass();
    return absl::OkStatus();
  }
  MerchantPurgeRow row = stored_.row;
  row.set_is_over(true);
  row.set_end_micros(absl::ToUnixMicros(clock_.Now()));
  row.set_deleted_count(deleted_count_);
  row.set_unreadable_count(unreadable_in_pass_);
  WriteSet set;
  stored_.Replace(row, set);
  // Rows that a rotation moves out of sight meanwhile: then the pass is made again.
  set.sealed_under.push_back({KeyPurpose::kRowIndex, tables.row_keys().active_version()});
  AuditLeaf leaf = OwnLeaf(
      AuditAction::kMerchantPurgeEnded,
      absl::StrCat(row.merchant(), " deleted ", deleted_count_, " damaged ", unreadable_in_pass_));
  if (unreadable_in_pass_ > 0) {
    leaf.outcome = AuditOutcome::kFailed;
    leaf.reason = ErrorReason::kRecordCorrupt;
  }
  set.leaves.push_back(std::move(leaf));
  CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  if (result.committed()) {
    stored_ = {std::move(row), result.revision};
    return absl::OkStatus();
  }
  must_recount_ = true;
  return std::move(result.status);
}

void MerchantPurge::Publish(const absl::Status& status) {
  const MerchantPurgeRow& row = stored_.row;
  PurgeProgress progress;
  progress.last_error = status;
  if (stored_.revision.has_value()) {
    progress.state = row.is_over() ? PurgeState::kDone : PurgeState::kRunning;
    progress.merchant = row.merchant();
    progress.start_time = absl::FromUnixMicros(row.start_micros());
  }
  if (progress.state == PurgeState::kDone) {
    progress.deleted_count = row.deleted_count();
    progress.total_count = row.deleted_count() + row.unreadable_count();
    progress.unreadable_count = row.unreadable_count();
    progress.end_time = absl::FromUnixMicros(row.end_micros());
  } else if (progress.state == PurgeState::kRunning && !must_recount_) {
    progress.deleted_count = deleted_count_;
    progress.total_count = std::max(total_count_, deleted_count_);
    progress.unreadable_count = unreadable_in_pass_;
  }
  absl::MutexLock lock(&progress_mutex_);
  if (!status.ok() && status != progress_.last_error) {
    LogEvent(LogLevel::kWarning, "merchant.purge_waits").With("status", status);
  }
  progress_ = std::move(progress);
}

PurgeProgress MerchantPurge::GetProgress() const {
  absl::MutexLock lock(&progress_mutex_);
  return progress_;
}

}  // namespace cardvault
