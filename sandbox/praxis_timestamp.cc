#include "sandbox/praxis_timestamp.h"

#include "absl/strings/numbers.h"
#include "sandbox/text_rules.h"

namespace cardvault::sandbox {

absl::string_view PraxisTimestampProblem(const JsonValue& message, int64_t now_seconds) {
  const JsonValue* timestamp = message.Find("timestamp");
  int64_t seconds = 0;
  if (timestamp == nullptr || !timestamp->is_number() || !IsAllDigits(timestamp->text()) ||
      !absl::SimpleAtoi(timestamp->text(), &seconds)) {
    return "timestamp: must be an integer of seconds";
  }
  if (seconds > now_seconds) return "timestamp: lies in the future";
  if (now_seconds - seconds > kPraxisTimestampValiditySeconds) {
    return "timestamp: older than one minute";
  }
  return "";
}

}  // namespace cardvault::sandbox
