#include "forwarder/route_rate.h"

#include <algorithm>

#include "absl/time/time.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::Status RouteRate::Take(const Route& route) {
  if (!route.limits.payments_per_minute.has_value()) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  // Read under the lock: seconds come in order.
  const int64_t second = absl::ToInt64Seconds(clock_.SinceBoot());
  Window& window = windows_[route.name.value()];
  MoveTo(window, second);
  if (window.sum >= *route.limits.payments_per_minute) {
    return ResourceExhausted(ErrorReason::kRate, "the route's cap of payments a minute is reached");
  }
  ++window.taken[second % kSeconds];
  ++window.sum;
  return absl::OkStatus();
}

void RouteRate::MoveTo(Window& window, int64_t second) {
  // After a pause longer than the window, each place is cleared once, not once for each second.
  for (int64_t s = std::max(window.newest, second - kSeconds) + 1; s <= second; ++s) {
    int32_t& taken = window.taken[s % kSeconds];
    window.sum -= taken;
    taken = 0;
  }
  window.newest = second;
}

}  // namespace cardvault
