#include "base/clock.h"

#include <time.h>

#include "absl/time/clock.h"
#include "base/check.h"

namespace cardvault {
namespace {

class MachineClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }

  absl::Duration SinceBoot() const override {
    timespec now;
    CV_CHECK(clock_gettime(CLOCK_BOOTTIME, &now) == 0);
    return absl::DurationFromTimespec(now);
  }
};

}  // namespace

const Clock& SystemClock() {
  static const MachineClock* const clock = new MachineClock;  // never destroyed
  return *clock;
}

}  // namespace cardvault
