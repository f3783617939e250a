#include "cli/payment_flags.h"

#include <gtest/gtest.h>

namespace cardvault::cli {
namespace {

PaymentFlags Card() {
  PaymentFlags flags;
  flags.token = "tok_test_x";
  flags.route = "h2h-eu";
  flags.currency = "EUR";
  flags.customer.set_id("c-1");
  return flags;
}

TEST(FlagMistakeTest, TellsWhatAKindWantsAndWhatIsOfAnother) {
  EXPECT_EQ(FlagMistake(v1::PAYMENT_KIND_PAY_IN, Card()), "");
  EXPECT_EQ(FlagMistake(v1::PAYMENT_KIND_PAY_OUT, Card()), "");
  EXPECT_EQ(FlagMistake(v1::PAYMENT_KIND_PAY_IN, {}), "--token: required for this kind");
  EXPECT_EQ(FlagMistake(v1::PAYMENT_KIND_REFUND, Card()), "--original: required for this kind");

  PaymentFlags flags = Card();
  flags.cvv_id = "cvv-1";
  EXPECT_EQ(FlagMistake(v1::PAYMENT_KIND_PAY_IN, flags), "");
  EXPECT_EQ(FlagMistake(v1::PAYMENT_KIND_PAY_OUT, flags), "--cvv-id: of pay-ins alone");
  flags.original = "order-1";
  EXPECT_EQ(FlagMistake(v1::PAYMENT_KIND_PAY_IN, flags), "--original: of refunds alone");
  EXPECT_EQ(FlagMistake(v1::PAYMENT_KIND_REFUND, flags),
            "--token: a refund takes it from its original");
  PaymentFlags refund;
  refund.original = "order-1";
  EXPECT_EQ(FlagMistake(v1::PAYMENT_KIND_REFUND, refund), "");
}

}  // namespace
}  // namespace cardvault::cli
