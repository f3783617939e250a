#include "forwarder/store_retry.h"

#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(StoreRetryTest, WaitsLongerEachTimeUpToAnEnd) {
  EXPECT_EQ(StoreRetryDelay(1), absl::Milliseconds(20));
  EXPECT_EQ(StoreRetryDelay(2), absl::Milliseconds(100));
  EXPECT_EQ(StoreRetryDelay(3), absl::Milliseconds(500));
  EXPECT_EQ(StoreRetryDelay(4), absl::Seconds(2));
  EXPECT_EQ(StoreRetryDelay(1'000'000), absl::Seconds(2));
}

}  // namespace
}  // namespace cardvault
