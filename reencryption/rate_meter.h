#ifndef CARDVAULT_REENCRYPTION_RATE_METER_H_
#define CARDVAULT_REENCRYPTION_RATE_METER_H_

#include <cstdint>
#include <deque>

#include "absl/time/time.h"

namespace cardvault {

// How fast a count grows, over the last seconds. Not thread-safe.
class RateMeter final {
 public:
  // Long enough to even batches out, short enough to follow a change.
  static constexpr absl::Duration kWindow = absl::Seconds(10);

  void Reset() { points_.clear(); }

  // The count at a time since boot; both never go back between resets.
  void Note(absl::Duration now, uint64_t count) {
    points_.push_back({now, count});
    // The first is the newest that is a whole window old, so that the window is full.
    while (points_.size() > 2 && now - points_[1].time >= kWindow) points_.pop_front();
  }

  // 0 when it is not known yet.
  double PerSecond() const {
    if (points_.size() < 2) return 0;
    const absl::Duration time = points_.back().time - points_.front().time;
    if (time <= absl::ZeroDuration()) return 0;
    return static_cast<double>(points_.back().count - points_.front().count) /
           absl::ToDoubleSeconds(time);
  }

 private:
  struct Point {
    absl::Duration time;
    uint64_t count = 0;
  };

  std::deque<Point> points_;
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_RATE_METER_H_
