// After a restore: what the ledger has forgotten is asked of the upstream before anything is sent.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/action.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/payments.h"
#include "forwarder/testing/payment_world.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using State = PaymentState;
using Fields = std::vector<std::pair<std::string, std::string>>;

class PaymentsLookUpTest : public ::testing::Test {
 protected:
  PaymentsLookUpTest() { world_.payments->LookUpUnknownUntil(world_.clock.Now() + absl::Hours(1)); }

  // What the upstream says when it is asked; an order is approved. Nothing: it does not answer.
  void Upstream(std::optional<Fields> fields, bool verified = true) {
    world_.outbound.AnswerWith([=](const OutboundRequest& request) {
      if (request.card.has_value()) {
        return FakeOutbound::Answered(
            {{"status", "0"}, {"transaction_status", "approved"}, {"trace_id", "8"}});
      }
      if (!fields.has_value()) {
        return FakeOutbound::Unknown(Unavailable(ErrorReason::kUnspecified, "connection lost"));
      }
      OutboundAnswer answer = FakeOutbound::Answered(*fields);
      answer.verified = verified;
      return answer;
    });
  }

  absl::StatusOr<storage::v1::PaymentRecord> Pay(const std::string& payment_id) {
    world_.DepositCvv(token_);
    return world_.PayIn(world_.Input(token_, payment_id, "cards-praxis"));
  }

  PaymentWorld world_;
  const Token token_ = world_.AddCard();
  const Fields not_found_ = {{"status", "8"}, {"description", "order_id: not found"}};
};

TEST_F(PaymentsLookUpTest, WhatTheUpstreamHasNotIsSentAsUsual) {
  Upstream(not_found_);
  const auto payment = Pay("pay-1");
  ASSERT_THAT(payment, IsOk());
  EXPECT_EQ(static_cast<State>(payment->state()), State::kApproved);
  EXPECT_EQ(world_.outbound.send_count(), 2);  // the question, and the payment
  EXPECT_EQ(world_.CountEntries(AuditAction::kPaymentIntended), 1);
  EXPECT_EQ(world_.CountEntries(AuditAction::kPaymentFoundUpstream), 0);
  // Known by now: nobody is asked.
  ASSERT_THAT(Pay("pay-1"), IsOk());
  EXPECT_EQ(world_.outbound.send_count(), 2);
}

// Promise 5, of a ledger that was restored.
TEST_F(PaymentsLookUpTest, WhatTheUpstreamHasIsEnteredAndNeverSent) {
  Upstream(Fields{{"transaction_status", "approved"}, {"trace_id", "7"}});
  const auto payment = Pay("pay-1");
  ASSERT_THAT(payment, IsOk());
  EXPECT_EQ(static_cast<State>(payment->state()), State::kApproved);
  EXPECT_FALSE(payment->awaiting_answer());
  EXPECT_EQ(world_.outbound.send_count(), 1);
  EXPECT_EQ(world_.CountEntries(AuditAction::kPaymentIntended), 0);
  EXPECT_EQ(world_.CountEntries(AuditAction::kPaymentFoundUpstream), 1);
  const auto again = Pay("pay-1");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(static_cast<State>(again->state()), State::kApproved);
  EXPECT_EQ(world_.outbound.send_count(), 1);
}

// What is open upstream stays open here, and is looked after.
TEST_F(PaymentsLookUpTest, WhatIsOpenUpstreamIsLookedAfter) {
  Upstream(Fields{{"transaction_status", "pending"}, {"trace_id", "7"}});
  const auto payment = Pay("pay-1");
  ASSERT_THAT(payment, IsOk());
  EXPECT_EQ(static_cast<State>(payment->state()), State::kPending);
  EXPECT_EQ(world_.payments->CountOpen()->open, 1);
  EXPECT_EQ(world_.outbound.send_count(), 1);
}

TEST_F(PaymentsLookUpTest, WithoutAnAnswerNothingIsSent) {
  const auto refused = StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kLookUpFailed);
  Upstream(std::nullopt);
  EXPECT_THAT(Pay("pay-1"), refused);
  Upstream(not_found_, /*verified=*/false);
  EXPECT_THAT(Pay("pay-1"), refused);
  EXPECT_EQ(world_.outbound.sent().size(), 2u);  // two questions
  EXPECT_EQ(world_.Rows(Table::kPayments).size(), 0u);
  // The attempt is free again, and its CVV too.
  Upstream(not_found_);
  EXPECT_THAT(Pay("pay-1"), IsOk());
}

// A restored ledger may say NOT_SENT of what was sent after the backup.
TEST_F(PaymentsLookUpTest, WhatIsKnownAsNotSentIsLookedUpToo) {
  world_.payments->LookUpUnknownUntil(absl::InfinitePast());
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(Unavailable(ErrorReason::kUnspecified, "refused"));
  });
  ASSERT_THAT(Pay("pay-1"), IsOk());
  world_.payments->LookUpUnknownUntil(world_.clock.Now() + absl::Hours(1));
  Upstream(Fields{{"transaction_status", "approved"}, {"trace_id", "7"}});
  const auto payment = Pay("pay-1");
  ASSERT_THAT(payment, IsOk());
  EXPECT_EQ(static_cast<State>(payment->state()), State::kApproved);
  EXPECT_EQ(world_.outbound.sent().size(), 1u);  // the question alone
  EXPECT_EQ(world_.CountEntries(AuditAction::kPaymentFoundUpstream), 1);
}

TEST_F(PaymentsLookUpTest, EndsWithItsTime) {
  Upstream(std::nullopt);
  EXPECT_FALSE(Pay("pay-1").ok());
  world_.clock.Advance(absl::Hours(1));
  EXPECT_THAT(Pay("pay-1"), IsOk());
}

}  // namespace
}  // namespace cardvault
