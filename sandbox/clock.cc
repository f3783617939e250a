#include "sandbox/clock.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace cardvault::sandbox {

int64_t SystemClockMs() { return absl::ToUnixMillis(absl::Now()); }

}  // namespace cardvault::sandbox
