#include "forwarder/payment_checks.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/testing/fake_clock.h"
#include "forwarder/escrow/test_deposit.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

class FitLeaseTest : public ::testing::Test {
 protected:
  FitLeaseTest() { DepositTestCvv(*escrow_, merchant_, token_); }

  std::optional<CvvLease> Lease() { return *escrow_->Lease(merchant_, token_, ""); }
  CvvState State() const { return escrow_->StatusOf(merchant_, token_).state; }

  FakeClock clock_;
  const MerchantId merchant_ = *MerchantId::Parse("shop", "merchant");
  const Token token_ = Token::FromBinary(VaultMode::kSandbox, {});
  const std::unique_ptr<CvvEscrow> escrow_ = *CvvEscrow::Create(clock_, kDefaultCvvLife);
};

TEST_F(FitLeaseTest, NeverGivesTheLeaseBack) {
  const AttemptTable::Lease fit = PaymentChecks::FitLease(CvvRule::kNever, Lease());
  ASSERT_THAT(fit, IsOk());
  EXPECT_FALSE(fit->has_value());
  EXPECT_EQ(State(), CvvState::kHeld);
}

TEST_F(FitLeaseTest, RequiredWithoutALeaseIsRefused) {
  EXPECT_THAT(PaymentChecks::FitLease(CvvRule::kRequired, std::nullopt),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired));
}

TEST_F(FitLeaseTest, WhatFitsIsPassedOn) {
  for (const CvvRule rule : {CvvRule::kRequired, CvvRule::kOptional}) {
    AttemptTable::Lease fit = PaymentChecks::FitLease(rule, Lease());
    ASSERT_THAT(fit, IsOk());
    ASSERT_TRUE(fit->has_value());
    EXPECT_EQ(State(), CvvState::kLeased);
    (*fit)->GiveBack();
  }
  for (const CvvRule rule : {CvvRule::kNever, CvvRule::kOptional}) {
    const AttemptTable::Lease fit = PaymentChecks::FitLease(rule, std::nullopt);
    ASSERT_THAT(fit, IsOk());
    EXPECT_FALSE(fit->has_value());
  }
}

}  // namespace
}  // namespace cardvault
