#include "forwarder/delayed_work.h"

#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;

TEST(DelayedWorkTest, RunsInTheOrderOfItsTimes) {
  DelayedWork delayed;
  std::vector<int> order;
  absl::Notification done;
  const absl::Time begin = absl::Now();
  delayed.After(absl::Milliseconds(60), [&](bool) {
    order.push_back(2);
    done.Notify();
  });
  delayed.After(absl::Milliseconds(20), [&](bool) { order.push_back(1); });
  done.WaitForNotification();
  EXPECT_THAT(order, ElementsAre(1, 2));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(60));
}

TEST(DelayedWorkTest, StopRunsWhatWaitsEarlyAndSaysSo) {
  DelayedWork delayed;
  int early = 0;
  delayed.After(absl::Hours(1), [&](bool stopping) { early += stopping; });
  delayed.After(absl::Hours(2), [&](bool stopping) { early += stopping; });
  delayed.Stop();
  EXPECT_EQ(early, 2);
  delayed.After(absl::Hours(1), [&](bool stopping) { early += stopping; });
  EXPECT_EQ(early, 3);
  delayed.Stop();
}

TEST(DelayedWorkTest, WorkMayAddWork) {
  DelayedWork delayed;
  absl::Notification done;
  delayed.After(absl::Milliseconds(1),
                [&](bool) { delayed.After(absl::Milliseconds(1), [&](bool) { done.Notify(); }); });
  done.WaitForNotification();
}

}  // namespace
}  // namespace cardvault
