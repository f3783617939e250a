#ifndef CARDVAULT_FORWARDER_LEDGER_PAYMENT_INDEX_H_
#define CARDVAULT_FORWARDER_LEDGER_PAYMENT_INDEX_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/id.h"
#include "forwarder/ledger/payment_ledger.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"
#include "vault/live_row_keys.h"
#include "vault/row_keys.h"

namespace cardvault {

// The rows of table payments that lead from callers' ids to payments, byte by byte in
// docs/formats/payment_record.md: they alone stand under the row-index key, and move when it is
// rotated; what they lead to stays where it is. Looking up is safe while they move. Thread-safe.
class PaymentIndex final {
 public:
  static constexpr char kPaymentKind = 'i';
  static constexpr char kMerchantKind = 'm';
  static constexpr char kReferenceKind = 'u';

  explicit PaymentIndex(const Engine& engine) : engine_(engine) {}  // must outlive the index

  // nullopt when there is none. FAILED_PRECONDITION (VAULT_SEALED); DATA_LOSS for rows that do not
  // parse, have an unknown format version, or are another payment's.
  absl::StatusOr<std::optional<StoredPayment>> Find(const KeyringHolder& keyring,
                                                    const MerchantId& merchant,
                                                    const PaymentId& payment_id) const;

  // The merchant's payment that went through the route under this order id. As Find.
  absl::StatusOr<std::optional<StoredPayment>> FindByReference(const KeyringHolder& keyring,
                                                               const MerchantId& merchant,
                                                               const RouteName& route,
                                                               absl::string_view reference) const;

  // Puts the rows of a payment that is new, on the condition that no payment has its id yet, under
  // whichever version, and that the keyring's active version still is. Its order id leads to it
  // unless that is its payment_id. FAILED_PRECONDITION (VAULT_SEALED).
  static absl::Status Add(const Keyring& keyring, const StoredPayment& payment, WriteSet& set);

  // Up to `max_count` positions of the merchant's payments behind the position `after` ("": from
  // the newest), the newest first. RowKeyOf(position) leads to the payment. A position stays one
  // when the row-index key is rotated. For a listing, within WhileLive.
  absl::StatusOr<std::vector<std::string>> ScanMerchant(const LiveRowKeys& keys,
                                                        const MerchantId& merchant,
                                                        absl::string_view after,
                                                        size_t max_count) const;
  static absl::string_view RowKeyOf(absl::string_view merchant_position);
  static constexpr size_t kPositionSize = 8 + kPaymentRowKeySize;

  // Whether a row of the table stands under the row-index key.
  static bool IsKeyed(absl::string_view row_key);

  // The payment that such a row leads to. DATA_LOSS when it leads to none.
  absl::StatusOr<StoredPayment> PaymentOf(const KeyedRow& row) const;

  // Puts into `set` what moves such a row, which stands under `earlier`, to where `active` has it,
  // with the conditions under which it may. DATA_LOSS, with nothing in `set`, when it is not where
  // `earlier` puts the payment that it leads to, or has its like under `active` already; ABORTED
  // (IN_PROGRESS) when it is there because the row has moved meanwhile.
  absl::Status AppendMove(const KeyedRow& row, const RowKeys& earlier, const RowKeys& active,
                          WriteSet& set) const;

 private:
  absl::StatusOr<std::optional<StoredPayment>> Read(const std::string& key) const;
  absl::StatusOr<std::optional<StoredPayment>> FindUnder(const LiveRowKeys& keys,
                                                         const MerchantId& merchant,
                                                         const PaymentId& payment_id) const;
  absl::StatusOr<std::string> NewKey(const KeyedRow& row, const RowKeys& earlier,
                                     const RowKeys& active) const;

  const Engine& engine_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_LEDGER_PAYMENT_INDEX_H_
