#include "vault/retention/due_sweep.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"
#include "vault/records/due_rows.h"
#include "vault/records/index_keys.h"
#include "vault/records/row_format.h"
#include "vault/records/window_rows.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;
using storage::v1::EnumerationRow;

AuditLeaf OwnLeaf(AuditAction action) {
  return AuditLeaf{.action = action,
                   .origin = {.principal = "cardvaultd", .role = "", .address = ""},
                   .object = ""};
}

// Builds the plan row by row. Not thread-safe.
class Planner {
 public:
  Planner(const CardTables& tables, absl::Duration enumeration_window, absl::Time now,
          SweepPlan& plan)
      : tables_(tables), enumeration_window_(enumeration_window), now_(now), plan_(plan) {}

  absl::Status Add(const KeyedRow& due_row) {
    ASSIGN_OR_RETURN(const Due due, ParseDueKey(due_row.key));
    switch (due.kind) {
      case DueKind::kRetention:
        return AddRetention(due, due_row);
      case DueKind::kIdempotency:
        return AddIdempotency(due, due_row);
      case DueKind::kEnumeration:
        return AddEnumeration(due, due_row);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status AddRetention(const Due& due, const KeyedRow& due_row) {
    ASSIGN_OR_RETURN(const Token token, TokenOfBytes(tables_.mode(), due.object));
    ASSIGN_OR_RETURN(const std::optional<Row> row,
                     tables_.engine().Get(Table::kRecords, token.binary()));
    if (!row.has_value()) {
      Drop(due_row);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(CardRecord record, DecodeRow<CardRecord>(row->value));
    if (record.state() == CardRecord::STATE_DELETED ||
        record.delete_at_micros() != due.time_micros) {
      Drop(due_row);
      return absl::OkStatus();
    }
    WriteSet set;
    RETURN_IF_ERROR(
        tables_.rows().Remove(token, StoredCard{std::move(record), row->revision}, now_, set));
    AuditLeaf leaf = OwnLeaf(AuditAction::kTokenExpired);
    leaf.object = token.text();
    set.leaves.push_back(std::move(leaf));
    plan_.deletions.push_back(std::move(set));
    return absl::OkStatus();
  }

  absl::Status AddIdempotency(const Due& due, const KeyedRow& due_row) {
    ASSIGN_OR_RETURN(const std::optional<StoredRequest> stored,
                     FindRequest(tables_.engine(), {due.object}));
    WriteSet& set = Drop(due_row);
    // Recorded anew meanwhile: it has a due row of its own.
    if (!stored.has_value() || stored->record.expire_micros() != due.time_micros) {
      return absl::OkStatus();
    }
    set.preconditions.push_back(
        Precondition::Unchanged(Table::kIdempotency, due.object, stored->revision));
    set.deletes.push_back({Table::kIdempotency, due.object});
    return absl::OkStatus();
  }

  absl::Status AddEnumeration(const Due& due, const KeyedRow& due_row) {
    ASSIGN_OR_RETURN(const std::optional<StoredEnumeration> stored,
                     FindEnumeration(tables_.engine(), {due.object}));
    WriteSet& set = Drop(due_row);
    if (!stored.has_value()) return absl::OkStatus();
    set.preconditions.push_back(
        Precondition::Unchanged(Table::kEnumeration, due.object, stored->revision));
    EnumerationRow fresh = WithinWindow(stored->row, enumeration_window_, now_);
    const absl::Time next = FirstToLeave(fresh, enumeration_window_);
    if (next == absl::InfiniteFuture()) {
      set.deletes.push_back({Table::kEnumeration, due.object});
    } else {
      set.puts.push_back({Table::kEnumeration, due.object, EncodeRow(std::move(fresh))});
      PutDue(absl::ToUnixMicros(next), DueKind::kEnumeration, due.object, set);
    }
    return absl::OkStatus();
  }

  // The due row has served: takes it away with the set of window rows that is open.
  WriteSet& Drop(const KeyedRow& due_row) {
    if (plan_.forgettings.empty() ||
        plan_.forgettings.back().leaves.front().count == kMaxWindowRowsPerSet) {
      WriteSet& fresh = plan_.forgettings.emplace_back();
      fresh.leaves.push_back(OwnLeaf(AuditAction::kIdempotencyExpired));
      fresh.leaves.front().count = 0;
    }
    WriteSet& set = plan_.forgettings.back();
    ++set.leaves.front().count;
    set.preconditions.push_back(
        Precondition::Unchanged(Table::kDue, due_row.key, due_row.row.revision));
    set.deletes.push_back({Table::kDue, due_row.key});
    return set;
  }

  const CardTables& tables_;
  const absl::Duration enumeration_window_;
  const absl::Time now_;
  SweepPlan& plan_;
};

}  // namespace

absl::StatusOr<SweepPlan> PlanSweep(const CardTables& tables, absl::string_view first_key,
                                    size_t max_rows, absl::Duration enumeration_window,
                                    absl::Time now) {
  SweepPlan plan;
  ASSIGN_OR_RETURN(
      const std::vector<KeyedRow> due,
      tables.engine().Scan(Table::kDue, first_key, DueKeyAfter(absl::ToUnixMicros(now)), max_rows));
  Planner planner(tables, enumeration_window, now, plan);
  for (const KeyedRow& row : due) {
    const absl::Status status = planner.Add(row);
    if (status.ok()) continue;
    if (ReasonOf(status) == ErrorReason::kInProgress) continue;  // its turn comes again
    // A damaged row must not keep the others from their end.
    if (status.code() != absl::StatusCode::kDataLoss) return status;
    ++plan.unreadable_count;
  }
  if (due.size() == max_rows) {
    plan.next_key = absl::StrCat(due.back().key, absl::string_view("\0", 1));
  }
  return plan;
}

}  // namespace cardvault
