#include "forwarder/praxis/praxis_sale.h"

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
  settings.process_path = "/api/process";
  return settings;
}

PayInOrder Order(const PayInInput& input, const PraxisSettings& settings) {
  return {input, settings, "order-1", 1500, true, true};
}

// The fields of the full sale of the vectors, and phone and dob beside them.
TEST(PraxisSaleTest, PlanIsTheDocumentsBody) {
  const PayInInput input = FullPayInInput();
  const PraxisSettings settings = Settings();
  ASSERT_THAT(CheckPraxisSale(Order(input, settings)), IsOk());
  const RequestPlan plan = PlanPraxisSale(Order(input, settings), settings);
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

TEST(PraxisSaleTest, PlanLeavesOutWhatIsNotKnown) {
  PayInInput input = FullPayInInput();
  input.customer = {"cust-1", "Jane", "Doe", "a@example.com", "", "", "", "", "", "DE", "", ""};
  input.urls = {"", "https://m.example/ret", ""};
  const PraxisSettings settings = Settings();
  const std::vector<std::string> lines =
      BodyLines(PlanPraxisSale(Order(input, settings), settings).body);
  EXPECT_EQ(lines.size(), 17u);
  for (const char* name :
       {"phone", "dob", "requester_ip", "address", "city", "state", "zip", "notification_url"}) {
    EXPECT_THAT(lines, Each(Not(StartsWith(std::string(name) + "="))));
  }
}

TEST(PraxisSaleTest, CheckCoversCustomerAndUrls) {
  const PraxisSettings settings = Settings();
  PayInInput input = FullPayInInput();
  input.customer.country = "";
  EXPECT_EQ(FieldOf(CheckPraxisSale(Order(input, settings))), "customer.country");
  input = FullPayInInput();
  input.urls.return_success_url = "";
  EXPECT_EQ(FieldOf(CheckPraxisSale(Order(input, settings))), "urls.return_success_url");
}

}  // namespace
}  // namespace cardvault
