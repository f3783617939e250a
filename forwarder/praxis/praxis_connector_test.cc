#include "forwarder/praxis/praxis_connector.h"

#include <memory>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "forwarder/route.h"
#include "forwarder/testing/fake_outbound.h"
#include "forwarder/testing/route_documents.h"
#include "forwarder/testing/test_orders.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using State = PaymentState;

std::shared_ptr<const Route> Parse(const std::string& document) {
  const ParsedRoute parsed = ParseRoute(document);
  EXPECT_THAT(parsed.mistakes, ::testing::IsEmpty());
  return parsed.route;
}

// The connector takes each route for what its profile says.
class PraxisConnectorTest : public ::testing::Test {
 protected:
  const ConnectorSettings& Settings11() const { return *route11_->settings; }
  const ConnectorSettings& Settings13() const { return *route13_->settings; }

  std::string PathOf(const ConnectorSettings& settings) const {
    return connector_.PlanOrder({input_, settings, "order-1", 1500, true, true}).path;
  }

  // The first fault of a refund without urls and person.
  absl::Status FaultOfRefund(const ConnectorSettings& settings) const {
    PaymentRequest refund = input_;
    refund.kind = PaymentKind::kRefund;
    refund.customer = PayingCustomer();
    refund.customer.id = "cust-1";
    refund.urls = {};
    FieldFaults faults;
    connector_.CheckOrder({refund, settings, "order-1", 1500, false, false, "7"}, faults);
    return faults.First();
  }

  const PraxisConnector connector_{};
  const PaymentRequest input_ = FullPaymentRequest();
  const SentPayment sent_ = {"order-1", "USD", 1500, 2, 2};
  const std::shared_ptr<const Route> route11_ = Parse(kPraxisRouteDocument);
  const std::shared_ptr<const Route> route13_ = Parse(kPraxis13RouteDocument);
};

TEST_F(PraxisConnectorTest, OrdersAndLookUps) {
  EXPECT_EQ(PathOf(Settings11()), "/api/process");
  EXPECT_EQ(PathOf(Settings13()), "/api/direct-process");
  EXPECT_EQ(connector_.PlanStatus(sent_, Settings11()).front().path, "/api/find-order");
  const std::vector<RequestPlan> plans = connector_.PlanStatus(sent_, Settings13());
  ASSERT_EQ(plans.size(), 1u);
  EXPECT_EQ(plans.front().path, "/agent/find-order");
  EXPECT_THAT(connector_.CredentialNames(Settings13()), ElementsAre("merchant_secret"));
}

TEST_F(PraxisConnectorTest, AnswersAndStatusAnswers) {
  const OutboundAnswer flat = FakeOutbound::Answered({{"transaction_status", "approved"}});
  const OutboundAnswer nested =
      FakeOutbound::Answered({{"transaction.transaction_status", "approved"}});
  EXPECT_EQ(connector_.ReadAnswer(flat, sent_).state, State::kApproved);
  EXPECT_EQ(connector_.ReadAnswer(nested, sent_).state, State::kApproved);
  EXPECT_EQ(connector_.ReadStatus(flat, sent_, Settings11()).outcome.state, State::kApproved);
  EXPECT_EQ(connector_.ReadStatus(nested, sent_, Settings13()).outcome.state, State::kApproved);
  EXPECT_EQ(connector_.ReadStatus(flat, sent_, Settings13()).kind, StatusReport::Kind::kUseless);
}

TEST_F(PraxisConnectorTest, NotFoundIsWhatTheRoutesAccountSays) {
  const OutboundAnswer answer =
      FakeOutbound::Answered({{"status", "8"}, {"description", "Keine Bestellung"}});
  for (const char* document : {kPraxisRouteDocument, kPraxis13RouteDocument}) {
    EXPECT_EQ(connector_.ReadStatus(answer, sent_, *Parse(document)->settings).kind,
              StatusReport::Kind::kUseless);
    const auto german =
        Parse(absl::StrCat(document, "  not_found_description: Keine Bestellung\n"));
    EXPECT_EQ(connector_.ReadStatus(answer, sent_, *german->settings).kind,
              StatusReport::Kind::kNotFound);
  }
}

TEST_F(PraxisConnectorTest, RefundsOf13NeedRefundValues) {
  const absl::Status refused = connector_.CheckOffered(PaymentKind::kRefund, Settings13());
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnimplemented, ErrorReason::kNotOffered));
  EXPECT_THAT(connector_.CheckOffered(PaymentKind::kPayIn, Settings13()), IsOk());
  EXPECT_THAT(connector_.CheckOffered(PaymentKind::kPayOut, Settings13()), IsOk());
  EXPECT_THAT(connector_.CheckOffered(PaymentKind::kRefund, Settings11()), IsOk());
  const auto with_values =
      Parse(absl::StrCat(kPraxis13RouteDocument, "  refund_values: [timestamp, reference_id]\n"));
  EXPECT_THAT(connector_.CheckOffered(PaymentKind::kRefund, *with_values->settings), IsOk());
}

TEST_F(PraxisConnectorTest, RefundsOf13HaveATidAndNoCard) {
  EXPECT_TRUE(connector_.RefundNeedsCard(Settings11()));
  EXPECT_FALSE(connector_.RefundNeedsCard(Settings13()));
  EXPECT_EQ(connector_.RefundIdName(Settings11()), "trace_id");
  EXPECT_EQ(connector_.RefundIdName(Settings13()), "tid");
  EXPECT_FALSE(FaultOfRefund(Settings11()).ok());
  EXPECT_THAT(FaultOfRefund(Settings13()), IsOk());
}

TEST_F(PraxisConnectorTest, NotificationsAndTheirAcknowledgements) {
  EXPECT_TRUE(
      std::holds_alternative<SortedValuesProof>(connector_.NotificationRule(Settings11()).proof));
  EXPECT_TRUE(
      std::holds_alternative<ListedValuesProof>(connector_.NotificationRule(Settings13()).proof));
  const ReadMessage message{true, true, {{"transaction_status", "approved", true}}, false};
  EXPECT_TRUE(connector_.ReadNotification(message, {}, Settings11()).needs_confirming);
  EXPECT_TRUE(connector_.ReadNotification(message, {}, Settings13()).needs_confirming);
  EXPECT_EQ(connector_.ReadNotifiedOutcome(message, sent_, Settings11()).state, State::kApproved);
  EXPECT_EQ(connector_.ReadNotifiedOutcome(message, sent_, Settings13()).state, State::kInDoubt);
  EXPECT_TRUE(std::holds_alternative<SortedValuesSigner>(
      connector_.PlanAcknowledgement(Settings11()).signer));
  EXPECT_TRUE(std::holds_alternative<ListedValuesSigner>(
      connector_.PlanAcknowledgement(Settings13()).signer));
}

}  // namespace
}  // namespace cardvault
