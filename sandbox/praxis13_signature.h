#ifndef CARDVAULT_SANDBOX_PRAXIS13_SIGNATURE_H_
#define CARDVAULT_SANDBOX_PRAXIS13_SIGNATURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {

// The header of Praxis 1.3 that carries a message's signature.
inline constexpr char kPraxis13SignatureHeader[] = "Gt-Authentication";

// The messages of the API. Each signs an ordered list of its own fields; README.md says which lists
// are the vendor's and which the sandbox's.
enum class Praxis13Message {
  kDirectCardRequest,
  kRefundRequest,
  kFindOrderRequest,
  kManageRequest,
  kPaymentAnswer,  // of direct card, refund and find-order
  kManageAnswer,
  kNotification,
  kAcknowledgement,
};

// The signature of `message`, which is of the kind `kind`: the values of its list in order, without
// a separator, followed by the merchant secret; then plain SHA-384 in lower-case hex. A number
// counts with its literal; what is null or missing is skipped. Thread-safe.
std::string SignPraxis13(Praxis13Message kind, const JsonValue& message,
                         absl::string_view merchant_secret);

// True when `signature` is what SignPraxis13 gives. Thread-safe.
bool VerifyPraxis13(Praxis13Message kind, const JsonValue& message,
                    absl::string_view merchant_secret, absl::string_view signature);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS13_SIGNATURE_H_
