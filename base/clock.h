#ifndef CARDVAULT_BASE_CLOCK_H_
#define CARDVAULT_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace cardvault {

// Where time comes from; tests put their own in its place. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time, for what is shown, stored and compared with calendars.
  virtual absl::Time Now() const = 0;

  // Time since boot, suspend included (CLOCK_BOOTTIME): for life times and deadlines, because a
  // stepped wall clock must not lengthen the life of a CVV.
  virtual absl::Duration SinceBoot() const = 0;
};

// The machine's clocks. Never destroyed.
const Clock& SystemClock();

}  // namespace cardvault

#endif  // CARDVAULT_BASE_CLOCK_H_
