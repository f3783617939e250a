#ifndef CARDVAULT_FORWARDER_LEDGER_REFUND_LEDGER_H_
#define CARDVAULT_FORWARDER_LEDGER_REFUND_LEDGER_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "forwarder/ledger/payment_ledger.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Refunds of one pay-in that can ever be begun: each intent adds the others up.
inline constexpr uint32_t kMaxRefundsPerPayment = 100;

// What stands against a pay-in, as it was read.
struct RefundStanding {
  // The sum of refunds that moved money or may have: never above the settled amount.
  int64_t live_amount = 0;
  // Refunds that were ever begun, and the guard row's revision; 0 when there is no such row.
  uint32_t refund_count = 0;
  uint64_t guard_revision = 0;
};

// The rows that bind refunds to their original (docs/formats/payment_record.md). A refund's intent
// depends on the guard row being as it was when the refunds were added up, and puts it: of refunds
// begun at once, one commit goes through and the others add up again. A refund that ends without
// having moved money needs no write here: its amount is looked up, not kept. Thread-safe.
class RefundLedger final {
 public:
  explicit RefundLedger(const Engine& engine) : engine_(engine) {}  // must outlive this

  // DATA_LOSS for damaged rows.
  absl::StatusOr<RefundStanding> Read(absl::string_view original_row_key) const;

  // The condition that no refund was begun since `standing` was read.
  static Precondition Unchanged(absl::string_view original_row_key, const RefundStanding& standing);

  // Puts the rows of a refund whose attempt begins: `is_new` unless it is NOT_SENT and begins
  // again.
  static void Put(absl::string_view original_row_key, absl::string_view refund_row_key,
                  const RefundStanding& standing, bool is_new, WriteSet& set);

 private:
  const Engine& engine_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_LEDGER_REFUND_LEDGER_H_
