#include "tests/load/latencies.h"

#include <gtest/gtest.h>

namespace cardvault::testing {
namespace {

TEST(LatenciesTest, QuantilesAreNearestRanks) {
  Latencies latencies;
  for (int i = 1000; i >= 1; --i) latencies.Add(absl::Microseconds(i));
  EXPECT_EQ(latencies.QuantileMicros(0.5), 500);
  EXPECT_EQ(latencies.QuantileMicros(0.99), 990);
  EXPECT_EQ(latencies.QuantileMicros(0.999), 999);
  EXPECT_EQ(latencies.QuantileMicros(1), 1000);
  EXPECT_EQ(latencies.QuantileMicros(0.0001), 1);
}

TEST(LatenciesTest, OfOneEveryQuantileIsIt) {
  Latencies latencies;
  latencies.Add(absl::Microseconds(7));
  EXPECT_EQ(latencies.QuantileMicros(0.5), 7);
  EXPECT_EQ(latencies.QuantileMicros(0.999), 7);
}

TEST(LatenciesTest, WhatIsAddedLaterCounts) {
  Latencies latencies;
  latencies.Add(absl::Microseconds(5));
  EXPECT_EQ(latencies.QuantileMicros(1), 5);
  Latencies more;
  more.Add(absl::Microseconds(3));
  more.Add(absl::Microseconds(9));
  latencies.AddAll(more);
  EXPECT_EQ(latencies.count(), 3u);
  EXPECT_EQ(latencies.QuantileMicros(0.3), 3);
  latencies.Add(absl::Microseconds(1));
  EXPECT_EQ(latencies.QuantileMicros(0.25), 1);
}

TEST(SpreadTest, HasTheMiddleAndTheEnds) {
  const Spread odd({3, 1, 2});
  EXPECT_EQ(odd.median, 2);
  EXPECT_EQ(odd.lowest, 1);
  EXPECT_EQ(odd.highest, 3);
  EXPECT_EQ(Spread({4, 1, 2, 3}).median, 2.5);
  EXPECT_EQ(Spread({4}).median, 4);
}

}  // namespace
}  // namespace cardvault::testing
