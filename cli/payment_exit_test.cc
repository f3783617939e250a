#include "cli/payment_exit.h"

#include <gtest/gtest.h>

namespace cardvault::cli {
namespace {

TEST(PaymentExitCodeTest, OnlyAnAcceptedPaymentIsZero) {
  for (int value = v1::PaymentState_MIN; value <= v1::PaymentState_MAX + 1; ++value) {
    const auto state = static_cast<v1::PaymentState>(value);
    const bool accepted = value >= v1::PAYMENT_STATE_PENDING && value <= v1::PAYMENT_STATE_APPROVED;
    EXPECT_EQ(PaymentExitCode(state) == 0, accepted) << value;
  }
}

TEST(PaymentExitCodeTest, EveryOtherEndHasItsOwn) {
  EXPECT_EQ(PaymentExitCode(v1::PAYMENT_STATE_DECLINED), 3);
  EXPECT_EQ(PaymentExitCode(v1::PAYMENT_STATE_REJECTED), 3);
  EXPECT_EQ(PaymentExitCode(v1::PAYMENT_STATE_CANCELLED), 3);
  EXPECT_EQ(PaymentExitCode(v1::PAYMENT_STATE_NOT_RECEIVED), 3);
  EXPECT_EQ(PaymentExitCode(v1::PAYMENT_STATE_NOT_SENT), 4);
  EXPECT_EQ(PaymentExitCode(v1::PAYMENT_STATE_IN_DOUBT), 5);
  EXPECT_EQ(PaymentExitCode(v1::PAYMENT_STATE_UNSPECIFIED), 5);
}

}  // namespace
}  // namespace cardvault::cli
