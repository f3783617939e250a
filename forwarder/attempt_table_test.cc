#include "forwarder/attempt_table.h"

#include <array>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "card/token.h"
#include "forwarder/escrow/test_deposit.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

class AttemptTableTest : public ::testing::Test {
 protected:
  AttemptTableTest() { DepositTestCvv(*escrow_, merchant_, token_); }

  absl::Status Enter(const char* terms = "terms") {
    return table_.Enter(merchant_, "row", terms, [&]() -> AttemptTable::Lease {
      ++leases_;
      absl::StatusOr<CvvLease> lease = escrow_->Lease(merchant_, token_, "");
      if (!lease.ok()) return lease.status();
      return std::optional<CvvLease>(*std::move(lease));
    });
  }

  CvvState State() const { return escrow_->StatusOf(merchant_, token_).state; }

  static auto IsInProgress() {
    return StatusIs(absl::StatusCode::kAborted, ErrorReason::kInProgress);
  }

  FakeClock clock_;
  const MerchantId merchant_ = *MerchantId::Parse("shop", "merchant");
  const Token token_ = Token::FromBinary(VaultMode::kSandbox, {});
  const std::unique_ptr<CvvEscrow> escrow_ = *CvvEscrow::Create(clock_, kDefaultCvvLife);
  AttemptTable table_;
  int leases_ = 0;
};

TEST_F(AttemptTableTest, CallersOfOnePaymentShareOneLease) {
  ASSERT_THAT(Enter(), IsOk());
  ASSERT_THAT(Enter(), IsOk());
  EXPECT_EQ(leases_, 1);
  EXPECT_EQ(table_.size(), 1);
  EXPECT_EQ(State(), CvvState::kLeased);
  EXPECT_THAT(Enter("another deposit"), IsInProgress());

  // The second caller's intent was committed first.
  std::optional<CvvLease> lease = table_.BeginSending("row");
  ASSERT_TRUE(lease.has_value());
  table_.Leave("row");
  EXPECT_THAT(Enter(), IsInProgress());
  lease->Consume();
  table_.EndSending("row");
  EXPECT_EQ(table_.size(), 0);
  EXPECT_EQ(State(), CvvState::kConsumed);
}

TEST_F(AttemptTableTest, LastCallerToLeaveGivesTheLeaseBack) {
  ASSERT_THAT(Enter(), IsOk());
  ASSERT_THAT(Enter(), IsOk());
  table_.Leave("row");
  EXPECT_EQ(State(), CvvState::kLeased);
  table_.Leave("row");
  EXPECT_EQ(State(), CvvState::kHeld);
  EXPECT_EQ(table_.size(), 0);
}

// A caller that comes while others of an ended sending have not left yet must not share what is
// gone.
TEST_F(AttemptTableTest, EndedSendingIsNotJoined) {
  ASSERT_THAT(Enter(), IsOk());
  ASSERT_THAT(Enter(), IsOk());
  table_.BeginSending("row")->GiveBack();
  table_.EndSending("row");
  EXPECT_THAT(Enter(), IsInProgress());
  table_.Leave("row");
  EXPECT_EQ(table_.size(), 0);
  EXPECT_THAT(Enter(), IsOk());
  EXPECT_EQ(leases_, 2);
}

TEST_F(AttemptTableTest, FailedLeaseLeavesNothing) {
  ASSERT_THAT(Enter(), IsOk());
  EXPECT_THAT(table_.Enter(merchant_, "other", "terms",
                           [&]() -> AttemptTable::Lease {
                             return FailedPrecondition(ErrorReason::kCvvRequired, "no code");
                           }),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired));
  EXPECT_EQ(table_.size(), 1);
}

TEST_F(AttemptTableTest, OneMerchantCannotTakeEveryPlace) {
  const auto none = []() -> AttemptTable::Lease { return std::nullopt; };
  for (int i = 0; i < kMaxAttemptsPerMerchant; ++i) {
    ASSERT_THAT(table_.Enter(merchant_, absl::StrCat("row ", i), "terms", none), IsOk());
  }
  const auto is_limit = StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit);
  EXPECT_THAT(Enter(), is_limit);
  EXPECT_EQ(leases_, 0);
  // What is under way may be joined, and others are not touched.
  EXPECT_THAT(table_.Enter(merchant_, "row 0", "terms", none), IsOk());
  const MerchantId other = *MerchantId::Parse("kiosk", "merchant");
  EXPECT_THAT(table_.Enter(other, "other row", "terms", none), IsOk());

  // A place is free once its last caller has left, or its sending is settled.
  table_.Leave("row 0");
  EXPECT_THAT(Enter(), is_limit);
  table_.Leave("row 0");
  ASSERT_THAT(Enter(), IsOk());
  EXPECT_THAT(table_.Enter(merchant_, "row 0", "terms", none), is_limit);
  table_.BeginSending("row 1");
  EXPECT_THAT(table_.Enter(merchant_, "row 0", "terms", none), is_limit);
  table_.EndSending("row 1");
  EXPECT_THAT(table_.Enter(merchant_, "row 0", "terms", none), IsOk());
}

// A place that could not be had for want of a code is nobody's.
TEST_F(AttemptTableTest, FailedLeasesTakeNoPlaces) {
  for (int i = 0; i <= kMaxAttemptsPerMerchant; ++i) {
    EXPECT_THAT(table_.Enter(merchant_, absl::StrCat("row ", i), "terms",
                             []() -> AttemptTable::Lease {
                               return FailedPrecondition(ErrorReason::kCvvRequired, "no code");
                             }),
                StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired));
  }
  EXPECT_THAT(Enter(), IsOk());
}

}  // namespace
}  // namespace cardvault
