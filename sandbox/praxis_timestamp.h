#ifndef CARDVAULT_SANDBOX_PRAXIS_TIMESTAMP_H_
#define CARDVAULT_SANDBOX_PRAXIS_TIMESTAMP_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {

inline constexpr int64_t kPraxisTimestampValiditySeconds = 60;

// What is wrong with the `timestamp` of a message at the time `now_seconds`, which has to be an
// integer of seconds, not in the future and not older than kPraxisTimestampValiditySeconds: a
// literal that names the field, or the empty text. Thread-safe.
absl::string_view PraxisTimestampProblem(const JsonValue& message, int64_t now_seconds);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS_TIMESTAMP_H_
