#include "forwarder/ledger/ledger_rows.h"

#include "absl/strings/str_cat.h"
#include "vault/engine/table.h"

namespace cardvault {

absl::StatusOr<std::vector<KeyedRow>> ScanLedgerRows(const Engine& engine,
                                                     const std::string& prefix,
                                                     absl::string_view after, size_t max_count) {
  std::string first = absl::StrCat(prefix, after);
  if (!after.empty()) first.push_back('\0');
  ASSIGN_OR_RETURN(std::vector<KeyedRow> rows,
                   engine.Scan(Table::kPayments, first, PrefixEnd(prefix), max_count));
  for (KeyedRow& row : rows) {
    row.key.erase(0, prefix.size());
    if (row.key.size() != kPaymentRowKeySize) {
      return DataLoss("an index row of the payment ledger has a damaged key");
    }
  }
  return rows;
}

}  // namespace cardvault
