#ifndef CARDVAULT_SANDBOX_H2H_REQUEST_H_
#define CARDVAULT_SANDBOX_H2H_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/field_checker.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {

enum class H2hKind { kPayIn, kPayOut };

// A card payment request of the H2H API, as far as the gateway acts on it. It holds card data and
// lives for one request.
struct H2hCardRequest {
  std::string cascade_id;
  std::string payment_id;  // the merchant's own
  int64_t amount = 0;
  std::string currency;
  std::string card_number;
  std::string cvv;  // pay-in only
};

// Checks every field of a payment request against the document's types and fills `request`. Every
// field of the document's table is required, but `customer.ip_address` (sent when known) and, for a
// payout, what its example leaves out.
//
// Returns the first problem, or nothing. Thread-safe.
std::optional<FieldProblem> ReadH2hCardRequest(const JsonValue& message, H2hKind kind,
                                               int64_t now_seconds, H2hCardRequest& request);

// Checks a status request and sets `merchant_payment_id`.
//
// Returns the first problem, or nothing. Thread-safe.
std::optional<FieldProblem> ReadH2hStatusRequest(const JsonValue& message,
                                                 std::string& merchant_payment_id);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_H2H_REQUEST_H_
