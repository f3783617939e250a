// Notifications whose proof covers all of what they say: those of H2H on a route that can verify
// them.

#include "forwarder/notification/notification_flow.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "card/test_pans.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/notification/notification_fixture_for_test.h"
#include "forwarder/outbound/canonical_hmac.h"
#include "forwarder/testing/route_documents.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using State = PaymentState;

constexpr char kRoute[] = "cards-signed";
constexpr char kNotificationSection[] = R"(  notification:
    canonical: "{timestamp}|{body}"
    signature_header: X-Signature
    timestamp_header: X-Timestamp
    secret_name: callback_secret
)";

// What a notification says, changed by a test.
struct News {
  std::string order = "pay-1";
  std::string word = "success";
  std::string gateway_id = "g-1";
  int64_t amount = 1500;
  absl::Duration age = absl::ZeroDuration();
  std::string secret = "CallbackSecretKey";
  std::string message;
};

class NotificationFlowTest : public NotificationFixture {
 protected:
  NotificationFlowTest() {
    AddRoute(absl::StrCat(absl::StrReplaceAll(kH2hRouteDocument, {{"cards-h2h", kRoute}}),
                          kNotificationSection));
    SetCredential(kRoute, "api_secret", "MerchantSecretKey");
    SetCredential(kRoute, "callback_secret", "CallbackSecretKey");
  }

  // A payment that waits for its outcome.
  void Wait() {
    AnswerWith({{"request_status", "success"},
                {"merchant_payment_id", "pay-1"},
                {"payment_id", "g-1"},
                {"payment_status", "processing"}});
    Pay(kRoute);
    AnswerNothing();  // nobody is asked
  }

  // The raw body; signs it as the upstream would.
  std::string Body(const News& news) {
    std::string body =
        absl::StrCat(R"({"merchant_payment_id":")", news.order, R"(","payment_id":")",
                     news.gateway_id, R"(","status":")", news.word, R"(","amount":)", news.amount,
                     R"(,"currency":"USD","error_message":")", news.message, "\"}");
    CanonicalHmacSigner signer;
    signer.canonical_template = "{timestamp}|{body}";
    const std::string time = absl::StrCat(absl::ToUnixMillis(world_.clock.Now() - news.age));
    CanonicalInput input;
    input.timestamp = time;
    input.body = body;
    headers_ = {{"X-Timestamp", time},
                {"X-Signature", *SignCanonical(signer, input, SecretBytes::CopyOf(news.secret))}};
    return body;
  }

  NotificationResult Verify(const std::string& body, const std::string& route = kRoute,
                            const std::string& merchant = "shop") {
    return NotificationFixture::Verify(body, route, merchant);
  }
  NotificationResult Verify(const News& news) { return Verify(Body(news)); }
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
  EXPECT_EQ(world_.outbound.send_count(), 1);
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
  for (const char* secret : {"AnotherSecretKey", "MerchantSecretKey"}) {
    forged.secret = secret;
    ExpectRefused(Verify(forged), ErrorReason::kUnverified);
  }
  std::string altered = Body(News());
  altered.replace(altered.find("success"), 7, "decline");
  ExpectRefused(Verify(altered), ErrorReason::kUnverified);
  ExpectRefused(Verify(std::string("{\"merchant_payment_id\":\"pay-1\"}")),
                ErrorReason::kUnverified);
  ExpectRefused(Verify(std::string("not json")), ErrorReason::kFieldInvalid);
  ExpectRefused(Verify(std::string("")), ErrorReason::kFieldInvalid);
}

TEST_F(NotificationFlowTest, StaleOnesAreRefused) {
  Wait();
  News stale;
  stale.age = kMaxNotificationAge + absl::Seconds(1);
  ExpectRefused(Verify(stale), ErrorReason::kStale);
  News early;
  early.age = -kMaxNotificationLead - absl::Seconds(1);
  ExpectRefused(Verify(early), ErrorReason::kStale);
  // The time is the signed one.
  const std::string body = Body(stale);
  headers_[0].second = absl::StrCat(absl::ToUnixMillis(world_.clock.Now()));
  ExpectRefused(Verify(body), ErrorReason::kUnverified);
}

TEST_F(NotificationFlowTest, AnotherMerchantsOrRoutesPaymentIsNotFound) {
  Wait();
  News unknown;
  unknown.order = "pay-2";
  ExpectRefused(Verify(unknown), ErrorReason::kPaymentNotFound);
  // Another merchant has no such route.
  EXPECT_FALSE(Verify(Body(News()), kRoute, "other").acknowledgement.has_value());
  EXPECT_THAT(status_, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kRouteUnknown));
  Verify(Body(News()), "no-such-route");
  EXPECT_THAT(status_, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kRouteUnknown));
  // One of this upstream for a payment of another route.
  Pay("cards-praxis", "pay-3");
  News other_route;
  other_route.order = "pay-3";
  EXPECT_EQ(Verify(other_route).refusal, ErrorReason::kPaymentNotFound);
}

// The route was pointed at another account, where order "pay-1" is another payment.
TEST_F(NotificationFlowTest, AnotherAccountsOrderIsForeign) {
  Wait();
  AddRoute(absl::StrCat(
      absl::StrReplaceAll(kH2hRouteDocument, {{"cards-h2h", kRoute}, {"wallet-1", "wallet-2"}}),
      kNotificationSection));
  const NotificationResult result = Verify(News());
  EXPECT_EQ(result.refusal, ErrorReason::kForeign);
  EXPECT_FALSE(result.acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kPending);
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
  older.word = "processing";
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
  contradicting.word = "decline";
  const NotificationResult result = Verify(contradicting);
  EXPECT_TRUE(result.acknowledgement.has_value());
  EXPECT_EQ(StateNow(), State::kApproved);
  EXPECT_TRUE(Record().conflict());
  EXPECT_TRUE(Record().needs_review());
}

// The callback came before the create call's own answer, and wins.
TEST_F(NotificationFlowTest, OneThatComesBeforeTheAnswerWins) {
  AnswerWith({{"request_status", "success"},
              {"merchant_payment_id", "pay-1"},
              {"payment_status", "processing"}});
  world_.outbound.Hold();
  world_.DepositCvv(token_);
  absl::Notification answered;
  world_.payments->Pay(world_.Input(token_, "pay-1", kRoute), [&](auto) { answered.Notify(); });
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
  world_.payments->Pay(world_.Input(token_, "pay-1", kRoute), [&](auto) { answered.Notify(); });
  world_.outbound.WaitForHeld(1);
  EXPECT_TRUE(Verify(News()).applied);
  world_.Restart();
  ASSERT_THAT(world_.payments->ResolveRestart(), IsOk());
  EXPECT_EQ(StateNow(), State::kApproved);
  EXPECT_FALSE(Record().awaiting_answer());
  EXPECT_FALSE(Record().conflict());
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-1", kRoute)), IsOk());
  EXPECT_EQ(world_.outbound.send_count(), 1);
  world_.outbound.Release();
  answered.WaitForNotification();
}

TEST_F(NotificationFlowTest, OneAboutAPaymentThatNeverLeftIsAConflict) {
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(Unavailable(ErrorReason::kUnspecified, "no connection"));
  });
  world_.DepositCvv(token_);
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-1", kRoute)), IsOk());
  Verify(News());
  EXPECT_TRUE(Record().conflict());
  // It is not sent again: something is there already.
  const int sent = world_.outbound.send_count();
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-1", kRoute)), IsOk());
  EXPECT_EQ(world_.outbound.send_count(), sent);
}

TEST_F(NotificationFlowTest, CardNumbersInItAreMasked) {
  Wait();
  News news;
  news.word = "decline";
  news.message = absl::StrCat("card ", std::string(kVisaTestPan), " refused");
  Verify(news);
  EXPECT_EQ(StateNow(), State::kDeclined);
  EXPECT_THAT(Record().SerializeAsString(),
              testing::Not(testing::HasSubstr(std::string(kVisaTestPan))));
}

}  // namespace
}  // namespace cardvault
