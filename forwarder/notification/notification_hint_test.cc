// Notifications that are confirmed before they are believed: those without a proof, and those of
// Praxis, whose proof leaves open where one value ends and the next begins.

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/notification/notification_fixture_for_test.h"
#include "forwarder/notification/notification_flow.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/outbound/signed_answer.h"
#include "forwarder/testing/route_documents.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;
using State = PaymentState;

// What a notification of Praxis 1.1 says, changed by a test.
struct News {
  std::string order = "pay-1";
  std::string pin = "cust-1";
  std::string word = "approved";
  std::string trace = "7";
  int64_t amount = 1500;
  int64_t charged = 0;  // 0: it does not say
  std::string currency = "USD";
  std::string frontend = "Integration TEST USD";
  absl::Duration age = absl::ZeroDuration();
  std::string secret = "MerchantSecretKey";
};

class NotificationHintTest : public NotificationFixture {
 protected:
  // A payment that waits for its outcome.
  void Wait(const std::string& word = "pending") {
    AnswerWith({{"status", "0"}, {"transaction_status", word}, {"trace_id", "1"}});
    Pay("cards-praxis");
  }

  // What find-order says from now on.
  void FindOrderSays(const std::string& word, const std::string& trace = "7",
                     const std::string& charged = "1500") {
    AnswerWith({{"status", "0"},
                {"order_id", "pay-1"},
                {"transaction_status", word},
                {"trace_id", trace},
                {"charge_amount", charged}});
  }

  // The raw body of a notification, signed as the upstream would.
  std::string Body(const News& news) {
    PlanObject body = {
        {"transaction_type", std::string("sale")},
        {"transaction_status", news.word},
        {"trace_id", news.trace},
        {"order_id", news.order},
        {"pin", news.pin},
        {"frontend", news.frontend},
        {"amount", news.amount},
        {"currency", news.currency},
        {"version", std::string("1.1")},
        {"timestamp", PlanSlot::kTimestampSeconds},
    };
    if (news.charged != 0) body.push_back({"charge_amount", news.charged});
    return BuildSignedAnswer(body, SortedValuesSigner(), Secrets(news.secret),
                             world_.clock.Now() - news.age)
        ->body;
  }

  NotificationResult Verify(const News& news) {
    return NotificationFixture::Verify(Body(news), "cards-praxis");
  }

  int Asked() const { return world_.outbound.send_count() - 1; }
};

TEST_F(NotificationHintTest, FindOrderIsBelievedAndNotTheWord) {
  Wait();
  FindOrderSays("declined");
  const NotificationResult result = Verify(News());
  EXPECT_EQ(result.refusal, ErrorReason::kUnspecified);
  EXPECT_TRUE(result.unconfirmed);
  EXPECT_EQ(result.raw_status, "approved");
  EXPECT_EQ(result.state, State::kApproved);  // what the word means
  EXPECT_EQ(StateNow(), State::kDeclined);
  EXPECT_EQ(Record().timeline().rbegin()->source(), "status");
  ASSERT_TRUE(result.acknowledgement.has_value());
  EXPECT_THAT(result.acknowledgement->body, HasSubstr("\"description\":\"Success\""));
  EXPECT_THAT(result.acknowledgement->body, HasSubstr("\"signature\":\""));
}

// The signature is of the joined values: whoever has a genuine notification can cut them anew.
TEST_F(NotificationHintTest, OneThatWasCutAnewMovesNothing) {
  Wait();
  const std::string time = absl::StrCat(absl::ToUnixSeconds(world_.clock.Now()));
  News genuine;
  genuine.word = "declined";
  genuine.pin = absl::StrCat(time, "T1approved");  // the merchant's own customer id
  FindOrderSays("pending");
  std::string cut = Body(genuine);
  // pin, timestamp, trace_id, transaction_status and transaction_type follow one another.
  const std::pair<std::string, std::string> changes[] = {
      {"\"pin\":\"" + genuine.pin + "\"", "\"pin\":\"\""},
      {"\"trace_id\":\"7\"", "\"trace_id\":\"T1\""},
      {"\"transaction_status\":\"declined\"", "\"transaction_status\":\"approved\""},
      {"\"transaction_type\":\"sale\"", "\"transaction_type\":\"" + time + "7declinedsale\""}};
  for (const auto& [from, to] : changes) {
    ASSERT_NE(cut.find(from), std::string::npos) << from;
    cut.replace(cut.find(from), from.size(), to);
  }
  const NotificationResult result = NotificationFixture::Verify(cut, "cards-praxis");
  EXPECT_EQ(result.refusal, ErrorReason::kUnspecified);  // rightly signed
  EXPECT_EQ(result.state, State::kApproved);
  EXPECT_EQ(StateNow(), State::kPending);
  EXPECT_EQ(Record().upstream_ids_size(), 2);  // the trace of find-order, not the one that was cut
  EXPECT_EQ(Record().upstream_ids(1).value(), "7");
}

TEST_F(NotificationHintTest, WhatWasChargedFindOrderTells) {
  Wait();
  FindOrderSays("approved", "7", "1400");
  News more;
  more.charged = 1499;
  Verify(more);
  EXPECT_EQ(StateNow(), State::kApproved);
  EXPECT_EQ(Record().settled_amount(), 1400);
  // One of an end that is known, with another sum: asked again.
  const int asked = Asked();
  world_.clock.Advance(kMinHintInterval);
  Verify(more);
  EXPECT_EQ(Asked(), asked + 1);
  EXPECT_EQ(Record().settled_amount(), 1400);
}

TEST_F(NotificationHintTest, UnconfirmedItIsNotAcknowledged) {
  Wait();
  AnswerNothing();
  const NotificationResult result = Verify(News());
  EXPECT_TRUE(result.unconfirmed);
  EXPECT_FALSE(result.acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kPending);
  EXPECT_EQ(Record().timeline_size(), 2);
}

TEST_F(NotificationHintTest, WhatTheLedgerHasIsAcknowledgedWithoutAQuestion) {
  Wait();
  FindOrderSays("approved");
  Verify(News());
  const int asked = Asked();
  const std::string before = Record().SerializeAsString();
  News older;
  older.word = "pending";
  older.trace = "1";
  for (const News& news : {News(), older, News()}) {
    const NotificationResult result = Verify(news);
    EXPECT_TRUE(result.repeated);
    EXPECT_FALSE(result.applied);
    EXPECT_FALSE(result.unconfirmed);
    EXPECT_TRUE(result.acknowledgement.has_value());
  }
  EXPECT_EQ(Asked(), asked);
  EXPECT_EQ(Record().SerializeAsString(), before);
}

TEST_F(NotificationHintTest, ForgedStaleAndForeignOnesAreRefused) {
  Wait();
  News forged;
  forged.secret = "AnotherSecretKey";
  ExpectRefused(Verify(forged), ErrorReason::kUnverified);
  News stale;
  stale.age = kMaxNotificationAge + absl::Seconds(1);
  ExpectRefused(Verify(stale), ErrorReason::kStale);
  News foreign;
  foreign.frontend = "another";
  ExpectRefused(Verify(foreign), ErrorReason::kForeign);
  EXPECT_EQ(Asked(), 0);
}

// A wrong one must not stand in the way of the right one that follows.
TEST_F(NotificationHintTest, AnotherCurrencyIsAConflictAndTheRightOneIsTakenInAfterIt) {
  Wait();
  News wrong;
  wrong.currency = "EUR";
  const NotificationResult result = Verify(wrong);
  EXPECT_EQ(result.refusal, ErrorReason::kConflict);
  EXPECT_FALSE(result.acknowledgement.has_value());
  EXPECT_TRUE(Record().conflict());
  EXPECT_TRUE(Record().needs_review());
  EXPECT_EQ(StateNow(), State::kInDoubt);
  EXPECT_EQ(Asked(), 0);
  FindOrderSays("approved");
  EXPECT_TRUE(Verify(News()).applied);
  EXPECT_EQ(StateNow(), State::kApproved);
}

TEST_F(NotificationHintTest, AContradictingEndIsKeptForAPerson) {
  Wait();
  FindOrderSays("approved");
  Verify(News());
  const int asked = Asked();
  News contradicting;
  contradicting.word = "declined";
  const NotificationResult result = Verify(contradicting);
  EXPECT_TRUE(result.acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kApproved);
  EXPECT_EQ(Record().raw_status(), "approved");
  EXPECT_TRUE(Record().conflict());
  EXPECT_TRUE(Record().needs_review());
  EXPECT_EQ(Asked(), asked);
}

TEST_F(NotificationHintTest, AnEventAfterTheEndIsForAPerson) {
  Wait();
  FindOrderSays("approved");
  Verify(News());
  News chargeback;
  chargeback.word = "chargeback";
  EXPECT_TRUE(Verify(chargeback).acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kApproved);
  EXPECT_TRUE(Record().needs_review());
  EXPECT_FALSE(Record().conflict());
}

// Else the error that find-order says next would seem to repeat it, and end the payment.
TEST_F(NotificationHintTest, ItsWordIsNoFirstWordForAnEnd) {
  Wait();
  News error;
  error.word = "error";
  error.charged = 9999;  // for a person
  Verify(error);
  EXPECT_TRUE(Record().needs_review());
  EXPECT_NE(Record().raw_status(), "error");
}

// A cascade: the next attempt has a trace of its own, and that is what a refund refers to.
TEST_F(NotificationHintTest, DeclinedRetryGoesOnUnderANewTrace) {
  Wait("declined retry");
  ASSERT_EQ(StateNow(), State::kPending);
  FindOrderSays("approved", "2");
  News news;
  news.trace = "2";
  EXPECT_TRUE(Verify(news).applied);
  EXPECT_EQ(StateNow(), State::kApproved);
  AnswerNothing();
  ASSERT_THAT(world_.Refund(world_.RefundInput("pay-1", "refund-1", 100)), IsOk());
  EXPECT_EQ(BodyText(world_.outbound.sent().back().body, "reference_id"), "2");
}

TEST_F(NotificationHintTest, OneThatComesBeforeTheAnswerWaitsForIt) {
  world_.outbound.Hold();
  world_.DepositCvv(token_);
  absl::Notification answered;
  world_.payments->Pay(world_.Input(token_, "pay-1", "cards-praxis"),
                       [&](auto) { answered.Notify(); });
  world_.outbound.WaitForHeld(1);
  const NotificationResult result = Verify(News());
  EXPECT_TRUE(result.unconfirmed);
  EXPECT_FALSE(result.acknowledgement.has_value());
  world_.outbound.Release();
  answered.WaitForNotification();
  EXPECT_EQ(StateNow(), State::kApproved);
}

TEST_F(NotificationHintTest, OneAboutAPaymentThatNeverLeftIsAConflict) {
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(Unavailable(ErrorReason::kUnspecified, "no connection"));
  });
  Pay("cards-praxis");
  Verify(News());
  EXPECT_TRUE(Record().conflict());
  EXPECT_EQ(StateNow(), State::kNotSent);
}

// Without a proof it is a hint, and the signed status call is what is believed.
TEST_F(NotificationHintTest, UnverifiableOnesAreConfirmedByAStatusCall) {
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Answered({{"request_status", "success"},
                                   {"merchant_payment_id", "pay-1"},
                                   {"payment_id", "g-1"},
                                   {"payment_status", "processing"}});
  });
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-1", "cards-h2h")), IsOk());
  const std::string hint =
      R"({"merchant_payment_id":"pay-1","payment_id":"g-1","status":"success"})";
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Answered({{"merchant_payment_id", "pay-1"}, {"status", "decline"}});
  });
  const NotificationResult result = NotificationFixture::Verify(hint, "cards-h2h");
  EXPECT_TRUE(result.unconfirmed);
  EXPECT_EQ(StateNow(), State::kDeclined);  // and not what the hint said
  EXPECT_TRUE(result.acknowledgement.has_value());
  const int asked = world_.outbound.send_count();
  // At most one such call in five seconds.
  const NotificationResult again = NotificationFixture::Verify(hint, "cards-h2h");
  EXPECT_EQ(world_.outbound.send_count(), asked);
  EXPECT_FALSE(again.acknowledgement.has_value());
  world_.clock.Advance(kMinHintInterval);
  NotificationFixture::Verify(hint, "cards-h2h");
  EXPECT_EQ(world_.outbound.send_count(), asked + 1);
}

// The signature of wire version 1.3 leaves the status word out: verified, it is a hint.
TEST_F(NotificationHintTest, OneWhoseProofLeavesTheStatusOutIsConfirmed) {
  AddRoute(kPraxis13RouteDocument);
  SetCredential("cards-praxis13", "merchant_secret", "MerchantSecretKey");
  AnswerNothing();
  Pay("cards-praxis13");
  const PlanObject body = {
      {"merchant_id", std::string("Test-Integration-Merchant")},
      {"application_key", std::string("Sandbox")},
      {"timestamp", PlanSlot::kTimestampSeconds},
      {"session", PlanObject{{"order_id", std::string("pay-1")}}},
      {"transaction",
       PlanObject{{"tid", int64_t{7}}, {"transaction_status", std::string("approved")}}},
  };
  ListedValuesSigner signer;
  signer.headers = {"Gt-Authentication"};
  signer.paths = {"merchant_id", "application_key", "timestamp", "session.order_id",
                  "transaction.tid"};
  signer.secret_name = "merchant_secret";
  const SignedAnswer notification = *BuildSignedAnswer(body, signer, Secrets(), world_.clock.Now());
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Answered({{"status", "0"},
                                   {"session.order_id", "pay-1"},
                                   {"transaction.tid", "7"},
                                   {"transaction.transaction_status", "declined"}});
  });
  headers_ = notification.headers;
  const NotificationResult result =
      NotificationFixture::Verify(notification.body, "cards-praxis13");
  EXPECT_EQ(ReasonName(result.refusal), "");
  EXPECT_TRUE(result.unconfirmed);
  EXPECT_TRUE(result.acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kDeclined);  // as the look-up says, and not the word
  headers_.clear();
  EXPECT_EQ(NotificationFixture::Verify(notification.body, "cards-praxis13").refusal,
            ErrorReason::kUnverified);
}

TEST_F(NotificationHintTest, AHintThatNobodyConfirmsIsNotAcknowledged) {
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-1", "cards-h2h")), IsOk());
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Unknown(Unavailable(ErrorReason::kUnspecified, "connection lost"));
  });
  const NotificationResult result = NotificationFixture::Verify(
      std::string(R"({"merchant_payment_id":"pay-1","status":"decline"})"), "cards-h2h");
  EXPECT_TRUE(result.unconfirmed);
  EXPECT_FALSE(result.acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kApproved);
}

}  // namespace
}  // namespace cardvault
