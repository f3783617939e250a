#include "forwarder/route_rate.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "forwarder/testing/route_documents.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

std::shared_ptr<const Route> RouteWithCap(int cap, absl::string_view name = "cards-h2h") {
  const ParsedRoute parsed = ParseRoute(
      absl::StrCat(absl::StrReplaceAll(kH2hRouteDocument, {{"cards-h2h", name}}),
                   cap == 0 ? "" : absl::StrCat("limits: {payments_per_minute: ", cap, "}\n")));
  EXPECT_TRUE(parsed.mistakes.empty());
  return parsed.route;
}

class RouteRateTest : public ::testing::Test {
 protected:
  // How many of `tries` payments go through now.
  int Taken(const Route& route, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; ++i) taken += rate_.Take(route).ok();
    return taken;
  }

  FakeClock clock_;
  RouteRate rate_{clock_};
};

TEST_F(RouteRateTest, TheCapIsReachedAndNotPassed) {
  const auto route = RouteWithCap(3);
  EXPECT_EQ(Taken(*route, 3), 3);
  EXPECT_THAT(rate_.Take(*route),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kRate));
}

// Not a bucket per minute of the clock: around its turn twice as many would go through.
TEST_F(RouteRateTest, NoSixtySecondsHoldMoreThanTheCap) {
  const auto route = RouteWithCap(10);
  clock_.Advance(absl::Milliseconds(900));
  std::vector<absl::Duration> taken;
  for (int step = 0; step < 5000; ++step) {
    if (rate_.Take(*route).ok()) taken.push_back(clock_.SinceBoot());
    clock_.Advance(absl::Milliseconds(100 + 37 * (step % 7)));
  }
  ASSERT_GT(taken.size(), 100u);
  for (size_t i = 10; i < taken.size(); ++i) {
    EXPECT_GE(taken[i] - taken[i - 10], absl::Seconds(60)) << i;
  }
}

TEST_F(RouteRateTest, APlaceIsFreeAgainAfterItsMinute) {
  const auto route = RouteWithCap(2);
  EXPECT_EQ(Taken(*route, 2), 2);
  clock_.Advance(absl::Milliseconds(60'999));
  EXPECT_EQ(Taken(*route, 1), 0);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(Taken(*route, 5), 2);
  clock_.Advance(absl::Hours(100));
  EXPECT_EQ(Taken(*route, 5), 2);
}

TEST_F(RouteRateTest, ARefusalTakesNoPlace) {
  const auto route = RouteWithCap(1);
  EXPECT_EQ(Taken(*route, 1), 1);
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(Taken(*route, 1), 0);
    clock_.Advance(absl::Seconds(1));
  }
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Taken(*route, 1), 1);
}

TEST_F(RouteRateTest, TheWallClockHasNoPart) {
  const auto route = RouteWithCap(1);
  EXPECT_EQ(Taken(*route, 1), 1);
  clock_.SetNow(clock_.Now() + absl::Hours(1));
  EXPECT_EQ(Taken(*route, 1), 0);
}

TEST_F(RouteRateTest, RoutesCountApartAndWithoutACapNotAtAll) {
  EXPECT_EQ(Taken(*RouteWithCap(2), 5), 2);
  EXPECT_EQ(Taken(*RouteWithCap(2, "other"), 5), 2);
  EXPECT_EQ(Taken(*RouteWithCap(0, "free"), 1000), 1000);
}

TEST_F(RouteRateTest, AChangedCapHoldsAtOnce) {
  EXPECT_EQ(Taken(*RouteWithCap(5), 4), 4);
  EXPECT_EQ(Taken(*RouteWithCap(3), 1), 0);
  EXPECT_EQ(Taken(*RouteWithCap(6), 5), 2);
}

TEST_F(RouteRateTest, ThreadsTogetherGetTheCap) {
  const auto route = RouteWithCap(60'000);
  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { taken += Taken(*route, 20'000); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 60'000);
}

}  // namespace
}  // namespace cardvault
