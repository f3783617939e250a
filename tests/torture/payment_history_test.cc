#include "tests/torture/payment_history.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cardvault::torture {
namespace {

constexpr char kId[] = "pay-1";

class PaymentHistoryTest : public ::testing::Test {
 protected:
  // One call after the other.
  void Told(v1::PaymentState state, int attempt = 1) {
    TellAfter(history_.Before(kId), state, attempt);
  }
  void TellAfter(const PaymentHistory::Known& before, v1::PaymentState state, int attempt = 1) {
    v1::Payment payment;
    payment.set_payment_id(kId);
    payment.set_state(state);
    payment.set_attempt(attempt);
    history_.Told(before, payment);
  }
  std::vector<Finding> found() const { return findings_.all(); }

  Findings findings_;
  PaymentHistory history_{findings_};
};

TEST_F(PaymentHistoryTest, ForwardIsFine) {
  Told(v1::PAYMENT_STATE_PENDING);
  Told(v1::PAYMENT_STATE_IN_DOUBT);
  Told(v1::PAYMENT_STATE_PENDING);
  Told(v1::PAYMENT_STATE_REDIRECT_REQUIRED);
  Told(v1::PAYMENT_STATE_APPROVED);
  Told(v1::PAYMENT_STATE_APPROVED);
  EXPECT_TRUE(found().empty());
  EXPECT_EQ(history_.Acknowledged(), std::set<std::string>{kId});
}

TEST_F(PaymentHistoryTest, BackwardIsWrong) {
  Told(v1::PAYMENT_STATE_REDIRECT_REQUIRED);
  Told(v1::PAYMENT_STATE_PENDING);
  ASSERT_EQ(found().size(), 1u);
  EXPECT_NE(found()[0].text.find("pay-1 moved backwards"), std::string::npos);
  Told(v1::PAYMENT_STATE_APPROVED);
  Told(v1::PAYMENT_STATE_DECLINED);
  EXPECT_EQ(found().size(), 2u);
}

// It began before the other one's answer, so it may be told what was true then.
TEST_F(PaymentHistoryTest, SlowCallMayBeToldLess) {
  const PaymentHistory::Known before = history_.Before(kId);
  Told(v1::PAYMENT_STATE_APPROVED);
  TellAfter(before, v1::PAYMENT_STATE_PENDING);
  EXPECT_TRUE(found().empty());
  Told(v1::PAYMENT_STATE_PENDING);
  EXPECT_EQ(found().size(), 1u);
}

TEST_F(PaymentHistoryTest, OnlyWhatWasNotSentIsSentAgain) {
  Told(v1::PAYMENT_STATE_NOT_SENT, 1);
  Told(v1::PAYMENT_STATE_APPROVED, 2);
  EXPECT_TRUE(found().empty());
  Told(v1::PAYMENT_STATE_APPROVED, 1);
  EXPECT_EQ(found().size(), 1u);
  Told(v1::PAYMENT_STATE_APPROVED, 3);
  ASSERT_EQ(found().size(), 2u);
  EXPECT_NE(found()[1].text.find("was sent again"), std::string::npos);
}

TEST_F(PaymentHistoryTest, WhatWasToldOfOnceIsLostWhenItIsNotFound) {
  history_.ToldNotFound(history_.Before(kId), kId);
  EXPECT_TRUE(found().empty());
  Told(v1::PAYMENT_STATE_PENDING);
  history_.ToldNotFound(history_.Before(kId), kId);
  ASSERT_EQ(found().size(), 1u);
  EXPECT_EQ(found()[0].kind, Finding::Kind::kLost);
}

TEST_F(PaymentHistoryTest, ARestoredLedgerMayKnowLessOnce) {
  Told(v1::PAYMENT_STATE_APPROVED, 2);
  const PaymentHistory::Known late = history_.Before(kId);
  EXPECT_FALSE(history_.HasForgotten());
  history_.Forget();
  EXPECT_TRUE(history_.HasForgotten());
  EXPECT_EQ(history_.Acknowledged(), std::set<std::string>{kId});
  history_.ToldNotFound(history_.Before(kId), kId);
  Told(v1::PAYMENT_STATE_PENDING, 1);
  // An answer of the ledger that is lost, told late.
  v1::Payment payment;
  payment.set_payment_id(kId);
  payment.set_state(v1::PAYMENT_STATE_APPROVED);
  payment.set_attempt(2);
  history_.Told(late, payment);
  EXPECT_TRUE(found().empty());
  Told(v1::PAYMENT_STATE_DECLINED, 1);
  EXPECT_TRUE(found().empty());
  Told(v1::PAYMENT_STATE_PENDING, 1);
  EXPECT_EQ(found().size(), 1u);
}

}  // namespace
}  // namespace cardvault::torture
