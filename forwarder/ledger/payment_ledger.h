#ifndef CARDVAULT_FORWARDER_LEDGER_PAYMENT_LEDGER_H_
#define CARDVAULT_FORWARDER_LEDGER_PAYMENT_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "card/token.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/ledger/ledger_rows.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// A payment and where it stands.
struct StoredPayment {
  std::string row_key;  // kPaymentRowKeySize bytes
  storage::v1::PaymentRecord record;
  uint64_t revision = 0;
};

// The rows of table payments, byte by byte in docs/formats/payment_record.md. Reads, and says what
// a write set must hold; writing is the commit pipeline's. Thread-safe.
class PaymentLedger final {
 public:
  explicit PaymentLedger(const Engine& engine) : engine_(engine) {}  // must outlive the ledger

  // The row key of a payment that is new: random, so that it stays when keys are rotated.
  static std::string NewRowKey();

  // nullopt when there is none. DATA_LOSS for a row that does not parse or has an unknown format
  // version. From ids of callers PaymentIndex leads to row keys.
  absl::StatusOr<std::optional<StoredPayment>> Read(absl::string_view row_key) const;

  // The conditions that no record stands there, and that it is as it was read.
  static Precondition Absent(const StoredPayment& payment);
  static Precondition Unchanged(const StoredPayment& payment);

  // Puts the record, and its open row and review row as it wants them.
  static void Put(const StoredPayment& payment, WriteSet& set);

  // Puts the row that leads from the token to the payment: an attempt begins at `time`.
  static void PutTokenRow(const Token& token, const StoredPayment& payment, absl::Time time,
                          WriteSet& set);

  struct OpenPayment {
    std::string row_key;
    storage::v1::OpenPaymentRow row;
  };
  // Up to `max_count` open payments behind `after` ("" : from the first), in the order of their
  // row keys, which says nothing of their age.
  absl::StatusOr<std::vector<OpenPayment>> ScanOpen(absl::string_view after,
                                                    size_t max_count) const;

  // The row keys of a token's payments, in the same way.
  absl::StatusOr<std::vector<std::string>> ScanToken(const Token& token, absl::string_view after,
                                                     size_t max_count) const;

  // Up to `max_count` row keys, behind `after`, of payments that a person must look at.
  absl::StatusOr<std::vector<std::string>> ScanReview(absl::string_view after,
                                                      size_t max_count) const;

  // The revision of the commit with the intent of the token's newest attempt; 0 when there was
  // none. One read, however many payments there are.
  absl::StatusOr<uint64_t> LastAttempt(const Token& token) const;

 private:
  const Engine& engine_;
};

// The object under which the audit log speaks of a payment: "pay_" and base32 of the first 16 bytes
// of its row key.
std::string PaymentAuditReference(absl::string_view row_key);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_LEDGER_PAYMENT_LEDGER_H_
