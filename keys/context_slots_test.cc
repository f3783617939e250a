#include "keys/context_slots.h"

#include <atomic>
#include <memory>
#include <set>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

std::atomic<int> g_alive{0};

struct FakeContext {
  FakeContext() { ++g_alive; }
  ~FakeContext() { --g_alive; }
  std::atomic<int> users{0};
};
using Slots = ContextSlots<FakeContext, std::default_delete<FakeContext>>;

TEST(ContextSlotsTest, TakeGivesBackTheThreadsOwn) {
  Slots slots;
  EXPECT_EQ(slots.Take(), nullptr);
  Slots::Owned context = std::make_unique<FakeContext>();
  FakeContext* const address = context.get();
  slots.Put(std::move(context));
  context = slots.Take();
  EXPECT_EQ(context.get(), address);
  EXPECT_EQ(slots.Take(), nullptr);
}

TEST(ContextSlotsTest, PutFreesASecondOneOfTheSlot) {
  {
    Slots slots;
    slots.Put(std::make_unique<FakeContext>());
    slots.Put(std::make_unique<FakeContext>());
    EXPECT_EQ(g_alive.load(), 1);
    EXPECT_NE(slots.Take(), nullptr);
    EXPECT_EQ(slots.Take(), nullptr);
  }
  EXPECT_EQ(g_alive.load(), 0);
}

TEST(ContextSlotsTest, DestructorFreesTheContextsOfAllThreads) {
  {
    Slots slots;
    std::vector<std::thread> threads;
    for (size_t t = 0; t < 2 * kContextSlotCount; ++t) {
      threads.emplace_back([&] { slots.Put(std::make_unique<FakeContext>()); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_GT(g_alive.load(), 1);
    EXPECT_LE(g_alive.load(), static_cast<int>(kContextSlotCount));
  }
  EXPECT_EQ(g_alive.load(), 0);
}

TEST(ContextSlotsTest, NoContextIsUsedByTwoThreadsAtOnce) {
  std::atomic<bool> shared{false};
  {
    Slots slots;
    std::vector<std::thread> threads;
    for (size_t t = 0; t < kContextSlotCount + 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          Slots::Owned context = slots.Take();
          if (context == nullptr) context = std::make_unique<FakeContext>();
          if (context->users.fetch_add(1) != 0) shared = true;
          std::this_thread::yield();
          context->users.fetch_sub(1);
          slots.Put(std::move(context));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_FALSE(shared.load());
  EXPECT_EQ(g_alive.load(), 0);
}

}  // namespace
}  // namespace cardvault
