#include "forwarder/h2h/h2h_payment.h"

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"
#include "forwarder/testing/test_orders.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::Not;

H2hSettings Settings() {
  H2hSettings settings;
  settings.payin_cascade_id = "cascade-in";
  settings.payout_cascade_id = "cascade-out";
  settings.payin_path = "/api/payment/payin/card";
  settings.payout_path = "/api/payment/payout/card";
  settings.signer.wallet_uid = "wallet-1";
  settings.signer.canonical_template = "{body}";
  return settings;
}

PaymentOrder Order(const PaymentRequest& input, const H2hSettings& settings) {
  return {input, settings, "order-1", 1500, true, true};
}

absl::Status FirstFault(const PaymentOrder& order) {
  FieldFaults faults;
  CheckH2hPayment(order, faults);
  return faults.First();
}

void ExpectRefused(std::function<void(PaymentRequest&)> change, ErrorReason reason,
                   absl::string_view field) {
  SCOPED_TRACE(std::string(field));
  PaymentRequest input = FullPaymentRequest();
  change(input);
  const H2hSettings settings = Settings();
  const absl::Status status = FirstFault(Order(input, settings));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, reason));
  EXPECT_EQ(FieldOf(status), field);
}

TEST(H2hPaymentTest, PlanIsTheDocumentsBody) {
  const PaymentRequest input = FullPaymentRequest();
  const H2hSettings settings = Settings();
  ASSERT_THAT(FirstFault(Order(input, settings)), IsOk());
  const RequestPlan plan = PlanH2hPayment(Order(input, settings), settings);
  EXPECT_EQ(plan.path, "/api/payment/payin/card");
  EXPECT_TRUE(std::holds_alternative<NoProof>(plan.answer.proof));
  EXPECT_EQ(std::get<CanonicalHmacSigner>(plan.signer).wallet_uid, "wallet-1");
  EXPECT_THAT(
      BodyLines(plan.body),
      ElementsAre("cascade_id=\"cascade-in\"", "payment.payment_id=\"order-1\"",
                  "payment.currency=\"USD\"", "payment.amount=1500",
                  "payment.description=\"Two books\"", "card.pan=<pan>", "card.year=<year>",
                  "card.month=<month>", "card.card_holder=<name>", "card.cvv=<cvv>",
                  "customer.id=\"cust-1\"", "customer.full_name=\"Jane Doe\"",
                  "customer.email=\"a@example.com\"", "customer.ip_address=\"198.51.100.24\"",
                  "workflow_hooks.callback_url=\"https://m.example/n\"",
                  "workflow_hooks.return_success_url=\"https://m.example/ret\"",
                  "workflow_hooks.return_decline_url=\"https://m.example/no\""));
}

TEST(H2hPaymentTest, PlanFillsWhatTheApiLeavesOptional) {
  PaymentRequest input = FullPaymentRequest();
  input.description = "";
  input.customer.ip_address = "";
  input.customer.first_name = "";
  input.urls.return_decline_url = "";
  const H2hSettings settings = Settings();
  PaymentOrder order = Order(input, settings);
  order.with_cvv = false;
  order.with_cardholder_name = false;
  ASSERT_THAT(FirstFault(order), IsOk());
  const std::vector<std::string> lines = BodyLines(PlanH2hPayment(order, settings).body);
  EXPECT_THAT(lines, ::testing::Contains("payment.description=\"order-1\""));
  EXPECT_THAT(lines, ::testing::Contains("card.card_holder=\"Doe\""));
  EXPECT_THAT(lines, ::testing::Contains("customer.full_name=\"Doe\""));
  EXPECT_THAT(lines,
              ::testing::Contains("workflow_hooks.return_decline_url=\"https://m.example/ret\""));
  EXPECT_THAT(lines, Not(::testing::Contains(::testing::HasSubstr("cvv"))));
  EXPECT_THAT(lines, Not(::testing::Contains(::testing::HasSubstr("ip_address"))));
}

TEST(H2hPaymentTest, PayOutHasItsOwnCascadeAndPathAndNeedsNoEmailOrReturnUrl) {
  PaymentRequest input = FullPaymentRequest();
  input.kind = PaymentKind::kPayOut;
  input.customer = {"cust-1", "Jane", "Doe", "", "", "", "", "", "", "", "", ""};
  input.urls = {"https://m.example/n", "", ""};
  const H2hSettings settings = Settings();
  PaymentOrder order = Order(input, settings);
  order.with_cvv = false;
  ASSERT_THAT(FirstFault(order), IsOk());
  const RequestPlan plan = PlanH2hPayment(order, settings);
  EXPECT_EQ(plan.path, "/api/payment/payout/card");
  EXPECT_THAT(BodyLines(plan.body),
              ElementsAre("cascade_id=\"cascade-out\"", "payment.payment_id=\"order-1\"",
                          "payment.currency=\"USD\"", "payment.amount=1500",
                          "payment.description=\"Two books\"", "card.pan=<pan>", "card.year=<year>",
                          "card.month=<month>", "card.card_holder=<name>", "customer.id=\"cust-1\"",
                          "customer.full_name=\"Jane Doe\"",
                          "workflow_hooks.callback_url=\"https://m.example/n\""));
  input.urls.notification_url = "";
  EXPECT_EQ(FieldOf(FirstFault(order)), "urls.notification_url");
}

// A dry run tells them all.
TEST(H2hPaymentTest, CheckFindsEveryFault) {
  PaymentRequest input = FullPaymentRequest();
  input.customer.email = "nobody";
  input.customer.ip_address = "1.2.3";
  input.urls.notification_url = "";
  const H2hSettings settings = Settings();
  FieldFaults faults;
  CheckH2hPayment(Order(input, settings), faults);
  std::vector<std::string> fields;
  for (const absl::Status& fault : faults.all()) fields.emplace_back(FieldOf(fault));
  EXPECT_THAT(fields,
              ElementsAre("customer.email", "customer.ip_address", "urls.notification_url"));
}

TEST(H2hPaymentTest, CheckNamesTheFieldAtFault) {
  constexpr auto kMissing = ErrorReason::kFieldMissing;
  constexpr auto kInvalid = ErrorReason::kFieldInvalid;
  ExpectRefused([](auto& i) { i.customer.id = ""; }, kMissing, "customer.id");
  ExpectRefused([](auto& i) { i.customer.id = "a b"; }, ErrorReason::kIdInvalid, "customer.id");
  ExpectRefused([](auto& i) { i.customer.first_name = i.customer.last_name = ""; }, kMissing,
                "customer.first_name");
  ExpectRefused([](auto& i) { i.customer.first_name = std::string(256, 'x'); }, kInvalid,
                "customer.first_name");
  ExpectRefused([](auto& i) { i.customer.last_name = std::string(256, 'x'); }, kInvalid,
                "customer.last_name");
  ExpectRefused([](auto& i) { i.customer.email = ""; }, kMissing, "customer.email");
  ExpectRefused([](auto& i) { i.customer.email = "nobody"; }, kInvalid, "customer.email");
  ExpectRefused([](auto& i) { i.customer.email = std::string(250, 'x') + "@x.example"; }, kInvalid,
                "customer.email");
  ExpectRefused([](auto& i) { i.customer.ip_address = "1.2.3"; }, kInvalid, "customer.ip_address");
  ExpectRefused([](auto& i) { i.description = std::string(256, 'x'); }, kInvalid, "description");
  ExpectRefused([](auto& i) { i.urls.notification_url = ""; }, kMissing, "urls.notification_url");
  ExpectRefused([](auto& i) { i.urls.return_success_url = ""; }, kMissing,
                "urls.return_success_url");
  const std::string long_url = "https://m.example/" + std::string(1000, 'x');
  ExpectRefused([&](auto& i) { i.urls.notification_url = long_url; }, kInvalid,
                "urls.notification_url");
  ExpectRefused([&](auto& i) { i.urls.return_success_url = long_url; }, kInvalid,
                "urls.return_success_url");
  ExpectRefused([&](auto& i) { i.urls.return_decline_url = long_url; }, kInvalid,
                "urls.return_decline_url");
}

}  // namespace
}  // namespace cardvault
