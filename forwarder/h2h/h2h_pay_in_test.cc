#include "forwarder/h2h/h2h_pay_in.h"

#include <functional>
#include <string>
#include <variant>

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
  settings.payin_path = "/api/payment/payin/card";
  settings.signer.wallet_uid = "wallet-1";
  settings.signer.canonical_template = "{body}";
  return settings;
}

PayInOrder Order(const PayInInput& input, const H2hSettings& settings) {
  return {input, settings, "order-1", 1500, true, true};
}

void ExpectRefused(std::function<void(PayInInput&)> change, ErrorReason reason,
                   absl::string_view field) {
  SCOPED_TRACE(std::string(field));
  PayInInput input = FullPayInInput();
  change(input);
  const H2hSettings settings = Settings();
  const absl::Status status = CheckH2hPayIn(Order(input, settings));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, reason));
  EXPECT_EQ(FieldOf(status), field);
}

TEST(H2hPayInTest, PlanIsTheDocumentsBody) {
  const PayInInput input = FullPayInInput();
  const H2hSettings settings = Settings();
  ASSERT_THAT(CheckH2hPayIn(Order(input, settings)), IsOk());
  const RequestPlan plan = PlanH2hPayIn(Order(input, settings), settings);
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

TEST(H2hPayInTest, PlanFillsWhatTheApiLeavesOptional) {
  PayInInput input = FullPayInInput();
  input.description = "";
  input.customer.ip_address = "";
  input.customer.first_name = "";
  input.urls.return_decline_url = "";
  const H2hSettings settings = Settings();
  PayInOrder order = Order(input, settings);
  order.with_cvv = false;
  order.with_cardholder_name = false;
  ASSERT_THAT(CheckH2hPayIn(order), IsOk());
  const std::vector<std::string> lines = BodyLines(PlanH2hPayIn(order, settings).body);
  EXPECT_THAT(lines, ::testing::Contains("payment.description=\"order-1\""));
  EXPECT_THAT(lines, ::testing::Contains("card.card_holder=\"Doe\""));
  EXPECT_THAT(lines, ::testing::Contains("customer.full_name=\"Doe\""));
  EXPECT_THAT(lines,
              ::testing::Contains("workflow_hooks.return_decline_url=\"https://m.example/ret\""));
  EXPECT_THAT(lines, Not(::testing::Contains(::testing::HasSubstr("cvv"))));
  EXPECT_THAT(lines, Not(::testing::Contains(::testing::HasSubstr("ip_address"))));
}

TEST(H2hPayInTest, CheckNamesTheFieldAtFault) {
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
