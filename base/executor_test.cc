#include "base/executor.h"

#include <atomic>
#include <memory>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(ExecutorTest, PostRunsEveryPieceOfWorkOnItsThreads) {
  constexpr int kPieces = 1000;
  Executor executor(3);
  absl::BlockingCounter left(kPieces);
  std::atomic<int> on_caller = 0;
  const std::thread::id caller = std::this_thread::get_id();
  for (int i = 0; i < kPieces; ++i) {
    executor.Post([&left, &on_caller, caller] {
      if (std::this_thread::get_id() == caller) ++on_caller;
      left.DecrementCount();
    });
  }
  left.Wait();
  EXPECT_EQ(on_caller, 0);
}

TEST(ExecutorTest, PostTakesWorkThatCanOnlyBeMoved) {
  Executor executor(1);
  absl::Notification done;
  int seen = 0;
  auto value = std::make_unique<int>(7);
  executor.Post([value = std::move(value), &seen, &done] {
    seen = *value;
    done.Notify();
  });
  done.WaitForNotification();
  EXPECT_EQ(seen, 7);
}

TEST(ExecutorTest, OneThreadRunsWorkInOrder) {
  std::vector<int> order;
  {
    Executor executor(1);
    for (int i = 0; i < 100; ++i) executor.Post([&order, i] { order.push_back(i); });
  }
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

TEST(ExecutorTest, StopRunsWhatWaitsFirst) {
  Executor executor(1);
  absl::Notification go;
  std::atomic<int> ran = 0;
  executor.Post([&go] { go.WaitForNotification(); });
  for (int i = 0; i < 10; ++i) executor.Post([&ran] { ++ran; });
  go.Notify();
  executor.Stop();
  EXPECT_EQ(ran, 10);
  executor.Stop();  // again: nothing happens
}

TEST(ExecutorTest, PostAfterStopRunsOnTheCaller) {
  Executor executor(2);
  executor.Stop();
  std::thread::id ran_on;
  executor.Post([&ran_on] { ran_on = std::this_thread::get_id(); });
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(ExecutorTest, WorkMayPostWork) {
  Executor executor(1);
  absl::Notification done;
  executor.Post([&executor, &done] { executor.Post([&done] { done.Notify(); }); });
  done.WaitForNotification();
}

}  // namespace
}  // namespace cardvault
