#include "server/wire/card_intake.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "card/test_pans.h"
#include "forwarder/testing/payment_world.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

// Requests that are made again, each with the CVV, as they were the first time.
class CardIntakeReplayTest : public ::testing::Test {
 protected:
  ~CardIntakeReplayTest() override {
    // What the tokenizer has in flight must end before it does.
    world_.pipeline->Stop();
    world_.executor->Stop();
  }

  v1::TokenizeResponse Tokenize() {
    v1::TokenizeRequest request;
    request.set_request_id("request-1");
    request.mutable_card()->set_number(kVisaTestPan.data(), kVisaTestPan.size());
    request.mutable_card()->set_expiry_month(12);
    request.mutable_card()->set_expiry_year(2031);
    request.mutable_card()->set_cvv("568");
    absl::StatusOr<v1::TokenizeResponse> response;
    absl::Notification done;
    intake_.Tokenize(call_, request, [&](absl::StatusOr<v1::TokenizeResponse> given) {
      response = std::move(given);
      done.Notify();
    });
    done.WaitForNotification();
    EXPECT_THAT(response, IsOk());
    return *std::move(response);
  }

  void Pay(const std::string& token) {
    PaymentRequest input = world_.Input(*Token::Parse(token), "pay-1");
    EXPECT_THAT(world_.PayIn(std::move(input)), IsOk());
  }

  int deposit_entries() const { return world_.CountEntries(AuditAction::kCvvDeposited); }

  PaymentWorld world_;
  const CallContext call_{*MerchantId::Parse("shop", "merchant"), {}};
  Tokenizer tokenizer_{world_.engine, *world_.pipeline, world_.keyring,
                       world_.clock,  *world_.executor, {}};
  TokenDesk desk_{world_.engine, *world_.pipeline, world_.keyring,
                  world_.clock,  *world_.executor, VaultMode::kSandbox};
  RetentionSweeper sweeper_{world_.engine,
                            *world_.pipeline,
                            world_.keyring,
                            world_.clock,
                            {},
                            [] { return absl::OkStatus(); }};
  CardIntake intake_{tokenizer_,       desk_,   *world_.escrow, *world_.payments,
                     *world_.pipeline, sweeper_};
};

TEST_F(CardIntakeReplayTest, HeldCodeIsAnsweredAndNotHeldTwice) {
  const v1::TokenizeResponse first = Tokenize();
  ASSERT_FALSE(first.cvv_id().empty());
  EXPECT_EQ(deposit_entries(), 1);
  for (int i = 0; i < 3; ++i) {
    const v1::TokenizeResponse again = Tokenize();
    EXPECT_EQ(again.token().token(), first.token().token());
    EXPECT_EQ(again.cvv_id(), first.cvv_id());
  }
  EXPECT_EQ(deposit_entries(), 1);
  // There was the one, and a payment has it now.
  const auto lease = world_.escrow->Lease(call_.merchant, *Token::Parse(first.token().token()), "");
  ASSERT_THAT(lease, IsOk());
  EXPECT_EQ(world_.escrow->StatusOf(call_.merchant, *Token::Parse(first.token().token())).state,
            CvvState::kLeased);
}

TEST_F(CardIntakeReplayTest, LostCodeIsHeldAgainUnlessThereWasAPayment) {
  const v1::TokenizeResponse first = Tokenize();
  world_.escrow->Wipe(*Token::Parse(first.token().token()));
  const v1::TokenizeResponse second = Tokenize();
  EXPECT_FALSE(second.cvv_id().empty());
  EXPECT_NE(second.cvv_id(), first.cvv_id());
  EXPECT_EQ(deposit_entries(), 2);

  Pay(first.token().token());
  EXPECT_TRUE(Tokenize().cvv_id().empty());
  EXPECT_EQ(deposit_entries(), 2);
}

}  // namespace
}  // namespace cardvault
