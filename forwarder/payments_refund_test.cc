#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "base/status.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/payments.h"
#include "forwarder/testing/payment_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using State = PaymentState;
using storage::v1::CardRecord;
using storage::v1::PaymentRecord;

State StateOf(const PaymentRecord& record) { return static_cast<State>(record.state()); }

class PaymentsRefundTest : public ::testing::Test {
 protected:
  PaymentsRefundTest() : token_(world_.AddCard()) {}

  // An approved sale of 1500.
  void Sell(const std::string& payment_id) {
    world_.DepositCvv(token_);
    const auto sale = world_.PayIn(world_.Input(token_, payment_id, "cards-praxis"));
    ASSERT_THAT(sale, IsOk());
    ASSERT_EQ(StateOf(*sale), State::kApproved);
  }

  void AnswerWithWord(const std::string& word) {
    world_.outbound.AnswerWith([word](const OutboundRequest&) {
      return FakeOutbound::Answered({{"status", "0"}, {"transaction_status", word}});
    });
  }

  auto Refund(const std::string& payment_id, int64_t amount,
              const std::string& original = "sale-1") {
    return world_.Refund(world_.RefundInput(original, payment_id, amount));
  }

  PaymentWorld world_;
  const Token token_;
};

TEST_F(PaymentsRefundTest, RefundSendsTheCardOfTheSaleAndTheTraceOfItsApproval) {
  Sell("sale-1");
  const auto refund = Refund("refund-1", 500);
  ASSERT_THAT(refund, IsOk());
  EXPECT_EQ(StateOf(*refund), State::kApproved);
  EXPECT_EQ(refund->kind(), static_cast<uint32_t>(PaymentKind::kRefund));
  EXPECT_EQ(refund->original_payment_id(), "sale-1");
  EXPECT_EQ(refund->token(), token_.binary());
  EXPECT_EQ(refund->route(), "cards-praxis");
  EXPECT_EQ(refund->currency(), "USD");
  const PlanObject body = world_.outbound.sent().back().body;
  EXPECT_EQ(BodyText(body, "transaction_type"), "refund");
  EXPECT_EQ(BodyText(body, "reference_id"), "752856");
  EXPECT_EQ(BodyText(body, "order_id"), "refund-1");
  EXPECT_FALSE(world_.outbound.sent_with_cvv().back());
}

// After a cascade the first trace is of the attempt that was declined.
TEST_F(PaymentsRefundTest, RefundRefersToTheApprovedAttempt) {
  Sell("sale-1");
  const auto sale = world_.Get("sale-1");
  ASSERT_THAT(sale, IsOk());
  ASSERT_EQ(sale->upstream_ids(0).name(), "trace_id");
  EXPECT_TRUE(sale->upstream_ids(0).of_approval());
  // One whose approval came without an id cannot be referred to.
  AnswerWithWord("approved");
  world_.DepositCvv(token_);
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "sale-2", "cards-praxis")), IsOk());
  EXPECT_THAT(Refund("refund-1", 1, "sale-2"),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotRefundable));
}

TEST_F(PaymentsRefundTest, RefundsNeverPassTheSettledAmount) {
  Sell("sale-1");
  ASSERT_THAT(Refund("refund-1", 1000), IsOk());
  EXPECT_THAT(Refund("refund-2", 501),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kRefundTooLarge));
  ASSERT_THAT(Refund("refund-3", 500), IsOk());
  EXPECT_THAT(Refund("refund-4", 1),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kRefundTooLarge));
  EXPECT_EQ(world_.outbound.send_count(), 3);
}

TEST_F(PaymentsRefundTest, SettledAmountIsTheCeilingWhereTheUpstreamSaysOne) {
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Answered({{"status", "0"},
                                   {"trace_id", "1"},
                                   {"transaction_status", "approved"},
                                   {"charge_amount", "1200"}});
  });
  Sell("sale-1");
  EXPECT_THAT(Refund("refund-1", 1201),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kRefundTooLarge));
  EXPECT_THAT(Refund("refund-2", 1200), IsOk());
}

TEST_F(PaymentsRefundTest, AnUpstreamThatTookTooMuchRaisesNoCeiling) {
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Answered({{"status", "0"},
                                   {"trace_id", "1"},
                                   {"transaction_status", "approved"},
                                   {"charge_amount", "9000"}});
  });
  Sell("sale-1");
  EXPECT_THAT(Refund("refund-1", 1501),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kRefundTooLarge));
  EXPECT_THAT(Refund("refund-2", 1500), IsOk());
}

TEST_F(PaymentsRefundTest, OnlyWhatMayHaveMovedMoneyCounts) {
  Sell("sale-1");
  AnswerWithWord("declined");
  ASSERT_THAT(Refund("refund-1", 1500), IsOk());
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(Unavailable(ErrorReason::kUnspecified, "no connection"));
  });
  ASSERT_THAT(Refund("refund-2", 1500), IsOk());
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Unknown(Unavailable(ErrorReason::kUnspecified, "connection lost"));
  });
  const auto in_doubt = Refund("refund-3", 1500);
  ASSERT_THAT(in_doubt, IsOk());
  EXPECT_EQ(StateOf(*in_doubt), State::kInDoubt);
  AnswerWithWord("approved");
  EXPECT_THAT(Refund("refund-4", 1),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kRefundTooLarge));
  // Neither may one that was not sent begin again beside it.
  EXPECT_THAT(Refund("refund-2", 1500),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kRefundTooLarge));
}

TEST_F(PaymentsRefundTest, OfSixtyFourRefundsInOneBatchNoMoreGoThroughThanFit) {
  Sell("sale-1");
  constexpr int kCallers = 64;
  absl::Mutex mutex;
  int begun = 0;
  int refused = 0;
  absl::BlockingCounter done(kCallers);
  world_.pipeline->HoldUntil(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    world_.payments->Refund(world_.RefundInput("sale-1", absl::StrCat("refund-", i), 500),
                            [&](absl::StatusOr<PaymentRecord> record) {
                              absl::MutexLock lock(&mutex);
                              if (record.ok()) {
                                ++begun;
                              } else {
                                EXPECT_EQ(ReasonOf(record.status()), ErrorReason::kRefundTooLarge);
                                ++refused;
                              }
                              done.DecrementCount();
                            });
  }
  done.Wait();
  EXPECT_EQ(begun, 3);
  EXPECT_EQ(refused, kCallers - 3);
  EXPECT_EQ(world_.outbound.send_count(), 1 + 3);
}

TEST_F(PaymentsRefundTest, SameRefundAgainAnswersTheRecordedOne) {
  Sell("sale-1");
  ASSERT_THAT(Refund("refund-1", 1500), IsOk());
  EXPECT_THAT(Refund("refund-1", 1500), IsOk());
  EXPECT_EQ(world_.outbound.send_count(), 2);
  EXPECT_THAT(Refund("refund-1", 1499),
              StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kPaymentIdReused));
  // Payments of every kind share their ids.
  EXPECT_THAT(Refund("sale-1", 1500),
              StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kPaymentIdReused));
  EXPECT_THAT(world_.PayOut(world_.Input(token_, "refund-1", "cards-praxis")),
              StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kPaymentIdReused));
}

TEST_F(PaymentsRefundTest, AnotherOriginalIsAnotherRequest) {
  Sell("sale-1");
  Sell("sale-2");
  ASSERT_THAT(Refund("refund-1", 100, "sale-1"), IsOk());
  EXPECT_THAT(Refund("refund-1", 100, "sale-2"),
              StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kPaymentIdReused));
}

TEST_F(PaymentsRefundTest, OnlyApprovedPayInsAreRefunded) {
  const auto refused = [](const auto& answer) {
    return testing::Value(
        answer, StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotRefundable));
  };
  for (const char* word : {"pending", "declined", "authorized", "error"}) {
    AnswerWithWord(word);
    world_.DepositCvv(token_);
    const std::string id = absl::StrCat("sale-", word);
    ASSERT_THAT(world_.PayIn(world_.Input(token_, id, "cards-praxis")), IsOk());
    EXPECT_TRUE(refused(Refund("refund-1", 1, id))) << word;
  }
  AnswerWithWord("approved");
  ASSERT_THAT(world_.PayOut(world_.Input(token_, "payout-1", "cards-praxis")), IsOk());
  EXPECT_TRUE(refused(Refund("refund-1", 1, "payout-1")));
  EXPECT_THAT(Refund("refund-1", 1, "no-such-sale"),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kPaymentNotFound));
}

TEST_F(PaymentsRefundTest, CardReplacedSinceIsCardChangedAndDeletedIsCardGone) {
  Sell("sale-1");
  CardRecord record = world_.CardOf(token_);
  record.set_pan_generation(2);
  world_.store.Plant(Table::kRecords, token_.binary(), record.SerializeAsString(), 1000);
  EXPECT_THAT(Refund("refund-1", 1),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCardChanged));
  world_.ChangeCard(token_, CardRecord::STATE_DELETED);
  EXPECT_THAT(Refund("refund-1", 1),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCardGone));
  EXPECT_EQ(world_.outbound.send_count(), 1);
}

// Money that goes back needs no card that may be charged.
TEST_F(PaymentsRefundTest, DisabledCardCanBeRefunded) {
  Sell("sale-1");
  world_.ChangeCard(token_, CardRecord::STATE_DISABLED);
  EXPECT_THAT(Refund("refund-1", 1500), IsOk());
}

TEST_F(PaymentsRefundTest, H2hHasNoRefund) {
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "sale-1")), IsOk());
  EXPECT_THAT(Refund("refund-1", 1),
              StatusIs(absl::StatusCode::kUnimplemented, ErrorReason::kNotOffered));
  EXPECT_EQ(world_.outbound.send_count(), 1);
}

TEST_F(PaymentsRefundTest, PayOutSendsNoCodeAndTakesAnExpiredCard) {
  PaymentWorld::CardOptions expired;
  expired.expiry_year = 2020;
  const Token old = world_.AddCard(expired);
  world_.DepositCvv(old);
  for (const char* route : {"cards-h2h", "cards-praxis"}) {
    const auto payment = world_.PayOut(world_.Input(old, absl::StrCat("payout-", route), route));
    ASSERT_THAT(payment, IsOk()) << route;
    EXPECT_EQ(StateOf(*payment), State::kApproved);
    EXPECT_EQ(payment->kind(), static_cast<uint32_t>(PaymentKind::kPayOut));
  }
  EXPECT_THAT(world_.outbound.sent_with_cvv(), testing::ElementsAre(false, false));
  EXPECT_EQ(world_.outbound.sent()[0].path, "/api/payment/payout/card");
  EXPECT_EQ(BodyText(world_.outbound.sent()[1].body, "transaction_type"), "payout");
}

TEST_F(PaymentsRefundTest, PayOutAndPayInOfOneIdAreTwoRequests) {
  ASSERT_THAT(world_.PayOut(world_.Input(token_, "pay-1")), IsOk());
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-1")),
              StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kPaymentIdReused));
}

TEST_F(PaymentsRefundTest, DisabledTokenTakesNoPayOut) {
  world_.ChangeCard(token_, CardRecord::STATE_DISABLED);
  EXPECT_THAT(world_.PayOut(world_.Input(token_, "pay-1")),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kTokenDisabled));
}

}  // namespace
}  // namespace cardvault
