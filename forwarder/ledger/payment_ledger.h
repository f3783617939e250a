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
#include "base/id.h"
#include "card/token.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "keys/keyring.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// A payment and where it stands.
struct StoredPayment {
  std::string row_key;  // 32 bytes
  storage::v1::PaymentRecord record;
  uint64_t revision = 0;
};

// The rows of table payments, byte by byte in docs/formats/payment_record.md. Reads, and says what
// a write set must hold; writing is the commit pipeline's. Thread-safe.
class PaymentLedger final {
 public:
  explicit PaymentLedger(const Engine& engine) : engine_(engine) {}  // must outlive the ledger

  // Every row key under which the payment may stand, one for each row-index key that still
  // verifies; a new payment stands under the first. FAILED_PRECONDITION (VAULT_SEALED).
  static absl::StatusOr<std::vector<std::string>> RowKeys(const Keyring& keyring,
                                                          const MerchantId& merchant,
                                                          const PaymentId& payment_id);

  // nullopt when there is none. DATA_LOSS for a row that does not parse, has an unknown format
  // version, or is another payment's.
  absl::StatusOr<std::optional<StoredPayment>> Find(const Keyring& keyring,
                                                    const MerchantId& merchant,
                                                    const PaymentId& payment_id) const;

  // The same by row key, for those that come from an index.
  absl::StatusOr<std::optional<StoredPayment>> Read(absl::string_view row_key) const;

  // The conditions that a payment is new, and that it is as it was read.
  static Precondition Absent(absl::string_view row_key);
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

  // Puts the row that lists the payment among its merchant's; once, when it is new.
  // FAILED_PRECONDITION (VAULT_SEALED).
  static absl::Status PutMerchantRow(const Keyring& keyring, const StoredPayment& payment,
                                     WriteSet& set);

  // Puts the row that leads from the order id that went upstream to the payment, unless that is its
  // payment_id; once, when it is new. FAILED_PRECONDITION (VAULT_SEALED).
  static absl::Status PutReferenceRow(const Keyring& keyring, const StoredPayment& payment,
                                      WriteSet& set);

  // The merchant's payment that went through the route under this order id; nullopt when there is
  // none.
  absl::StatusOr<std::optional<StoredPayment>> FindByReference(const Keyring& keyring,
                                                               const MerchantId& merchant,
                                                               const RouteName& route,
                                                               absl::string_view reference) const;

  // Up to `max_count` row keys, behind `after`, of payments that a person must look at.
  absl::StatusOr<std::vector<std::string>> ScanReview(absl::string_view after,
                                                      size_t max_count) const;

  // Up to `max_count` positions of the merchant's payments behind the position `after` ("": from
  // the newest), the newest first. RowKeyOf(position) leads to the payment.
  absl::StatusOr<std::vector<std::string>> ScanMerchant(const Keyring& keyring,
                                                        const MerchantId& merchant,
                                                        absl::string_view after,
                                                        size_t max_count) const;
  static absl::string_view RowKeyOf(absl::string_view merchant_position);
  static constexpr size_t kPositionSize = 48;  // bytes

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
