#ifndef CARDVAULT_REENCRYPTION_THROTTLE_H_
#define CARDVAULT_REENCRYPTION_THROTTLE_H_

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"

namespace cardvault {

// Spreads work evenly: what was not used is not saved up, so there are no bursts. Not thread-safe.
class Throttle final {
 public:
  // 0: as fast as it goes.
  explicit Throttle(uint32_t per_second) : per_second_(per_second) {}

  // Charges work that was begun at `begin`; both are times since boot. Returns how long to wait
  // from `now` on before more is begun.
  absl::Duration Charge(absl::Duration begin, absl::Duration now, double work) {
    if (per_second_ == 0) return absl::ZeroDuration();
    free_at_ = std::max(free_at_, begin) + absl::Seconds(work / per_second_);
    return std::max(free_at_ - now, absl::ZeroDuration());
  }

 private:
  const uint32_t per_second_;
  absl::Duration free_at_;
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_THROTTLE_H_
