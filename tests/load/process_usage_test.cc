#include "tests/load/process_usage.h"

#include <gtest/gtest.h>
#include <time.h>
#include <unistd.h>

#include <thread>

#include "absl/synchronization/notification.h"

namespace cardvault::testing {
namespace {

absl::Duration OwnProcessorTime() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

TEST(ProcessUsageTest, CountsTheProcessorTimeOfAllThreads) {
  constexpr absl::Duration kWork = absl::Milliseconds(300);
  constexpr absl::Duration kTicks = absl::Milliseconds(60);  // user and kernel, each cut to a tick
  const absl::Duration before = ProcessorTime(getpid());
  const absl::Duration own_before = OwnProcessorTime();
  std::thread worker([&] {
    while (OwnProcessorTime() - own_before < kWork) {
    }
  });
  worker.join();
  const absl::Duration used = ProcessorTime(getpid()) - before;
  const absl::Duration own_used = OwnProcessorTime() - own_before;
  EXPECT_GE(used, own_used - kTicks);
  EXPECT_LE(used, own_used + kTicks);
}

TEST(ProcessUsageTest, CountsThreads) {
  const int before = ThreadCount(getpid());
  absl::Notification stop;
  std::thread one([&] { stop.WaitForNotification(); });
  std::thread two([&] { stop.WaitForNotification(); });
  EXPECT_EQ(ThreadCount(getpid()), before + 2);
  stop.Notify();
  one.join();
  two.join();
}

}  // namespace
}  // namespace cardvault::testing
