#include "forwarder/route_amount.h"

#include <string>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::Status CheckRouteAmount(const Route& route, absl::string_view currency, int64_t amount) {
  const auto range = route.limits.amounts.find(std::string(currency));
  if (range == route.limits.amounts.end()) return absl::OkStatus();
  if (amount < range->second.min) {
    return InvalidArgument(ErrorReason::kAmountInvalid, "amount",
                           "the amount is below the smallest that this route takes");
  }
  if (amount > range->second.max) {
    return InvalidArgument(ErrorReason::kAmountInvalid, "amount",
                           "the amount is above the largest that this route takes");
  }
  return absl::OkStatus();
}

}  // namespace cardvault
