#include "base/testing/fake_clock.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(FakeClockTest, StandsStillUntilMoved) {
  FakeClock clock;
  const absl::Time now = clock.Now();
  const absl::Duration since_boot = clock.SinceBoot();
  EXPECT_EQ(absl::FormatTime(now, absl::UTCTimeZone()), "2030-01-15T12:00:00+00:00");
  EXPECT_EQ(clock.Now(), now);
  clock.Advance(absl::Minutes(5));
  EXPECT_EQ(clock.Now(), now + absl::Minutes(5));
  EXPECT_EQ(clock.SinceBoot(), since_boot + absl::Minutes(5));
}

TEST(FakeClockTest, SteppedWallClockLeavesTheBootClock) {
  FakeClock clock;
  const absl::Duration since_boot = clock.SinceBoot();
  clock.SetNow(clock.Now() - absl::Hours(1));
  EXPECT_EQ(clock.SinceBoot(), since_boot);
  clock.SetSinceBoot(absl::Seconds(3));
  EXPECT_EQ(clock.SinceBoot(), absl::Seconds(3));
}

}  // namespace
}  // namespace cardvault
