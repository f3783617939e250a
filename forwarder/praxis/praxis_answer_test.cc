#include "forwarder/praxis/praxis_answer.h"

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

const SentPayment kSent = {"order-1", "BHD", 10, 0, 3};

PaymentOutcome Read(const Fields& fields) {
  return ReadPraxisAnswer(FakeOutbound::Answered(fields), kPraxis11Members, kSent);
}

PaymentOutcome ReadWord(const std::string& word, const std::string& url = "") {
  Fields fields = {{"status", "0"}, {"transaction_status", word}};
  if (!url.empty()) fields.emplace_back("redirect_url", url);
  return Read(fields);
}

TEST(PraxisAnswerTest, EveryStatusWord) {
  const std::pair<const char*, State> kWords[] = {
      {"approved", State::kApproved},
      {"authorized", State::kAuthorized},
      {"pending", State::kPending},
      {"in progress", State::kPending},
      {"initialized", State::kPending},
      {"requested", State::kPending},
      {"pending async", State::kPending},
      {"declined retry", State::kPending},
      {"declined", State::kDeclined},
      {"rejected", State::kDeclined},
      {"cancelled", State::kCancelled},
      {"error", State::kInDoubt},
      {"chargeback", State::kPending},
      {"reversed", State::kPending},
      // What no document lists is never an end.
      {"success", State::kPending},
      {"Approved", State::kPending},
      {"approved ", State::kPending},
      {"partially approved", State::kPending},
      {"declined retried", State::kPending},
  };
  for (const auto& [word, state] : kWords) {
    EXPECT_EQ(ReadWord(word).state, state) << word;
    EXPECT_EQ(ReadWord(word).raw_status, word);
  }
}

TEST(PraxisAnswerTest, SpellingsOfOneWordAreEqual) {
  for (const char* word : {"pending async", "pending_async", "pending-async"}) {
    EXPECT_EQ(ReadWord(word, "https://acs.example/1").state, State::kRedirectRequired) << word;
  }
  for (const char* word : {"declined retry", "declined_retry", "declined-retry"}) {
    EXPECT_EQ(ReadWord(word).state, State::kPending) << word;
  }
  for (const char* word : {"cancelled", "canceled"}) {
    EXPECT_EQ(ReadWord(word).state, State::kCancelled) << word;
  }
}

TEST(PraxisAnswerTest, RequestedNeedsTheMerchantsApproval) {
  EXPECT_EQ(ReadWord("requested").action, PaymentAction::kMerchantApproval);
  EXPECT_EQ(ReadWord("pending").action, PaymentAction::kNone);
}

TEST(PraxisAnswerTest, ChargebackWithoutAnEndBeforeItIsForAPerson) {
  EXPECT_TRUE(ReadWord("chargeback").needs_review);
  EXPECT_TRUE(ReadWord("reversed").needs_review);
  EXPECT_FALSE(ReadWord("approved").needs_review);
}

TEST(PraxisAnswerTest, RedirectUrlBesideAnotherWordIsKeptNotFollowed) {
  for (const char* word : {"approved", "pending", "declined", "declined retry", "requested"}) {
    const PaymentOutcome outcome = ReadWord(word, "https://acs.example/1");
    EXPECT_NE(outcome.state, State::kRedirectRequired) << word;
    EXPECT_EQ(outcome.redirect_url, "https://acs.example/1") << word;
  }
  EXPECT_EQ(ReadWord("pending async", "http://acs.example/1").state, State::kPending);
}

TEST(PraxisAnswerTest, UnverifiedAnswersAreNotBelieved) {
  OutboundAnswer answer = FakeOutbound::Answered(
      {{"status", "0"}, {"transaction_status", "approved"}, {"trace_id", "1"}});
  answer.verified = false;
  const PaymentOutcome outcome = ReadPraxisAnswer(answer, kPraxis11Members, kSent);
  EXPECT_EQ(outcome.state, State::kInDoubt);
  EXPECT_FALSE(outcome.conflict);
  EXPECT_EQ(outcome.raw_status, "");
  EXPECT_TRUE(outcome.upstream_ids.empty());
}

TEST(PraxisAnswerTest, RefusalBeforeATransactionIsRejectedWithItsCode) {
  for (const char* status : {"1", "17", "-1"}) {
    const PaymentOutcome outcome =
        Read({{"status", status}, {"description", "amount: must be an integer"}});
    EXPECT_EQ(outcome.state, State::kRejected) << status;
    EXPECT_EQ(outcome.error_code, status);
    EXPECT_EQ(outcome.error_text, "amount: must be an integer");
  }
  const PaymentOutcome coded = Read({{"status", "1"},
                                     {"description", "refused"},
                                     {"error_code", "711"},
                                     {"error_details", "PreAuth error"}});
  EXPECT_EQ(coded.state, State::kRejected);
  EXPECT_EQ(coded.error_code, "711");
  EXPECT_EQ(coded.error_text, "PreAuth error");
}

// It proves that a payment exists: looked up, never taken for a refusal.
TEST(PraxisAnswerTest, OrderThatIsNotUniqueIsInDoubt) {
  for (const char* text : {"order_id is not unique", "Order ID must be unique",
                           "duplicate order_id", "Order already exists"}) {
    EXPECT_EQ(Read({{"status", "1"}, {"description", text}}).state, State::kInDoubt) << text;
    EXPECT_EQ(Read({{"status", "1"}, {"error_details", text}}).state, State::kInDoubt) << text;
  }
}

TEST(PraxisAnswerTest, AnswersWithoutAnOutcomeAreInDoubt) {
  EXPECT_EQ(Read({{"status", "0"}}).state, State::kInDoubt);
  EXPECT_EQ(Read({}).state, State::kInDoubt);
  EXPECT_EQ(Read({{"status", "ok"}}).state, State::kInDoubt);
  EXPECT_EQ(Read({{"status", "0"}, {"transaction_status", ""}}).state, State::kInDoubt);
}

TEST(PraxisAnswerTest, TheOutcomeIsTheTransactionStatusAlone) {
  EXPECT_EQ(Read({{"status", "5"}, {"transaction_status", "approved"}}).state, State::kApproved);
  EXPECT_EQ(Read({{"status", "0"}, {"transaction_status", "declined"}}).state, State::kDeclined);
}

TEST(PraxisAnswerTest, AnswerOfAnotherPaymentIsAConflict) {
  for (const auto& other : Fields{{"order_id", "order-2"}, {"amount", "11"}, {"currency", "USD"}}) {
    const PaymentOutcome outcome = Read({{"transaction_status", "approved"}, other});
    EXPECT_TRUE(outcome.conflict) << other.first;
    EXPECT_EQ(outcome.state, State::kInDoubt);
    EXPECT_TRUE(outcome.upstream_ids.empty());
  }
  EXPECT_FALSE(Read({{"transaction_status", "approved"},
                     {"order_id", "order-1"},
                     {"amount", "10"},
                     {"currency", "BHD"}})
                   .conflict);
}

TEST(PraxisAnswerTest, KeepsIdsProcessorAndErrorOfADecline) {
  const PaymentOutcome outcome = Read({{"status", "0"},
                                       {"transaction_status", "declined"},
                                       {"trace_id", "752856"},
                                       {"transaction_id", ""},
                                       {"error_code", "711"},
                                       {"error_details", "PreAuth error"},
                                       {"payment_processor", "proc"}});
  EXPECT_EQ(outcome.error_code, "711");
  EXPECT_EQ(outcome.error_text, "PreAuth error");
  EXPECT_EQ(outcome.processor, "proc");
  ASSERT_EQ(outcome.upstream_ids.size(), 1u);
  EXPECT_EQ(outcome.upstream_ids[0], (std::pair<std::string, std::string>("trace_id", "752856")));
}

TEST(PraxisAnswerTest, ChargeAmountIsWhatWasSettled) {
  const auto settled = [](const char* amount) {
    return Read({{"transaction_status", "approved"}, {"charge_amount", amount}}).settled_amount;
  };
  EXPECT_EQ(settled("9"), 9000);  // BHD: whole units on this wire
  EXPECT_EQ(settled("9.5"), std::nullopt);
  EXPECT_FALSE(Read({{"transaction_status", "approved"}, {"charge_amount", "9"}}).needs_review);
  EXPECT_TRUE(Read({{"transaction_status", "approved"}, {"charge_amount", "11"}}).needs_review);
  EXPECT_EQ(ReadWord("approved").settled_amount, std::nullopt);
}

}  // namespace
}  // namespace cardvault
