#ifndef CARDVAULT_SANDBOX_PRAXIS13_ANSWER_H_
#define CARDVAULT_SANDBOX_PRAXIS13_ANSWER_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "sandbox/json_value.h"
#include "sandbox/order_book.h"
#include "sandbox/outcome.h"
#include "sandbox/praxis_answer.h"

namespace cardvault::sandbox {

inline constexpr char kPraxis13Version[] = "1.3";

// Messages of the Praxis 1.3 API. Their signature goes into a header. Thread-safe.

// What the API says of an order, in its answers and notifications alike: `session`, `customer` and
// `transaction`.
JsonValue Praxis13OrderMessage(const Order& order);

// The answer to a request about `order`. `redirect_url` may be empty.
JsonValue Praxis13Answer(const Order& order, absl::string_view redirect_url, int64_t now_seconds);

// The answer to a refused request: no transaction.
JsonValue Praxis13RefusalAnswer(const PraxisRefusal& refusal, int64_t now_seconds);

// Puts the content faults (kEchoCard, kOtherOrder, kOversize) into an answer; `base_url` is this
// server's. Other faults leave it alone.
void ApplyPraxis13Fault(Fault fault, const Order& order, absl::string_view card_number,
                        absl::string_view base_url, JsonValue& answer);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS13_ANSWER_H_
