#include "forwarder/notification/notification_flow.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "card/test_pans.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/outbound/message_headers.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/outbound/route_secrets.h"
#include "forwarder/outbound/signed_answer.h"
#include "forwarder/payments.h"
#include "forwarder/testing/payment_world.h"
#include "forwarder/testing/route_documents.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using State = PaymentState;

// What a route's notification says, changed by a test.
struct News {
  std::string order = "pay-1";
  std::string word = "approved";
  std::string trace = "7";
  int64_t amount = 1500;
  std::string frontend = "Integration TEST USD";
  absl::Duration age = absl::ZeroDuration();
  std::string secret = "MerchantSecretKey";
  std::string description;
};

class NotificationFlowTest : public ::testing::Test {
 protected:
  NotificationFlowTest() : token_(world_.AddCard()) {}

  // A payment that waits for its outcome.
  void Wait(const std::string& payment_id = "pay-1", const std::string& word = "pending") {
    world_.outbound.AnswerWith([word](const OutboundRequest&) {
      return FakeOutbound::Answered(
          {{"status", "0"}, {"transaction_status", word}, {"trace_id", "1"}});
    });
    world_.DepositCvv(token_);
    ASSERT_THAT(world_.PayIn(world_.Input(token_, payment_id, "cards-praxis")), IsOk());
  }

  // The raw body of a Praxis notification, signed as the upstream would.
  std::string Body(const News& news) {
    const PlanObject body = {
        {"transaction_type", std::string("sale")},
        {"transaction_status", news.word},
        {"trace_id", news.trace},
        {"order_id", news.order},
        {"frontend", news.frontend},
        {"amount", news.amount},
        {"currency", std::string("USD")},
        {"version", std::string("1.1")},
        {"error_details", news.description},
        {"timestamp", PlanSlot::kTimestampSeconds},
    };
    SortedValuesSigner signer;
    RouteSecrets secrets;
    secrets["merchant_secret"].current =
        std::make_shared<const SecretBytes>(SecretBytes::CopyOf(news.secret));
    return BuildSignedAnswer(body, signer, secrets, world_.clock.Now() - news.age)->body;
  }

  NotificationResult Verify(const std::string& body, const std::string& route = "cards-praxis",
                            const std::string& merchant = "shop") {
    NotificationInput input{
        {*MerchantId::Parse(merchant, "merchant"), {}}, *RouteName::Parse(route, "route"), {}};
    input.message.method = "POST";
    input.message.headers = headers_;
    input.message.body = SecretBytes::CopyOf(body);
    absl::StatusOr<NotificationResult> result;
    absl::Notification done;
    world_.payments->VerifyNotification(std::move(input), [&](auto answer) {
      result = std::move(answer);
      done.Notify();
    });
    done.WaitForNotification();
    status_ = result.status();
    return result.ok() ? *std::move(result) : NotificationResult();
  }
  NotificationResult Verify(const News& news) { return Verify(Body(news)); }

  storage::v1::PaymentRecord Record(const std::string& payment_id = "pay-1") {
    return *world_.Get(payment_id);
  }
  State StateNow(const std::string& payment_id = "pay-1") {
    return static_cast<State>(Record(payment_id).state());
  }

  // Nothing changed, and nothing is acknowledged.
  void ExpectRefused(const NotificationResult& result, ErrorReason why) {
    EXPECT_EQ(ReasonName(result.refusal), ReasonName(why));
    EXPECT_FALSE(result.acknowledgement.has_value());
    EXPECT_EQ(StateNow(), State::kPending);
    EXPECT_EQ(Record().timeline_size(), 2);
  }

  PaymentWorld world_;
  const Token token_;
  MessageHeaders headers_;  // of the next notification
  absl::Status status_;
};

TEST_F(NotificationFlowTest, TakesTheOutcomeInAndAcknowledgesAfterTheCommit) {
  Wait();
  const NotificationResult result = Verify(News());
  EXPECT_EQ(result.refusal, ErrorReason::kUnspecified);
  EXPECT_TRUE(result.applied);
  EXPECT_FALSE(result.repeated);
  EXPECT_FALSE(result.unconfirmed);
  EXPECT_EQ(StateNow(), State::kApproved);
  EXPECT_EQ(Record().timeline().rbegin()->source(), "notification");
  EXPECT_EQ(world_.CountEntries(AuditAction::kNotificationAccepted), 1);
  ASSERT_TRUE(result.acknowledgement.has_value());
  EXPECT_THAT(result.acknowledgement->body, testing::HasSubstr("\"description\":\"Success\""));
  EXPECT_THAT(result.acknowledgement->body, testing::HasSubstr("\"signature\":\""));
}

TEST_F(NotificationFlowTest, TheSameAgainChangesNothingAndIsAcknowledgedAgain) {
  Wait();
  Verify(News());
  const std::string before = Record().SerializeAsString();
  News again;  // with another time and so another signature
  again.age = absl::Minutes(5);
  const NotificationResult result = Verify(again);
  EXPECT_TRUE(result.repeated);
  EXPECT_FALSE(result.applied);
  EXPECT_TRUE(result.acknowledgement.has_value());
  EXPECT_EQ(Record().SerializeAsString(), before);
}

TEST_F(NotificationFlowTest, ForgedOnesAreRefused) {
  Wait();
  News forged;
  forged.secret = "AnotherSecretKey";
  ExpectRefused(Verify(forged), ErrorReason::kUnverified);
  std::string altered = Body(News());
  altered.replace(altered.find("approved"), 8, "declined");
  ExpectRefused(Verify(altered), ErrorReason::kUnverified);
  ExpectRefused(Verify(std::string("{\"order_id\":\"pay-1\"}")), ErrorReason::kUnverified);
  ExpectRefused(Verify(std::string("not json")), ErrorReason::kFieldInvalid);
  ExpectRefused(Verify(std::string("")), ErrorReason::kFieldInvalid);
}

TEST_F(NotificationFlowTest, StaleAndForeignOnesAreRefused) {
  Wait();
  News stale;
  stale.age = kMaxNotificationAge + absl::Seconds(1);
  ExpectRefused(Verify(stale), ErrorReason::kStale);
  News early;
  early.age = -kMaxNotificationLead - absl::Seconds(1);
  ExpectRefused(Verify(early), ErrorReason::kStale);
  News foreign;
  foreign.frontend = "another";
  ExpectRefused(Verify(foreign), ErrorReason::kForeign);
}

TEST_F(NotificationFlowTest, AnotherMerchantsOrRoutesPaymentIsNotFound) {
  Wait();
  News unknown;
  unknown.order = "pay-2";
  ExpectRefused(Verify(unknown), ErrorReason::kPaymentNotFound);
  // Another merchant has no such route.
  EXPECT_FALSE(Verify(Body(News()), "cards-praxis", "other").acknowledgement.has_value());
  EXPECT_THAT(status_, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kRouteUnknown));
  Verify(Body(News()), "no-such-route");
  EXPECT_THAT(status_, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kRouteUnknown));
  // One of this upstream for a payment of another route.
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-3", "cards-h2h")), IsOk());
  News other_route;
  other_route.order = "pay-3";
  EXPECT_EQ(Verify(other_route).refusal, ErrorReason::kPaymentNotFound);
}

TEST_F(NotificationFlowTest, AnotherAmountIsAConflictForAPerson) {
  Wait();
  News other;
  other.amount = 1501;
  const NotificationResult result = Verify(other);
  EXPECT_EQ(result.refusal, ErrorReason::kConflict);
  EXPECT_FALSE(result.acknowledgement.has_value());
  EXPECT_TRUE(Record().conflict());
  EXPECT_TRUE(Record().needs_review());
  EXPECT_NE(StateNow(), State::kApproved);
  EXPECT_FALSE(Record().has_settled_amount());
}

TEST_F(NotificationFlowTest, OlderOnesAreEventsAndChangeNothing) {
  Wait();
  Verify(News());
  News older;
  older.word = "pending";
  const NotificationResult result = Verify(older);
  EXPECT_FALSE(result.applied);
  EXPECT_TRUE(result.acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kApproved);
  EXPECT_FALSE(Record().timeline().rbegin()->applied());
}

TEST_F(NotificationFlowTest, AContradictingEndIsKeptForAPerson) {
  Wait();
  Verify(News());
  News contradicting;
  contradicting.word = "declined";
  const NotificationResult result = Verify(contradicting);
  EXPECT_TRUE(result.acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kApproved);
  EXPECT_TRUE(Record().conflict());
  EXPECT_TRUE(Record().needs_review());
}

// A cascade: the next attempt has a trace of its own, and that is what a refund refers to.
TEST_F(NotificationFlowTest, DeclinedRetryGoesOnUnderANewTrace) {
  Wait("pay-1", "declined retry");
  ASSERT_EQ(StateNow(), State::kPending);
  News news;
  news.trace = "2";
  Verify(news);
  EXPECT_EQ(StateNow(), State::kApproved);
  ASSERT_THAT(world_.Refund(world_.RefundInput("pay-1", "refund-1", 100)), IsOk());
  EXPECT_EQ(BodyText(world_.outbound.sent().back().body, "reference_id"), "2");
}

// The callback came before the create call's own answer, and wins.
TEST_F(NotificationFlowTest, OneThatComesBeforeTheAnswerWins) {
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Answered({{"status", "0"}, {"transaction_status", "pending"}});
  });
  world_.outbound.Hold();
  world_.DepositCvv(token_);
  absl::Notification answered;
  world_.payments->Pay(world_.Input(token_, "pay-1", "cards-praxis"),
                       [&](auto) { answered.Notify(); });
  world_.outbound.WaitForHeld(1);
  EXPECT_TRUE(Verify(News()).applied);
  world_.outbound.Release();
  answered.WaitForNotification();
  EXPECT_EQ(StateNow(), State::kApproved);
  EXPECT_FALSE(Record().awaiting_answer());
}

// And the process died before that answer: the same request must not be IN_PROGRESS for ever.
TEST_F(NotificationFlowTest, OneThatComesBeforeARestartWins) {
  world_.outbound.Hold();
  world_.DepositCvv(token_);
  absl::Notification answered;
  world_.payments->Pay(world_.Input(token_, "pay-1", "cards-praxis"),
                       [&](auto) { answered.Notify(); });
  world_.outbound.WaitForHeld(1);
  EXPECT_TRUE(Verify(News()).applied);
  world_.Restart();
  ASSERT_THAT(world_.payments->ResolveRestart(), IsOk());
  EXPECT_EQ(StateNow(), State::kApproved);
  EXPECT_FALSE(Record().awaiting_answer());
  EXPECT_FALSE(Record().conflict());
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-1", "cards-praxis")), IsOk());
  EXPECT_EQ(world_.outbound.send_count(), 1);
  world_.outbound.Release();
  answered.WaitForNotification();
}

TEST_F(NotificationFlowTest, OneAboutAPaymentThatNeverLeftIsAConflict) {
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(Unavailable(ErrorReason::kUnspecified, "no connection"));
  });
  world_.DepositCvv(token_);
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-1", "cards-praxis")), IsOk());
  Verify(News());
  EXPECT_TRUE(Record().conflict());
  // It is not sent again: something is there already.
  const int sent = world_.outbound.send_count();
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-1", "cards-praxis")), IsOk());
  EXPECT_EQ(world_.outbound.send_count(), sent);
}

TEST_F(NotificationFlowTest, CardNumbersInItAreMasked) {
  Wait();
  News news;
  news.word = "declined";
  news.description = absl::StrCat("card ", std::string(kVisaTestPan), " refused");
  Verify(news);
  EXPECT_EQ(StateNow(), State::kDeclined);
  EXPECT_THAT(Record().SerializeAsString(),
              testing::Not(testing::HasSubstr(std::string(kVisaTestPan))));
}

// Without a proof it is a hint, and the signed status call is what is believed.
TEST_F(NotificationFlowTest, UnverifiableOnesAreConfirmedByAStatusCall) {
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
  const NotificationResult result = Verify(hint, "cards-h2h");
  EXPECT_TRUE(result.unconfirmed);
  EXPECT_EQ(StateNow(), State::kDeclined);  // and not what the hint said
  EXPECT_TRUE(result.acknowledgement.has_value());
  const int asked = world_.outbound.send_count();
  // At most one such call in five seconds.
  const NotificationResult again = Verify(hint, "cards-h2h");
  EXPECT_EQ(world_.outbound.send_count(), asked);
  EXPECT_FALSE(again.acknowledgement.has_value());
  world_.clock.Advance(kMinHintInterval);
  Verify(hint, "cards-h2h");
  EXPECT_EQ(world_.outbound.send_count(), asked + 1);
}

// The signature of wire version 1.3 leaves the status word out: verified, it is a hint.
TEST_F(NotificationFlowTest, OneWhoseProofLeavesTheStatusOutIsConfirmed) {
  const AuditOrigin origin{"spiffe://test/operator/one", "operator", ""};
  ASSERT_TRUE(world_.routes->Apply(kPraxis13RouteDocument, false, origin)->changed);
  ASSERT_THAT(
      world_.routes->SetCredential(*RouteName::Parse("cards-praxis13", "route"), "merchant_secret",
                                   SecretBytes::CopyOf("MerchantSecretKey"), origin),
      IsOk());
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Unknown(Unavailable(ErrorReason::kUnspecified, "connection lost"));
  });
  world_.DepositCvv(token_);
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-1", "cards-praxis13")), IsOk());
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
  RouteSecrets secrets;
  secrets["merchant_secret"].current =
      std::make_shared<const SecretBytes>(SecretBytes::CopyOf("MerchantSecretKey"));
  const SignedAnswer notification = *BuildSignedAnswer(body, signer, secrets, world_.clock.Now());
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Answered({{"status", "0"},
                                   {"session.order_id", "pay-1"},
                                   {"transaction.tid", "7"},
                                   {"transaction.transaction_status", "declined"}});
  });
  headers_ = notification.headers;
  const NotificationResult result = Verify(notification.body, "cards-praxis13");
  EXPECT_EQ(ReasonName(result.refusal), "");
  EXPECT_TRUE(result.unconfirmed);
  EXPECT_TRUE(result.acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kDeclined);  // as the look-up says, and not the word
  headers_.clear();
  EXPECT_EQ(Verify(notification.body, "cards-praxis13").refusal, ErrorReason::kUnverified);
}

TEST_F(NotificationFlowTest, AHintThatNobodyConfirmsIsNotAcknowledged) {
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-1", "cards-h2h")), IsOk());
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Unknown(Unavailable(ErrorReason::kUnspecified, "connection lost"));
  });
  const NotificationResult result =
      Verify(std::string(R"({"merchant_payment_id":"pay-1","status":"decline"})"), "cards-h2h");
  EXPECT_TRUE(result.unconfirmed);
  EXPECT_FALSE(result.acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kApproved);
}

}  // namespace
}  // namespace cardvault
