#include "server/stream_slots.h"

#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

TEST(StreamSlotsTest, OneForAnIdentityAndSoManyInAll) {
  StreamSlots slots(2);
  auto first = slots.Take("alice");
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(slots.Take("alice").status(),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
  auto second = slots.Take("bob");
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(slots.Take("carol").status(),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
  first->reset();
  EXPECT_THAT(slots.Take("carol"), IsOk());
  EXPECT_THAT(slots.Take("alice"), IsOk());  // carol's is free again at once
}

}  // namespace
}  // namespace cardvault
