#ifndef CARDVAULT_SANDBOX_PRAXIS_ANSWER_H_
#define CARDVAULT_SANDBOX_PRAXIS_ANSWER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/json_value.h"
#include "sandbox/order_book.h"
#include "sandbox/outcome.h"

namespace cardvault::sandbox {

// Why the Praxis gateway refuses a request: its `status` and `description`.
struct PraxisRefusal {
  int code = 0;
  std::string description;
};

// The sandbox's `status` numbers; the vendor's are not public beyond their signs.
inline constexpr int kPraxisServerFull = -1;
inline constexpr int kPraxisBodyUnreadable = 1;
inline constexpr int kPraxisMerchantUnknown = 2;
inline constexpr int kPraxisVersionUnknown = 3;
inline constexpr int kPraxisSignatureWrong = 4;
inline constexpr int kPraxisTimestampInvalid = 5;
inline constexpr int kPraxisFieldInvalid = 6;
inline constexpr int kPraxisOrderNotUnique = 7;
inline constexpr int kPraxisOrderNotFound = 8;

// Why a payment was not booked; nothing when it was. Thread-safe.
std::optional<PraxisRefusal> PraxisRefusalOf(BookResult result);

inline constexpr char kPraxisVersion[] = "1.1";

// The transaction_status of a verdict.
absl::string_view PraxisWord(Verdict verdict);

// Unsigned messages of the API. Thread-safe.

// The answer to a card request. `redirect_url` may be empty.
JsonValue PraxisProcessAnswer(const Order& order, absl::string_view redirect_url);

// The answer to a refused request: no transaction fields.
JsonValue PraxisRefusalAnswer(const PraxisRefusal& refusal);

// An order in the notification's format, which the look-up calls answer, without its timestamp.
JsonValue PraxisOrderMessage(const Order& order, absl::string_view frontend);

// Puts the content faults (kEchoCard, kOtherOrder, kOversize) into an answer; `base_url` is this
// server's. Other faults leave it alone.
void ApplyPraxisFault(Fault fault, const Order& order, absl::string_view card_number,
                      absl::string_view base_url, JsonValue& answer);

// `message` with its signature as JSON text.
std::string SignedPraxisText(JsonValue message, absl::string_view merchant_secret);

// As SignedPraxisText, with a signature of the right form that is wrong.
std::string WronglySignedPraxisText(JsonValue message, absl::string_view merchant_secret);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS_ANSWER_H_
