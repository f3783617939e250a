// Notifications of both sandbox gateways through a real server: what is believed, what changes, and
// whether the gateway takes the acknowledgement.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "card/test_pans.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/payment_stage.h"
#include "tests/testing/sandbox_outbox.h"

namespace cardvault::testing {
namespace {

// What the sandbox signs; upstreams do not say what theirs is.
constexpr char kH2hNotification[] =
    "  notification: {canonical: \"{timestamp}|{nonce}|{body}\", signature_header: X-MP-Signature, "
    "timestamp_header: X-MP-Timestamp, nonce_header: X-MP-Nonce}\n";

v1::VerifyNotificationRequest NotificationOf(const std::string& route,
                                             const SandboxNotification& notification) {
  v1::VerifyNotificationRequest request;
  request.set_route(route);
  for (const v1::HttpHeader& header : notification.headers) *request.add_headers() = header;
  request.set_body(notification.body);
  return request;
}

class NotificationTest : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    stage_ = new PaymentStage;
    const std::string both = std::string(kMerchant) + ", " + kOtherMerchant;
    stage_->AddH2hRoute("h2h", "", kH2hNotification, both);
    stage_->AddPraxisRoute("praxis", "", "", both);
    stage_->AddH2hRoute("h2h-bare", "", "", both);
    stage_->AddH2hRoute("h2h-second", "", kH2hNotification, both);
    stage_->AddPraxisRoute("praxis-second", "", "", both);
    stage_->AddForeignRoute("mine", kMerchant);
  }
  static void TearDownTestSuite() { delete stage_; }

  static SandboxOutbox Outbox(const std::string& connector = GetParam()) {
    return {stage_->sandbox(), stage_->Port(connector)};
  }

  static std::string Id(const std::string& name) { return std::string(GetParam()) + "-" + name; }

  static v1::Payment PayFresh(const std::string& name, int64_t amount,
                              const std::string& cvv = "568",
                              const std::string& route = GetParam()) {
    return stage_->Pay(PayInOf(route, Id(name), stage_->Token(Id(name), cvv), amount));
  }

  static v1::VerifyNotificationResponse Verify(const SandboxNotification& notification,
                                               const std::string& route = GetParam(),
                                               const char* merchant = kMerchant) {
    Call call;
    v1::VerifyNotificationResponse response;
    const grpc::Status status =
        stage_->vault()
            .Pay("pay-in", merchant)
            ->VerifyNotification(call, NotificationOf(route, notification), &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.field();
    return response;
  }

  static void ExpectRefused(const v1::VerifyNotificationResponse& response,
                            const std::string& refusal) {
    EXPECT_TRUE(response.refused());
    EXPECT_EQ(response.refusal(), refusal);
    EXPECT_FALSE(response.has_acknowledgement());
  }

  // The gateway's word for it.
  static const char* Approved() {
    return std::string(GetParam()) == "h2h" ? "success" : "approved";
  }

  static PaymentStage* stage_;
};

PaymentStage* NotificationTest::stage_ = nullptr;

TEST_P(NotificationTest, SettlesAPendingPaymentAndIsAcknowledged) {
  const v1::Payment payment = PayFresh("settled", 70001);
  ASSERT_EQ(StateName(payment), "PENDING");
  Outbox().Settle(payment.upstream_reference(), Approved());
  const auto notifications = Outbox().Of(payment.upstream_reference());
  ASSERT_EQ(notifications.size(), 2u);
  const auto response = Verify(notifications.back());
  EXPECT_FALSE(response.refused()) << response.refusal();
  EXPECT_EQ(response.event().payment_id(), payment.payment_id());
  EXPECT_EQ(response.event().raw_status(), Approved());
  EXPECT_TRUE(response.event().applied());
  // What Praxis signs can be cut anew: find-order was asked.
  EXPECT_EQ(response.event().unconfirmed(), std::string(GetParam()) == "praxis");
  EXPECT_EQ(StateName(response.payment()), "APPROVED");
  ASSERT_TRUE(response.has_acknowledgement());
  EXPECT_TRUE(Outbox().Accepts(notifications.back().number, response.acknowledgement()));
  EXPECT_EQ(StateName(stage_->Get(payment.payment_id())), "APPROVED");
}

TEST_P(NotificationTest, RepeatedChangesNothingAndIsAcknowledgedAgain) {
  const v1::Payment payment = PayFresh("repeated", 70001);
  Outbox().Settle(payment.upstream_reference(), Approved());
  const auto notification = Outbox().Of(payment.upstream_reference()).back();
  const auto first = Verify(notification);
  EXPECT_FALSE(first.event().repeated());
  const auto second = Verify(notification);
  EXPECT_FALSE(second.refused());
  EXPECT_TRUE(second.event().repeated());
  EXPECT_FALSE(second.event().applied());
  EXPECT_EQ(second.payment().SerializeAsString(), first.payment().SerializeAsString());
  EXPECT_TRUE(Outbox().Accepts(notification.number, second.acknowledgement()));
}

TEST_P(NotificationTest, AnOlderOneThatComesLaterChangesNoState) {
  const v1::Payment payment = PayFresh("reordered", 70001);
  Outbox().Settle(payment.upstream_reference(), Approved());
  const auto notifications = Outbox().Of(payment.upstream_reference());
  ASSERT_EQ(notifications.size(), 2u);
  EXPECT_EQ(StateName(Verify(notifications[1]).payment()), "APPROVED");
  const auto older = Verify(notifications[0]);
  EXPECT_FALSE(older.refused()) << older.refusal();
  EXPECT_FALSE(older.event().applied());
  EXPECT_EQ(older.event().state(), v1::PAYMENT_STATE_PENDING);
  EXPECT_EQ(StateName(older.payment()), "APPROVED");
  EXPECT_FALSE(older.payment().conflict());
  EXPECT_TRUE(Outbox().Accepts(notifications[0].number, older.acknowledgement()));
}

TEST_P(NotificationTest, ForgedOnesAreRefusedAndChangeNoState) {
  const v1::Payment payment = PayFresh("forged", 1500);
  const std::string reference = payment.upstream_reference();
  const std::string before = payment.SerializeAsString();
  ExpectRefused(Verify(Outbox().Forge(reference, "signature")), "UNVERIFIED");
  ExpectRefused(Verify(Outbox().Forge(reference, "stale")), "STALE");
  SandboxNotification altered = Outbox().Of(reference).front();
  altered.body.replace(altered.body.find("1500"), 4, "1501");
  ExpectRefused(Verify(altered), "UNVERIFIED");
  EXPECT_EQ(stage_->Get(payment.payment_id()).SerializeAsString(), before);
  // Rightly signed: of another account at Praxis; of H2H, of another payment of the gateway's.
  ExpectRefused(Verify(Outbox().Forge(reference, "foreign")),
                std::string(GetParam()) == "h2h" ? "CONFLICT" : "FOREIGN");
  ExpectRefused(Verify(Outbox().Forge(reference, "amount")), "CONFLICT");
  const v1::Payment after = stage_->Get(payment.payment_id());
  EXPECT_EQ(StateName(after), "APPROVED");
  EXPECT_TRUE(after.conflict());
  EXPECT_NE(stage_->sandbox()
                .Get(stage_->Port(GetParam()), "/sandbox/stats")
                .find("\"acknowledged_forgeries\":0"),
            std::string::npos);
}

TEST_P(NotificationTest, WhatIsNoNotificationIsRefused) {
  SandboxNotification notification = Outbox().Of(PayFresh("body", 1500).upstream_reference())[0];
  for (const char* body : {"", "[]", "{", "card=4"}) {
    notification.body = body;
    const auto response = Verify(notification);
    EXPECT_TRUE(response.refused()) << body;
    EXPECT_FALSE(response.has_acknowledgement());
  }
}

TEST_P(NotificationTest, WhatIsTooLargeIsAnErrorOfTheCaller) {
  const auto refusal = [](const v1::VerifyNotificationRequest& request) {
    Call call;
    v1::VerifyNotificationResponse response;
    EXPECT_EQ(stage_->vault().PayIn()->VerifyNotification(call, request, &response).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT);
    return call.reason() + " " + call.field();
  };
  v1::VerifyNotificationRequest large = NotificationOf(GetParam(), {});
  large.set_body(std::string((256 << 10) + 1, ' '));
  EXPECT_EQ(refusal(large), "FIELD_INVALID body");
  v1::VerifyNotificationRequest many = NotificationOf(GetParam(), {});
  for (int i = 0; i < 65; ++i) many.add_headers()->set_name("X");
  EXPECT_EQ(refusal(many), "FIELD_INVALID headers");
}

TEST_P(NotificationTest, AnotherMerchantsIsNoneOfMine) {
  const v1::Payment payment = PayFresh("theirs", 1500);
  const auto notification = Outbox().Of(payment.upstream_reference()).at(0);
  ExpectRefused(Verify(notification, GetParam(), kOtherMerchant), "PAYMENT_NOT_FOUND");
  // Nor is one of another route of one's own.
  ExpectRefused(Verify(notification, std::string(GetParam()) + "-second"), "PAYMENT_NOT_FOUND");
  EXPECT_FALSE(Verify(notification).refused());
  // A route of another merchant is none at all.
  Call call;
  v1::VerifyNotificationResponse response;
  EXPECT_EQ(stage_->vault()
                .Pay("pay-in", kOtherMerchant)
                ->VerifyNotification(call, NotificationOf("mine", notification), &response)
                .error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(call.reason(), "ROUTE_UNKNOWN");
}

TEST_P(NotificationTest, ContradictingOnesAreAConflictNeverAnOverwrite) {
  const v1::Payment payment = PayFresh("contradicting", 334, "333");
  ASSERT_EQ(StateName(payment), "APPROVED");
  const auto notifications = Outbox().Of(payment.upstream_reference());
  ASSERT_EQ(notifications.size(), 4u);
  for (const SandboxNotification& notification : notifications) {
    const auto response = Verify(notification);
    EXPECT_FALSE(response.refused()) << response.refusal();
    EXPECT_EQ(StateName(response.payment()), "APPROVED");
    EXPECT_TRUE(Outbox().Accepts(notification.number, response.acknowledgement()));
  }
  const v1::Payment after = stage_->Get(payment.payment_id());
  EXPECT_EQ(StateName(after), "APPROVED");
  EXPECT_TRUE(after.conflict());
}

INSTANTIATE_TEST_SUITE_P(Connectors, NotificationTest, ::testing::Values("h2h", "praxis"),
                         [](const auto& info) { return std::string(info.param); });

class PraxisNotificationTest : public NotificationTest {};

// The refund has to name the attempt that was approved, which came with the notification.
TEST_P(PraxisNotificationTest, AfterADeclinedRetryTheRefundRefersToTheNewTrace) {
  const v1::Payment payment = PayFresh("retried", 70002);
  ASSERT_EQ(StateName(payment), "PENDING");
  ASSERT_EQ(stage_->Try(RefundOf(payment.payment_id(), Id("too-soon"), 100)).reason,
            "NOT_REFUNDABLE");
  Outbox().Settle(payment.upstream_reference(), "approved");
  const auto response = Verify(Outbox().Of(payment.upstream_reference()).back());
  ASSERT_EQ(StateName(response.payment()), "APPROVED");
  std::vector<std::string> traces;
  for (const v1::UpstreamId& id : response.payment().upstream_ids()) {
    if (id.name() == "trace_id") traces.push_back(id.value());
  }
  ASSERT_EQ(traces.size(), 2u);
  EXPECT_NE(traces[0], traces[1]);
  const v1::Payment refund = stage_->Pay(RefundOf(payment.payment_id(), Id("retried-back"), 70000));
  EXPECT_EQ(StateName(refund), "APPROVED") << refund.error_text();
  const std::string stats = stage_->sandbox().Get(stage_->Port("praxis"), "/sandbox/stats");
  EXPECT_NE(stats.find("\"reference_id\":\"" + traces[1] + "\""), std::string::npos) << stats;
}

INSTANTIATE_TEST_SUITE_P(Praxis, PraxisNotificationTest, ::testing::Values("praxis"));

class HintTest : public NotificationTest {};

// Without a verifier anybody may have posted it: the upstream is asked, and that is believed.
TEST_P(HintTest, IsConfirmedByAStatusCallAndNotByItsWord) {
  const v1::Payment payment = PayFresh("hinted", 70001, "568", "h2h-bare");
  Outbox().Settle(payment.upstream_reference(), "success");
  SandboxNotification lie = Outbox().Of(payment.upstream_reference()).back();
  lie.body.replace(lie.body.find("success"), 7, "decline");
  const auto response = Verify(lie, "h2h-bare");
  EXPECT_FALSE(response.refused()) << response.refusal();
  EXPECT_TRUE(response.event().unconfirmed());
  EXPECT_EQ(response.event().raw_status(), "decline");
  EXPECT_EQ(StateName(response.payment()), "APPROVED");
  EXPECT_TRUE(response.has_acknowledgement());
  // The upstream is not asked at once again: nothing confirms this one, so nothing says yes to it.
  const auto second = Verify(lie, "h2h-bare");
  EXPECT_FALSE(second.refused());
  EXPECT_TRUE(second.event().unconfirmed());
  EXPECT_FALSE(second.has_acknowledgement());
  EXPECT_EQ(StateName(second.payment()), "APPROVED");
}

TEST_P(HintTest, WhatItSaysOfACardIsNotPassedOn) {
  const v1::Payment payment = PayFresh("carded", 70001, "568", "h2h-bare");
  const std::string pan(kVisaTestPan3);
  SandboxNotification notification = Outbox().Of(payment.upstream_reference()).at(0);
  notification.body.replace(notification.body.find("processing"), 10, pan);
  const auto response = Verify(notification, "h2h-bare");
  EXPECT_TRUE(response.event().unconfirmed());
  EXPECT_EQ(response.SerializeAsString().find(pan), std::string::npos);
  EXPECT_EQ(response.SerializeAsString().find(pan.substr(6, 6)), std::string::npos);
  EXPECT_EQ(stage_->vault().output().find(pan.substr(6, 6)), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(H2h, HintTest, ::testing::Values("h2h"));

TEST(NotificationAuditTest, WhatWasRefusedRepeatedAndBelievedIsInTheLog) {
  PaymentStage stage;
  stage.AddPraxisRoute("praxis");
  const v1::Payment payment =
      stage.Pay(PayInOf("praxis", "audited", stage.Token("audited"), 70001));
  const SandboxOutbox outbox(stage.sandbox(), stage.Port("praxis"));
  outbox.Settle("audited", "approved");
  const SandboxNotification good = outbox.Of("audited").back();
  const SandboxNotification forged = outbox.Forge("audited", "signature");
  for (const SandboxNotification& notification : {good, good, forged}) {
    Call call;
    v1::VerifyNotificationResponse response;
    ASSERT_TRUE(stage.vault()
                    .Pay("refund")
                    ->VerifyNotification(call, NotificationOf("praxis", notification), &response)
                    .ok());
  }
  ASSERT_EQ(stage.vault().Stop(), 0);
  int outcomes = 0;
  int repeated = 0;
  int refused = 0;
  for (const AuditEntry& entry : ReadAuditLog(stage.vault().data_directory())) {
    if (entry.leaf.origin.principal != MerchantUri(kMerchant, "refund")) continue;
    if (entry.leaf.action == AuditAction::kNotificationRefused) {
      EXPECT_EQ(entry.leaf.reason, ErrorReason::kUnverified);
      ++refused;
      continue;
    }
    EXPECT_EQ(entry.leaf.object, payment.audit_reference());
    if (entry.leaf.action == AuditAction::kPaymentOutcome) ++outcomes;
    if (entry.leaf.action == AuditAction::kNotificationRepeated) ++repeated;
  }
  EXPECT_EQ(outcomes, 1);
  EXPECT_EQ(repeated, 1);
  EXPECT_EQ(refused, 1);
  ASSERT_TRUE(stage.vault().Start());
}

}  // namespace
}  // namespace cardvault::testing
