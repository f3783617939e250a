#include "forwarder/praxis/praxis_payment.h"

#include <algorithm>
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

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;

PraxisSettings Settings() {
  PraxisSettings settings;
  settings.merchant_id = "Test-Integration-Merchant";
  settings.frontend = "Integration TEST USD";
  settings.version = "1.1";
  settings.payout_word = "credit";
  settings.process_path = "/api/process";
  return settings;
}

PaymentOrder Order(const PaymentRequest& input, const PraxisSettings& settings) {
  return {input, settings, "order-1", 1500, true, true};
}

absl::Status FirstFault(const PaymentOrder& order) {
  FieldFaults faults;
  CheckPraxisPayment(order, faults);
  return faults.First();
}

// The fields of the full sale of the vectors, and phone and dob beside them.
TEST(PraxisPaymentTest, PlanIsTheDocumentsBody) {
  const PaymentRequest input = FullPaymentRequest();
  const PraxisSettings settings = Settings();
  ASSERT_THAT(FirstFault(Order(input, settings)), IsOk());
  const RequestPlan plan = PlanPraxisPayment(Order(input, settings), settings);
  EXPECT_EQ(plan.path, "/api/process");
  EXPECT_EQ(std::get<SortedValuesProof>(plan.answer.proof).signature_field, "signature");
  EXPECT_EQ(std::get<SortedValuesProof>(plan.answer.proof).secret_name, "merchant_secret");
  EXPECT_EQ(std::get<SortedValuesSigner>(plan.signer).signature_field, "signature");
  EXPECT_EQ(std::get<SortedValuesSigner>(plan.signer).secret_name, "merchant_secret");
  std::vector<std::string> lines = BodyLines(plan.body);
  std::sort(lines.begin(), lines.end());
  EXPECT_THAT(
      lines,
      ElementsAre("address=\"1 Main St\"", "amount=1500", "card_exp=<MM/YYYY>", "card_number=<pan>",
                  "city=\"New York\"", "country=\"US\"", "currency=\"USD\"", "cvv=<cvv>",
                  "dob=\"02/29/1980\"", "email=\"a@example.com\"", "first_name=\"Jane\"",
                  "frontend=\"Integration TEST USD\"", "last_name=\"Doe\"",
                  "merchant_id=\"Test-Integration-Merchant\"",
                  "notification_url=\"https://m.example/n\"", "order_id=\"order-1\"",
                  "phone=\"12125550142\"", "pin=\"cust-1\"", "requester_ip=\"198.51.100.24\"",
                  "return_url=\"https://m.example/ret\"", "state=\"NY\"", "timestamp=<seconds>",
                  "transaction_type=\"sale\"", "version=\"1.1\"", "zip=\"10001\""));
}

TEST(PraxisPaymentTest, PlanLeavesOutWhatIsNotKnown) {
  PaymentRequest input = FullPaymentRequest();
  input.customer = {"cust-1", "Jane", "Doe", "a@example.com", "", "", "", "", "", "DE", "", ""};
  input.urls = {"", "https://m.example/ret", ""};
  const PraxisSettings settings = Settings();
  const std::vector<std::string> lines =
      BodyLines(PlanPraxisPayment(Order(input, settings), settings).body);
  EXPECT_EQ(lines.size(), 17u);
  for (const char* name :
       {"phone", "dob", "requester_ip", "address", "city", "state", "zip", "notification_url"}) {
    EXPECT_THAT(lines, Each(Not(StartsWith(std::string(name) + "="))));
  }
}

TEST(PraxisPaymentTest, PayoutAndRefundAreTheirWordAndNoCvv) {
  PaymentRequest input = FullPaymentRequest();
  const PraxisSettings settings = Settings();
  PaymentOrder order = Order(input, settings);
  order.with_cvv = false;
  input.kind = PaymentKind::kPayOut;
  std::vector<std::string> lines = BodyLines(PlanPraxisPayment(order, settings).body);
  EXPECT_THAT(lines, Contains("transaction_type=\"credit\""));
  EXPECT_THAT(lines, Contains("card_number=<pan>"));
  EXPECT_THAT(lines, Each(Not(StartsWith("cvv="))));
  EXPECT_THAT(lines, Each(Not(StartsWith("reference_id="))));

  input.kind = PaymentKind::kRefund;
  order.refund_of = "752856";
  lines = BodyLines(PlanPraxisPayment(order, settings).body);
  EXPECT_THAT(lines, Contains("transaction_type=\"refund\""));
  EXPECT_THAT(lines, Contains("reference_id=\"752856\""));
  EXPECT_THAT(lines, Contains("card_number=<pan>"));
  EXPECT_THAT(lines, Contains("card_exp=<MM/YYYY>"));
  EXPECT_THAT(lines, Each(Not(StartsWith("cvv="))));
}

TEST(PraxisPaymentTest, CheckCoversCustomerAndUrls) {
  const PraxisSettings settings = Settings();
  PaymentRequest input = FullPaymentRequest();
  input.customer.country = "";
  EXPECT_EQ(FieldOf(FirstFault(Order(input, settings))), "customer.country");
  input = FullPaymentRequest();
  input.urls.return_success_url = "";
  EXPECT_EQ(FieldOf(FirstFault(Order(input, settings))), "urls.return_success_url");
}

}  // namespace
}  // namespace cardvault
