#include "forwarder/praxis/praxis13_answer.h"

#include <string>
#include <utility>
#include <vector>

#include "forwarder/testing/fake_outbound.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using State = PaymentState;
using Fields = std::vector<std::pair<std::string, std::string>>;

const SentPayment kSent = {"order-1", "BHD", 10, 0, 3};

OutboundAnswer Numbers(const Fields& fields) {
  OutboundAnswer answer = FakeOutbound::Answered(fields);
  for (AnswerField& field : answer.fields) field.is_string = false;
  return answer;
}

PaymentOutcome Read(const Fields& fields) {
  return ReadPraxis13Answer(FakeOutbound::Answered(fields), kSent);
}

TEST(Praxis13AnswerTest, ReadsTheTransaction) {
  const PaymentOutcome outcome = Read({{"status", "0"},
                                       {"session.order_id", "order-1"},
                                       {"transaction.amount", "10"},
                                       {"transaction.currency", "BHD"},
                                       {"transaction.tid", "752856"},
                                       {"transaction.transaction_status", "declined"},
                                       {"transaction.error_code", "711"},
                                       {"transaction.error_details", "PreAuth error"},
                                       {"transaction.payment_processor", "proc"}});
  EXPECT_EQ(outcome.state, State::kDeclined);
  EXPECT_EQ(outcome.raw_status, "declined");
  EXPECT_EQ(outcome.error_code, "711");
  EXPECT_EQ(outcome.error_text, "PreAuth error");
  EXPECT_EQ(outcome.processor, "proc");
  EXPECT_FALSE(outcome.conflict);
  // Under the name that a refund looks for.
  EXPECT_THAT(outcome.upstream_ids, ElementsAre(Pair("tid", "752856")));
}

TEST(Praxis13AnswerTest, ThreeDSecureIsARedirect) {
  const PaymentOutcome outcome = Read({{"redirect_url", "https://acs.example/1"},
                                       {"transaction.transaction_status", "pending_async"}});
  EXPECT_EQ(outcome.state, State::kRedirectRequired);
  EXPECT_EQ(outcome.redirect_url, "https://acs.example/1");
}

TEST(Praxis13AnswerTest, NothingOfAnUnverifiedAnswerIsBelieved) {
  OutboundAnswer answer = FakeOutbound::Answered({{"status", "5"},
                                                  {"redirect_url", "https://acs.example/1"},
                                                  {"session.order_id", "order-2"},
                                                  {"transaction.tid", "1"},
                                                  {"transaction.transaction_status", "approved"}});
  answer.verified = false;
  for (const bool has_proof : {true, false}) {
    answer.has_proof = has_proof;
    const PaymentOutcome outcome = ReadPraxis13Answer(answer, kSent);
    EXPECT_EQ(outcome.state, State::kInDoubt);
    EXPECT_FALSE(outcome.conflict);
    EXPECT_EQ(outcome.raw_status, "");
    EXPECT_EQ(outcome.redirect_url, "");
    EXPECT_THAT(outcome.upstream_ids, IsEmpty());
    EXPECT_EQ(outcome.error_text, has_proof ? "the answer's signature was missing or wrong"
                                            : "the route has no way to verify this answer");
  }
}

TEST(Praxis13AnswerTest, AnswerOfAnotherPaymentIsAConflict) {
  for (const auto& other : Fields{{"session.order_id", "order-2"},
                                  {"transaction.amount", "11"},
                                  {"transaction.currency", "USD"}}) {
    const PaymentOutcome outcome = Read({{"transaction.transaction_status", "approved"}, other});
    EXPECT_TRUE(outcome.conflict) << other.first;
    EXPECT_EQ(outcome.state, State::kInDoubt);
    EXPECT_THAT(outcome.upstream_ids, IsEmpty());
  }
}

TEST(Praxis13AnswerTest, RefusalsHaveNoTransaction) {
  const Fields refused = {{"status", "6"}, {"description", "gateway: unknown"}};
  EXPECT_EQ(Read(refused).state, State::kRejected);
  EXPECT_EQ(Read(refused).error_code, "6");
  EXPECT_EQ(Read(refused).error_text, "gateway: unknown");
  // A place where a transaction would stand says as little as none.
  EXPECT_EQ(Read({{"status", "6"}, {"transaction.transaction_status", ""}}).state,
            State::kRejected);
  EXPECT_EQ(Read({{"status", "7"}, {"description", "order_id is not unique"}}).state,
            State::kInDoubt);
  EXPECT_EQ(Read({{"status", "0"}}).state, State::kInDoubt);
}

TEST(Praxis13AnswerTest, ErrorIsInDoubt) {
  EXPECT_EQ(Read({{"transaction.transaction_status", "error"}}).state, State::kInDoubt);
}

TEST(Praxis13AnswerTest, ProcessedAmountIsSettledInThePaymentsCurrencyAlone) {
  const auto settled = [](const char* currency) {
    return Read({{"transaction.transaction_status", "approved"},
                 {"transaction.processed_currency", currency},
                 {"transaction.processed_amount", "9"}})
        .settled_amount;
  };
  EXPECT_EQ(settled("BHD"), 9000);
  EXPECT_EQ(settled("EUR"), std::nullopt);
}

TEST(Praxis13AnswerTest, WholeNumbersMayHaveAFraction) {
  const Fields fields = {{"transaction.transaction_status", "approved"},
                         {"transaction.amount", "10.00"},
                         {"transaction.processed_amount", "9.0"}};
  const PaymentOutcome outcome = ReadPraxis13Answer(Numbers(fields), kSent);
  EXPECT_FALSE(outcome.conflict);
  EXPECT_EQ(outcome.settled_amount, 9000);
  EXPECT_TRUE(Read(fields).conflict);  // strings stay what they are
  const Fields other = {{"transaction.transaction_status", "approved"},
                        {"transaction.amount", "10.01"}};
  EXPECT_TRUE(ReadPraxis13Answer(Numbers(other), kSent).conflict);
}

TEST(Praxis13AnswerTest, ItsFieldsTellTheVersion) {
  EXPECT_TRUE(
      IsPraxis13Answer(FakeOutbound::Answered({{"status", "0"}, {"transaction.tid", "1"}})));
  EXPECT_FALSE(IsPraxis13Answer(
      FakeOutbound::Answered({{"status", "0"}, {"transaction_status", "approved"}})));
}

}  // namespace
}  // namespace cardvault
