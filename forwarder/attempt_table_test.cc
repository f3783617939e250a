#include "forwarder/attempt_table.h"

#include <array>
#include <memory>
#include <utility>

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
    return table_.Enter("row", terms, [&]() -> AttemptTable::Lease {
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
  EXPECT_THAT(table_.Enter("other", "terms",
                           [&]() -> AttemptTable::Lease {
                             return FailedPrecondition(ErrorReason::kCvvRequired, "no code");
                           }),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired));
  EXPECT_EQ(table_.size(), 1);
}

}  // namespace
}  // namespace cardvault
