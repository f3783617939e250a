#ifndef CARDVAULT_SANDBOX_CLOCK_H_
#define CARDVAULT_SANDBOX_CLOCK_H_

#include <cstdint>
#include <functional>

namespace cardvault::sandbox {

// Milliseconds since 1970 in UTC; callable from any thread.
using ClockMs = std::function<int64_t()>;

// The system's clock.
int64_t SystemClockMs();

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_CLOCK_H_
