#include "base/clock.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(SystemClockTest, NowIsTheWallClock) {
  const absl::Time before = absl::Now();
  const absl::Time now = SystemClock().Now();
  EXPECT_LE(before, now);
  EXPECT_LT(now - before, absl::Minutes(1));
}

TEST(SystemClockTest, SinceBootNeverGoesBack) {
  const absl::Duration first = SystemClock().SinceBoot();
  EXPECT_GT(first, absl::ZeroDuration());
  EXPECT_LE(first, SystemClock().SinceBoot());
}

}  // namespace
}  // namespace cardvault
