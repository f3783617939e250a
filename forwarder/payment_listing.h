#ifndef CARDVAULT_FORWARDER_PAYMENT_LISTING_H_
#define CARDVAULT_FORWARDER_PAYMENT_LISTING_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/id.h"
#include "card/token.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/ledger/payment_state.h"
#include "keys/keyring_holder.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Which payments a listing answers; all that are set must hold.
struct PaymentFilter {
  std::optional<PaymentState> state;
  std::optional<PaymentKind> kind;
  std::string route;  // "" : any
  std::optional<Token> token;
  bool needs_review = false;  // true: those alone
};

inline constexpr size_t kDefaultPaymentPageSize = 50;
inline constexpr size_t kMaxPaymentPageSize = 200;
// Payments that one page looks at: a filter that few pass must not make one call read the ledger.
inline constexpr size_t kMaxPaymentsScannedPerPage = 2'000;

struct PaymentPage {
  std::vector<storage::v1::PaymentRecord> payments;
  std::string next_page_token;  // "" : that was all
};

// The merchant's payments, the newest first, each once from the first page to the last while keys
// are rotated as well. `page_size` 0 is the default. INVALID_ARGUMENT (FIELD_INVALID,
// "page_token"); FAILED_PRECONDITION (VAULT_SEALED); DATA_LOSS. Thread-safe.
absl::StatusOr<PaymentPage> ListPayments(const Engine& engine, const KeyringHolder& keyring,
                                         const MerchantId& merchant, const PaymentFilter& filter,
                                         size_t page_size, absl::string_view page_token);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PAYMENT_LISTING_H_
