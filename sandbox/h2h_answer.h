#ifndef CARDVAULT_SANDBOX_H2H_ANSWER_H_
#define CARDVAULT_SANDBOX_H2H_ANSWER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/json_value.h"
#include "sandbox/order_book.h"
#include "sandbox/outcome.h"

namespace cardvault::sandbox {

// Why the H2H gateway refuses a request. The vendor's error codes are not public: these words are
// the sandbox's.
struct H2hRefusal {
  int http_status = 200;  // 401 for what is wrong with the headers
  std::string error_code;
  std::string error_message;
};

inline constexpr char kH2hUuidOfAnother[] = "00000000-0000-4000-8000-000000000000";

// The payment_status of a verdict.
absl::string_view H2hWord(Verdict verdict);

// What a payment settled for; 0 unless it succeeded.
int64_t H2hAmountAcquired(const Order& order);

// The answer to a payment request. `payment_url` may be empty. Thread-safe.
JsonValue H2hCreateAnswer(const Order& order, absl::string_view payment_url);

// The answer to a status request. Thread-safe.
JsonValue H2hStatusAnswer(const Order& order);

// The answer to a refused request, whose payment id, if it is known, is `merchant_payment_id`.
// Thread-safe.
JsonValue H2hRefusalAnswer(const H2hRefusal& refusal, absl::string_view merchant_payment_id);

// Puts the content faults (kEchoCard, kOtherOrder, kOversize) into an answer; `base_url` is this
// server's. Other faults leave it alone. Thread-safe.
void ApplyH2hFault(Fault fault, const Order& order, absl::string_view card_number,
                   absl::string_view base_url, JsonValue& answer);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_H2H_ANSWER_H_
