#ifndef CARDVAULT_FORWARDER_ROUTE_RATE_H_
#define CARDVAULT_FORWARDER_ROUTE_RATE_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "forwarder/route.h"

namespace cardvault {

// Counts the payments of each route against its `payments_per_minute`. In no 60 seconds, wherever
// they begin, more are let through than the cap says; a place is free again 60 to 61 seconds after
// it was taken. The counts are of this process: they begin at nothing with each start. Memory is a
// few hundred bytes for each route that has a cap. Thread-safe.
class RouteRate final {
 public:
  explicit RouteRate(const Clock& clock) : clock_(clock) {}  // must outlive this
  RouteRate(const RouteRate&) = delete;
  RouteRate& operator=(const RouteRate&) = delete;

  // Takes a place for one payment; always OK on a route without a cap. RESOURCE_EXHAUSTED (RATE)
  // when there is none; a refusal takes no place. A cap that was changed holds at once, for what
  // was counted under the earlier one too.
  absl::Status Take(const Route& route) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Sixty whole seconds and the one that runs: by seconds alone, what was taken at the end of one
  // would be forgotten before its minute is over.
  static constexpr int64_t kSeconds = 61;

  // What was taken in the last kSeconds seconds, by second.
  struct Window {
    std::array<int32_t, kSeconds> taken = {};  // second s stands at s % kSeconds
    int64_t newest = 0;                        // the second up to which `taken` is right
    int32_t sum = 0;
  };

  // Forgets what is older than the window that ends with `second`.
  static void MoveTo(Window& window, int64_t second);

  const Clock& clock_;

  absl::Mutex mutex_;
  // By route name. Names are those of stored routes, so that there are no more than these.
  std::map<std::string, Window> windows_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ROUTE_RATE_H_
