#ifndef CARDVAULT_SANDBOX_PRAXIS_SIGNATURE_H_
#define CARDVAULT_SANDBOX_PRAXIS_SIGNATURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {

// The Praxis 1.1 body signature: the values of all fields but `signature`, in byte order of their
// keys, concatenated without a separator and followed by the merchant secret; then plain SHA-384 in
// lower-case hex. A number counts with its literal, true as "1", false and null as nothing.
//
// Requires that `message` is an object without nested objects or arrays. Thread-safe.
std::string SignPraxisMessage(const JsonValue& message, absl::string_view merchant_secret);

// True when `message` carries a `signature` string that SignPraxisMessage would give. False as well
// when a value is an object or an array, because such a message has no signature. Thread-safe.
bool VerifyPraxisMessage(const JsonValue& message, absl::string_view merchant_secret);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS_SIGNATURE_H_
