#include "server/held_changes.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "server/change_state.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr absl::Time kNow = absl::FromUnixSeconds(1'750'000'000);

StoredChange Change(const std::string& id, absl::Time expires = kNow + absl::Hours(1)) {
  StoredChange change;
  change.content.set_id(id);
  change.content.set_expire_micros(absl::ToUnixMicros(expires));
  change.row.set_state(static_cast<uint32_t>(ChangeState::kProposed));
  return change;
}

TEST(HeldChangesTest, HoldsAFewAndForgetsWhatIsOver) {
  HeldChanges held;
  for (size_t i = 0; i < kMaxHeldChanges; ++i) {
    ASSERT_THAT(held.Hold(Change(absl::StrCat(i)), {"alice", "", ""}, kNow), IsOk());
  }
  EXPECT_EQ(held.All().size(), kMaxHeldChanges);
  EXPECT_EQ(held.ProposerOf("3").principal, "alice");
  EXPECT_THAT(held.Hold(Change("more"), {"alice", "", ""}, kNow),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));

  StoredChange rejected = *held.Find("3");
  rejected.row.set_state(static_cast<uint32_t>(ChangeState::kRejected));
  held.Update(rejected);
  EXPECT_EQ(held.Find("3")->state(), ChangeState::kRejected);
  ASSERT_THAT(held.Hold(Change("more"), {"bob", "", ""}, kNow), IsOk());
  EXPECT_FALSE(held.Find("3").has_value());
  EXPECT_EQ(held.ProposerOf("more").principal, "bob");
  // A change that is not held is not taken over.
  held.Update(rejected);
  EXPECT_FALSE(held.Find("3").has_value());

  ASSERT_THAT(held.Hold(Change("late"), {"bob", "", ""}, kNow + absl::Hours(2)), IsOk());
  EXPECT_EQ(held.All().size(), 1u);
}

}  // namespace
}  // namespace cardvault
