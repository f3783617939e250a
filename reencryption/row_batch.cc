#include "reencryption/row_batch.h"

#include <utility>

#include "absl/status/statusor.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

// Whether it may go away by itself, for all rows alike.
bool IsOfAllRows(const absl::Status& status) {
  switch (ReasonOf(status)) {
    case ErrorReason::kKeyLimit:
    case ErrorReason::kVaultSealed:
    case ErrorReason::kAuditUnavailable:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<RowBatch> MakeRowBatch(const RowMover& mover, const Keyring& keyring,
                                      absl::Span<const KeyedRow> rows, size_t max_rows) {
  RowBatch batch;
  while (batch.examined < rows.size() && batch.moved + batch.unreadable.size() < max_rows) {
    const size_t row = batch.examined++;
    absl::StatusOr<bool> moved = mover.Move(keyring, rows[row], batch.set);
    batch.row_of_precondition.resize(batch.set.preconditions.size(), row);
    if (moved.ok()) {
      batch.moved += *moved;
    } else if (IsOfAllRows(moved.status())) {
      return std::move(moved).status();
    } else if (ReasonOf(moved.status()) == ErrorReason::kInProgress) {
      batch.changing.push_back(row);
    } else {
      batch.unreadable.push_back({row, std::move(moved).status()});
    }
  }
  // All are under the one active version.
  if (!batch.set.sealed_under.empty()) {
    batch.set.sealed_under.erase(batch.set.sealed_under.begin() + 1, batch.set.sealed_under.end());
  }
  return batch;
}

}  // namespace cardvault
