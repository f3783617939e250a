#ifndef CARDVAULT_FORWARDER_NOTIFICATION_NOTIFICATION_FIXTURE_FOR_TEST_H_
#define CARDVAULT_FORWARDER_NOTIFICATION_NOTIFICATION_FIXTURE_FOR_TEST_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "base/secret_bytes.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/notification/notification_flow.h"
#include "forwarder/outbound/message_headers.h"
#include "forwarder/outbound/route_secrets.h"
#include "forwarder/payments.h"
#include "forwarder/testing/payment_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {

// Payments that wait for what their upstream tells, and what comes in about them.
class NotificationFixture : public ::testing::Test {
 protected:
  NotificationFixture() : token_(world_.AddCard()) {}

  // What the upstream answers from now on.
  void AnswerWith(const std::vector<std::pair<std::string, std::string>>& fields) {
    world_.outbound.AnswerWith(
        [fields](const OutboundRequest&) { return FakeOutbound::Answered(fields); });
  }
  void AnswerNothing() {
    world_.outbound.AnswerWith([](const OutboundRequest&) {
      return FakeOutbound::Unknown(Unavailable(ErrorReason::kUnspecified, "connection lost"));
    });
  }

  void Pay(const std::string& route, const std::string& payment_id = "pay-1") {
    world_.DepositCvv(token_);
    ASSERT_THAT(world_.PayIn(world_.Input(token_, payment_id, route)), IsOk());
  }

  void AddRoute(const std::string& document) {
    ASSERT_TRUE(world_.routes->Apply(document, false, kOperator)->changed);
  }
  void SetCredential(const std::string& route, const char* name, const char* secret) {
    ASSERT_THAT(world_.routes->SetCredential(*RouteName::Parse(route, "route"), name,
                                             SecretBytes::CopyOf(secret), kOperator),
                IsOk());
  }

  // What signs as the upstream would, and otherwise.
  static RouteSecrets Secrets(const std::string& secret = "MerchantSecretKey") {
    RouteSecrets secrets;
    secrets["merchant_secret"].current =
        std::make_shared<const SecretBytes>(SecretBytes::CopyOf(secret));
    return secrets;
  }

  NotificationResult Verify(const std::string& body, const std::string& route,
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

  storage::v1::PaymentRecord Record(const std::string& payment_id = "pay-1") {
    return *world_.Get(payment_id);
  }
  PaymentState StateNow(const std::string& payment_id = "pay-1") {
    return static_cast<PaymentState>(Record(payment_id).state());
  }

  // Nothing changed of a payment that waited, and nothing is acknowledged.
  void ExpectRefused(const NotificationResult& result, ErrorReason why) {
    EXPECT_EQ(ReasonName(result.refusal), ReasonName(why));
    EXPECT_FALSE(result.acknowledgement.has_value());
    EXPECT_EQ(StateNow(), PaymentState::kPending);
    EXPECT_EQ(Record().timeline_size(), 2);
  }

  const AuditOrigin kOperator{"spiffe://test/operator/one", "operator", ""};
  PaymentWorld world_;
  const Token token_;
  MessageHeaders headers_;  // of the next notification
  absl::Status status_;     // of the last call
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_NOTIFICATION_NOTIFICATION_FIXTURE_FOR_TEST_H_
