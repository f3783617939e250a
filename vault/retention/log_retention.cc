#include "vault/retention/log_retention.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/retired_log.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "base/check.h"
#include "base/length_prefix.h"
#include "base/log.h"
#include "base/status.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/audit_tail.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/commit/log_cut.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr size_t kEntriesPerScan = 1024;  // some hundred kilobytes at a time
constexpr int kShortestMonth = 28;

}  // namespace

absl::Time MonthsBefore(absl::Time time, int months) {
  const absl::CivilSecond now = absl::ToCivilSecond(time, absl::UTCTimeZone());
  // The 31st of June is the 1st of July, which is a day too late.
  return absl::FromCivil(
      absl::CivilSecond(now.year(), now.month() - months, std::min(now.day(), kShortestMonth),
                        now.hour(), now.minute(), now.second()),
      absl::UTCTimeZone());
}

LogRetention::LogRetention(const Engine& engine, CommitPipeline& pipeline, const Clock& clock,
                           Options options)
    : engine_(engine), pipeline_(pipeline), clock_(clock), options_(options) {
  CV_CHECK(options_.months >= kMinRetentionMonths);
}

absl::StatusOr<bool> LogRetention::Step() {
  ASSIGN_OR_RETURN(const LogCut cut, ReadLogCut(engine_));
  ASSIGN_OR_RETURN(const bool is_due, IsDue(cut.first));
  if (!is_due) {
    due_since_.reset();
    return false;
  }
  const absl::Duration now = clock_.SinceBoot();
  if (!due_since_.has_value()) {
    due_since_ = now;
    LogEvent(LogLevel::kInfo, "audit.retirement_due").With("first", cut.first);
  }
  if (now - *due_since_ < options_.patience) return false;
  RETURN_IF_ERROR(Retire(cut.first, cut.revision));
  return true;
}

absl::StatusOr<bool> LogRetention::IsDue(uint64_t first) {
  const uint64_t end = first + kRetiredSegment;
  const uint64_t size = pipeline_.audit_entry_count();
  if (size == 0 || end > FirstRehashed(size)) return false;
  ASSIGN_OR_RETURN(const std::optional<KeptCheckpoint> kept, ReadKeptCheckpoint(engine_, size));
  if (!kept.has_value() || kept->size < end) return false;
  if (!latest_.has_value() || latest_of_ != first) {
    ASSIGN_OR_RETURN(latest_, LatestIn(first));
    latest_of_ = first;
  }
  return *latest_ < MonthsBefore(clock_.Now(), options_.months);
}

absl::StatusOr<absl::Time> LogRetention::LatestIn(uint64_t first) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<EngineSnapshot> snapshot, engine_.TakeSnapshot());
  const uint64_t end = first + kRetiredSegment;
  absl::Time latest = absl::InfinitePast();
  for (uint64_t next = first; next < end;) {
    ASSIGN_OR_RETURN(
        const std::vector<KeyedRow> rows,
        snapshot->Scan(Table::kAuditLeaves, BigEndian64(next), BigEndian64(end), kEntriesPerScan));
    if (rows.empty()) return DataLoss("an audit entry is missing");
    for (const KeyedRow& row : rows) {
      ASSIGN_OR_RETURN(const AuditEntry entry, EntryOf(row));
      if (entry.sequence != next++) return DataLoss("an audit entry is missing");
      latest = std::max(latest, entry.time);
    }
  }
  return latest;
}

absl::Status LogRetention::Retire(uint64_t first, uint64_t revision) {
  const uint64_t end = first + kRetiredSegment;
  StoredNodes nodes(engine_);
  ASSIGN_OR_RETURN(const TreeHash root, RootOf(nodes, end));
  AuditLeaf leaf{AuditAction::kLogRetired};
  leaf.origin.principal = "cardvaultd";
  leaf.object = FormatRetiredLog({first, end, root});
  WriteSet set;
  set.preconditions.push_back(CutIs({first, revision}));
  set.leaves.push_back(std::move(leaf));
  set.retired_segment = first;
  return pipeline_.SubmitAndWait(std::move(set)).status;
}

}  // namespace cardvault
