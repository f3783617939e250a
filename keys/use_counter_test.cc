#include "keys/use_counter.h"

#include <atomic>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/status/status.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/crypto_sizes.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr auto kSpent = absl::StatusCode::kResourceExhausted;

// G1
TEST(UseCounterTest, TakeGivesExactlyWhatIsReserved) {
  UseCounter counter(3, 0, nullptr);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(counter.Take(), IsOk());
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(counter.Take(), StatusIs(kSpent, ErrorReason::kKeyLimit));
  }
  counter.Add(2);
  for (int i = 0; i < 2; ++i) EXPECT_THAT(counter.Take(), IsOk());
  EXPECT_THAT(counter.Take(), StatusIs(kSpent, ErrorReason::kKeyLimit));
}

TEST(UseCounterTest, TakeFailsWhenNothingWasEverReserved) {
  UseCounter counter(0, 0, nullptr);
  EXPECT_THAT(counter.Take(), StatusIs(kSpent, ErrorReason::kKeyLimit));
}

TEST(UseCounterTest, HoldsTheHardCeiling) {
  UseCounter counter(kHardMaxUses, 0, nullptr);
  EXPECT_THAT(counter.Take(), IsOk());
  EXPECT_EQ(counter.remaining(), kHardMaxUses - 1);
}

TEST(UseCounterTest, WakesOnceWhenTheLowWaterIsReachedAndAgainAfterAdd) {
  int woken = 0;
  UseCounter counter(10, 5, [&] { ++woken; });
  for (int i = 0; i < 4; ++i) ASSERT_THAT(counter.Take(), IsOk());
  EXPECT_EQ(woken, 0);
  ASSERT_THAT(counter.Take(), IsOk());
  EXPECT_EQ(woken, 1);
  for (int i = 0; i < 5; ++i) ASSERT_THAT(counter.Take(), IsOk());
  EXPECT_EQ(woken, 1);
  counter.Add(10);
  for (int i = 0; i < 10; ++i) ASSERT_THAT(counter.Take(), IsOk());
  EXPECT_EQ(woken, 2);
}

TEST(UseCounterTest, CloseEndsTheTakingAndReturnsWhatWasLeft) {
  UseCounter counter(10, 0, nullptr);
  for (int i = 0; i < 4; ++i) ASSERT_THAT(counter.Take(), IsOk());
  EXPECT_EQ(counter.Close(), 6u);
  EXPECT_THAT(counter.Take(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  counter.Add(100);
  EXPECT_THAT(counter.Take(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  EXPECT_EQ(counter.remaining(), 0u);
  EXPECT_EQ(counter.Close(), 0u);
}

// G1: whatever the threads do, the uses that succeeded never pass those that were reserved before.
TEST(UseCounterTest, ThreadsNeverTakeMoreThanIsReserved) {
  constexpr uint64_t kBlock = 1000;
  constexpr uint64_t kBlocks = 20;
  std::atomic<uint64_t> reserved{kBlock};
  std::atomic<uint64_t> taken{0};
  std::atomic<int> woken{0};
  std::atomic<bool> overdrawn{false};
  UseCounter counter(kBlock, kBlock / 2, [&] { ++woken; });
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      while (true) {
        if (counter.Take().ok()) {
          const uint64_t mine = ++taken;
          if (mine > reserved.load()) overdrawn = true;
        } else if (reserved.load() == kBlock * kBlocks && counter.remaining() == 0) {
          return;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  for (uint64_t block = 1; block < kBlocks; ++block) {
    while (woken.load() == 0) std::this_thread::yield();
    woken = 0;
    reserved += kBlock;  // "on disk" first
    counter.Add(kBlock);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(overdrawn.load());
  EXPECT_EQ(taken.load(), kBlock * kBlocks);
  EXPECT_THAT(counter.Take(), StatusIs(kSpent, ErrorReason::kKeyLimit));
}

TEST(UseCounterTest, CloseIsExactWhileThreadsTake) {
  for (int round = 0; round < 50; ++round) {
    constexpr uint64_t kReserved = 100000;
    UseCounter counter(kReserved, 0, nullptr);
    std::atomic<uint64_t> taken{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        while (counter.Take().ok()) ++taken;
      });
    }
    while (counter.remaining() == kReserved) std::this_thread::yield();
    const uint64_t left = counter.Close();
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(taken.load() + left, kReserved);
  }
}

}  // namespace
}  // namespace cardvault
