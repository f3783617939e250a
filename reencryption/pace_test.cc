#include "gtest/gtest.h"
#include "reencryption/rate_meter.h"
#include "reencryption/throttle.h"

namespace cardvault {
namespace {

TEST(ThrottleTest, WorkIsSpreadEvenlyAndTheWorkItselfCountsAsWaiting) {
  Throttle throttle(100);
  const absl::Duration begin = absl::Hours(1);
  EXPECT_EQ(throttle.Charge(begin, begin, 10), absl::Milliseconds(100));
  EXPECT_EQ(throttle.Charge(begin + absl::Milliseconds(100), begin + absl::Milliseconds(130), 10),
            absl::Milliseconds(70));
}

TEST(ThrottleTest, WhoComesTooEarlyWaitsForBoth) {
  Throttle throttle(100);
  const absl::Duration begin = absl::Hours(1);
  throttle.Charge(begin, begin, 10);
  EXPECT_EQ(throttle.Charge(begin, begin, 10), absl::Milliseconds(200));
}

TEST(ThrottleTest, WhatWasNotUsedIsNotSavedUp) {
  Throttle throttle(100);
  throttle.Charge(absl::Hours(1), absl::Hours(1), 10);
  EXPECT_EQ(throttle.Charge(absl::Hours(2), absl::Hours(2), 10), absl::Milliseconds(100));
  EXPECT_EQ(throttle.Charge(absl::Hours(3), absl::Hours(3) + absl::Seconds(5), 10),
            absl::ZeroDuration());
}

TEST(ThrottleTest, WithoutALimitNothingWaits) {
  EXPECT_EQ(Throttle(0).Charge(absl::Hours(1), absl::Hours(1), 1e9), absl::ZeroDuration());
}

TEST(RateMeterTest, TheRateIsThatOfTheLastSeconds) {
  RateMeter meter;
  EXPECT_EQ(meter.PerSecond(), 0);
  absl::Duration now = absl::Hours(1);
  uint64_t count = 0;
  meter.Note(now, count);
  EXPECT_EQ(meter.PerSecond(), 0);
  for (int i = 0; i < 30; ++i) meter.Note(now += absl::Seconds(1), count += 100);
  EXPECT_DOUBLE_EQ(meter.PerSecond(), 100);
  for (int i = 0; i < 10; ++i) meter.Note(now += absl::Seconds(1), count += 500);
  EXPECT_DOUBLE_EQ(meter.PerSecond(), 500);
  meter.Reset();
  EXPECT_EQ(meter.PerSecond(), 0);
}

}  // namespace
}  // namespace cardvault
