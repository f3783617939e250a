#include "forwarder/h2h/h2h_answer.h"

#include <string>
#include <utility>
#include <vector>

#include "forwarder/testing/fake_outbound.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using State = PaymentState;
using Fields = std::vector<std::pair<std::string, std::string>>;

const SentPayment kSent = {"pay-1", "USD", 1500, 2, 2};

// An answer with the fields of the document, some of them replaced or ("-") left out.
OutboundAnswer Answer(const Fields& changes) {
  Fields fields = {{"request_status", "success"},
                   {"payment_id", "6f1c"},
                   {"merchant_payment_id", "pay-1"},
                   {"payment_status", "success"}};
  for (const auto& [path, text] : changes) {
    std::erase_if(fields, [&, &p = path](const auto& field) { return field.first == p; });
    if (text != "-") fields.emplace_back(path, text);
  }
  OutboundAnswer answer = FakeOutbound::Answered(fields);
  answer.verified = false;  // this API signs no answers
  return answer;
}

PaymentOutcome Read(const Fields& changes) { return ReadH2hPaymentAnswer(Answer(changes), kSent); }

TEST(H2hAnswerTest, EveryStatusWord) {
  EXPECT_EQ(Read({}).state, State::kApproved);
  EXPECT_EQ(Read({{"payment_status", "processing"}}).state, State::kPending);
  EXPECT_EQ(Read({{"payment_status", "decline"}}).state, State::kDeclined);
  // Not an end: the status call has to repeat it.
  EXPECT_EQ(Read({{"payment_status", "error"}}).state, State::kInDoubt);
  for (const char* unknown :
       {"under partner review", "approved", "SUCCESS", "declined", "failed"}) {
    EXPECT_EQ(Read({{"payment_status", unknown}}).state, State::kPending) << unknown;
  }
}

TEST(H2hAnswerTest, ProcessingWithAUrlIsARedirect) {
  const PaymentOutcome outcome =
      Read({{"payment_status", "processing"}, {"payment_url", "https://stage.example/3ds/pay-1"}});
  EXPECT_EQ(outcome.state, State::kRedirectRequired);
  EXPECT_EQ(outcome.redirect_url, "https://stage.example/3ds/pay-1");
  EXPECT_EQ(
      Read({{"payment_status", "processing"}, {"payment_url", "http://stage.example/"}}).state,
      State::kPending);
}

TEST(H2hAnswerTest, UrlBesideAnotherWordIsKeptNotFollowed) {
  const PaymentOutcome outcome = Read({{"payment_url", "https://stage.example/3ds/pay-1"}});
  EXPECT_EQ(outcome.state, State::kApproved);
  EXPECT_EQ(outcome.redirect_url, "https://stage.example/3ds/pay-1");
}

TEST(H2hAnswerTest, RequestStatusOtherThanSuccessIsInDoubt) {
  const PaymentOutcome outcome = Read({{"request_status", "error"},
                                       {"payment_status", "-"},
                                       {"error_code", "17"},
                                       {"error_message", "no such cascade"}});
  EXPECT_EQ(outcome.state, State::kInDoubt);
  EXPECT_FALSE(outcome.conflict);
  EXPECT_EQ(outcome.error_code, "17");
  EXPECT_EQ(outcome.error_text, "no such cascade");
  EXPECT_EQ(Read({{"request_status", "error"}}).state, State::kInDoubt);
  EXPECT_EQ(Read({{"request_status", "-"}}).state, State::kInDoubt);
  EXPECT_EQ(Read({{"request_status", "error"}, {"message", "later"}}).error_text, "later");
}

TEST(H2hAnswerTest, IncompleteAnswersAreNoOutcome) {
  EXPECT_EQ(Read({{"merchant_payment_id", "-"}}).state, State::kInDoubt);
  EXPECT_FALSE(Read({{"merchant_payment_id", "-"}}).conflict);
  // The word of a call that failed is not kept: the status call must not seem to repeat it.
  const Fields failed = {{"request_status", "error"}, {"payment_status", "error"}};
  EXPECT_EQ(Read(failed).raw_status, "error");
  EXPECT_EQ(Read({failed[0], failed[1], {"merchant_payment_id", "-"}}).raw_status, "");
  EXPECT_EQ(Read({{"merchant_payment_id", "-"}}).raw_status, "success");
  EXPECT_EQ(Read({{"payment_status", "-"}}).state, State::kInDoubt);
  EXPECT_EQ(ReadH2hPaymentAnswer(FakeOutbound::Answered({}), kSent).state, State::kInDoubt);
}

TEST(H2hAnswerTest, AnswerOfAnotherPaymentIsAConflict) {
  for (const Fields& other : {Fields{{"merchant_payment_id", "pay-2"}}, Fields{{"amount", "1501"}},
                              Fields{{"currency", "EUR"}}}) {
    const PaymentOutcome outcome = Read(other);
    EXPECT_TRUE(outcome.conflict) << other[0].first;
    EXPECT_EQ(outcome.state, State::kInDoubt);
    EXPECT_TRUE(outcome.upstream_ids.empty());
  }
  EXPECT_FALSE(Read({{"amount", "1500"}, {"currency", "USD"}}).conflict);
}

TEST(H2hAnswerTest, KeepsTheGatewaysIdAndNotOurs) {
  const PaymentOutcome outcome = Read(
      {{"payment_status", "decline"}, {"error_code", "711"}, {"error_message", "PreAuth error"}});
  ASSERT_EQ(outcome.upstream_ids.size(), 1u);
  EXPECT_EQ(outcome.upstream_ids[0], (std::pair<std::string, std::string>("payment_id", "6f1c")));
  EXPECT_EQ(outcome.raw_status, "decline");
  EXPECT_EQ(outcome.error_code, "711");
  EXPECT_EQ(outcome.error_text, "PreAuth error");
}

}  // namespace
}  // namespace cardvault
