#include "forwarder/ledger/refund_ledger.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "forwarder/ledger/ledger_rows.h"
#include "forwarder/ledger/payment_state.h"

namespace cardvault {
namespace {

constexpr absl::string_view kRefundPrefix = "r";
constexpr absl::string_view kGuardPrefix = "g";

std::string GuardKey(absl::string_view original_row_key) {
  return absl::StrCat(kGuardPrefix, original_row_key);
}

}  // namespace

absl::StatusOr<RefundStanding> RefundLedger::Read(absl::string_view original_row_key) const {
  RefundStanding standing;
  // The guard first: what changes after it makes the commit fail.
  ASSIGN_OR_RETURN(const std::optional<Row> guard,
                   engine_.Get(Table::kPayments, GuardKey(original_row_key)));
  if (guard.has_value()) {
    ASSIGN_OR_RETURN(const storage::v1::RefundGuardRow row,
                     DecodeLedgerRow<storage::v1::RefundGuardRow>(guard->value));
    standing.refund_count = row.refund_count();
    standing.guard_revision = guard->revision;
  }
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                   ScanLedgerRows(engine_, absl::StrCat(kRefundPrefix, original_row_key), "",
                                  kMaxRefundsPerPayment + 1));
  const PaymentLedger ledger(engine_);
  for (const KeyedRow& row : rows) {
    ASSIGN_OR_RETURN(const std::optional<StoredPayment> refund, ledger.Read(row.key));
    if (!refund.has_value()) return DataLoss("a refund is listed that is not in the ledger");
    // One with contradicting ends may have.
    if (!refund->record.conflict() &&
        !MayHaveMovedMoney(static_cast<PaymentState>(refund->record.state()))) {
      continue;
    }
    standing.live_amount += refund->record.amount();
  }
  return standing;
}

Precondition RefundLedger::Unchanged(absl::string_view original_row_key,
                                     const RefundStanding& standing) {
  if (standing.guard_revision == 0) {
    return Precondition::Absent(Table::kPayments, GuardKey(original_row_key));
  }
  return Precondition::Unchanged(Table::kPayments, GuardKey(original_row_key),
                                 standing.guard_revision);
}

void RefundLedger::Put(absl::string_view original_row_key, absl::string_view refund_row_key,
                       const RefundStanding& standing, bool is_new, WriteSet& set) {
  storage::v1::RefundGuardRow guard;
  guard.set_refund_count(standing.refund_count + (is_new ? 1 : 0));
  set.puts.push_back({Table::kPayments, GuardKey(original_row_key), EncodeLedgerRow(guard)});
  set.puts.push_back({Table::kPayments,
                      absl::StrCat(kRefundPrefix, original_row_key, refund_row_key),
                      EncodeLedgerRow(storage::v1::RefundRow())});
}

}  // namespace cardvault
