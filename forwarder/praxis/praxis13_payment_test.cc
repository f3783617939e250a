#include "forwarder/praxis/praxis13_payment.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/status.h"
#include "forwarder/outbound/signed_plan_for_test.h"
#include "forwarder/testing/test_orders.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixMillis(1700000000123);
constexpr char kJson[] = "application/json; charset=utf-8";

Praxis13Settings Settings() {
  Praxis13Settings settings;
  settings.merchant_id = "Test-Integration-Merchant";
  settings.application_key = "Sandbox";
  settings.gateway = "gw-hash";
  settings.locale = "en-GB";
  settings.card_fields = {"card_number", "exp", "cvv"};
  settings.direct_process_path = "/api/direct-process";
  settings.refund_path = "/direct/refund";
  settings.answer_values = {"status", "transaction.tid"};
  settings.refund_values = {"merchant_id", "application_key", "timestamp",   "order_id",
                            "amount",      "currency",        "reference_id"};
  return settings;
}

PaymentOrder Order(const PaymentRequest& input, const Praxis13Settings& settings) {
  return {input, settings, "order-1", 1500, true, true};
}

PaymentRequest RefundInput() {
  PaymentRequest input = FullPaymentRequest();
  input.kind = PaymentKind::kRefund;
  input.customer = PayingCustomer();
  input.customer.id = "cust-1";
  input.urls = {};
  return input;
}

absl::Status FirstFault(const PaymentOrder& order) {
  FieldFaults faults;
  CheckPraxis13Payment(order, faults);
  return faults.First();
}

TEST(Praxis13PaymentTest, SaleIsTheDocumentsBody) {
  const PaymentRequest input = FullPaymentRequest();
  const Praxis13Settings settings = Settings();
  ASSERT_THAT(FirstFault(Order(input, settings)), IsOk());
  const RequestPlan plan = PlanPraxis13Payment(Order(input, settings), settings);
  EXPECT_EQ(plan.path, "/api/direct-process");
  EXPECT_THAT(
      BodyLines(plan.body),
      ElementsAre("merchant_id=\"Test-Integration-Merchant\"", "application_key=\"Sandbox\"",
                  "version=\"1.3\"", "timestamp=<seconds>", "transaction_type=\"sale\"",
                  "currency=\"USD\"", "amount=1500", "order_id=\"order-1\"", "cid=\"cust-1\"",
                  "locale=\"en-GB\"", "gateway=\"gw-hash\"",
                  "notification_url=\"https://m.example/n\"",
                  "return_url=\"https://m.example/ret\"", "customer_data.first_name=\"Jane\"",
                  "customer_data.last_name=\"Doe\"", "customer_data.email=\"a@example.com\"",
                  "customer_data.phone=\"12125550142\"", "customer_data.dob=\"02/29/1980\"",
                  "customer_data.address=\"1 Main St\"", "customer_data.city=\"New York\"",
                  "customer_data.country=\"US\"", "customer_data.state=\"NY\"",
                  "customer_data.zip=\"10001\"", "card_data.card_number=encrypted <pan>",
                  "card_data.exp=encrypted <MM/YYYY>", "card_data.cvv=encrypted <cvv>",
                  "device_data.ip_address=\"198.51.100.24\""));
  const auto& proof = std::get<ListedValuesProof>(plan.answer.proof);
  EXPECT_EQ(proof.header, "Gt-Authentication");
  EXPECT_EQ(proof.secret_name, "merchant_secret");
  EXPECT_THAT(proof.paths, ElementsAre("status", "transaction.tid"));
  EXPECT_THAT(plan.answer.fields, Contains("transaction.transaction_status"));
}

// The signature and the card fields of upstreams.md, from the order to the bytes.
TEST(Praxis13PaymentTest, SaleHasTheVectorsSignatureAndCiphertexts) {
  const PaymentRequest input = FullPaymentRequest();
  const Praxis13Settings settings = Settings();
  const auto sent = SignForTest(PlanPraxis13Payment(Order(input, settings), settings), kNow);
  ASSERT_THAT(sent, IsOk());
  EXPECT_THAT(
      sent->headers,
      ElementsAre(
          Pair("Content-Type", kJson),
          Pair(
              "Gt-Authentication",
              "5e08b45cd66d5c428014dbad67eab3a338e3c78c2a6b21afc0157401580815d4bd3c29bc39ee462ce906"
              "f46eeee543ef")));
  EXPECT_EQ(sent->body.Find("card_data.card_number")->text,
            "xcQ2p0W2lYloV7zegvHDA+j41WfCWXY7/8A7Z+CC0TQ=");
  EXPECT_EQ(sent->body.Find("card_data.exp")->text, "TGSonza+w9RP3JyZoKr0Ng==");
  EXPECT_EQ(sent->body.Find("card_data.cvv")->text, "Yw0Pkq4/kcVXoIRZ7x7fpA==");
  EXPECT_EQ(sent->body.Find("timestamp")->text, "1700000000");
}

TEST(Praxis13PaymentTest, CardFieldsHaveTheNamesOfTheRoute) {
  const PaymentRequest input = FullPaymentRequest();
  Praxis13Settings settings = Settings();
  settings.card_fields = {"number", "expiry", "code"};
  const RequestPlan plan = PlanPraxis13Payment(Order(input, settings), settings);
  const std::vector<std::string> lines = BodyLines(plan.body);
  EXPECT_THAT(lines, Contains("card_data.number=encrypted <pan>"));
  EXPECT_THAT(lines, Contains("card_data.expiry=encrypted <MM/YYYY>"));
  EXPECT_THAT(lines, Contains("card_data.code=encrypted <cvv>"));
  EXPECT_EQ(std::get<ListedValuesSigner>(plan.signer).paths.back(), "card_data.number");
}

TEST(Praxis13PaymentTest, PlanLeavesOutWhatIsNotKnown) {
  PaymentRequest input = FullPaymentRequest();
  input.customer = {"cust-1", "Jane", "Doe", "a@example.com", "", "", "", "", "", "DE", "", ""};
  input.urls = {"", "https://m.example/ret", ""};
  const Praxis13Settings settings = Settings();
  const RequestPlan plan = PlanPraxis13Payment(Order(input, settings), settings);
  const std::vector<std::string> lines = BodyLines(plan.body);
  EXPECT_EQ(lines.size(), 19u);
  for (const char* name : {"notification_url", "device_data", "customer_data.phone",
                           "customer_data.state", "customer_data.zip"}) {
    EXPECT_THAT(lines, Each(Not(StartsWith(name))));
  }
  // The signature leaves the missing value out, too.
  EXPECT_THAT(SignForTest(plan, kNow), IsOk());
}

TEST(Praxis13PaymentTest, PayoutHasItsWordAndNoCvv) {
  PaymentRequest input = FullPaymentRequest();
  input.kind = PaymentKind::kPayOut;
  const Praxis13Settings settings = Settings();
  PaymentOrder order = Order(input, settings);
  order.with_cvv = false;
  const RequestPlan plan = PlanPraxis13Payment(order, settings);
  EXPECT_EQ(plan.path, "/api/direct-process");
  const std::vector<std::string> lines = BodyLines(plan.body);
  EXPECT_THAT(lines, Contains("transaction_type=\"payout\""));
  EXPECT_THAT(lines, Contains("card_data.card_number=encrypted <pan>"));
  EXPECT_THAT(lines, Each(Not(StartsWith("card_data.cvv"))));
  EXPECT_THAT(lines, Each(Not(StartsWith("reference_id"))));
}

TEST(Praxis13PaymentTest, RefundHasNoCardAndAnIntegerReference) {
  const PaymentRequest input = RefundInput();
  const Praxis13Settings settings = Settings();
  PaymentOrder order = Order(input, settings);
  order.with_cvv = false;
  order.refund_of = "752856";
  ASSERT_THAT(FirstFault(order), IsOk());
  const RequestPlan plan = PlanPraxis13Payment(order, settings);
  EXPECT_EQ(plan.path, "/direct/refund");
  EXPECT_THAT(
      BodyLines(plan.body),
      ElementsAre("merchant_id=\"Test-Integration-Merchant\"", "application_key=\"Sandbox\"",
                  "version=\"1.3\"", "timestamp=<seconds>", "transaction_type=\"refund\"",
                  "currency=\"USD\"", "amount=1500", "order_id=\"order-1\"", "cid=\"cust-1\"",
                  "locale=\"en-GB\"", "reference_id=752856"));
  std::vector<std::string> names;
  for (const PlanField& field : plan.body) names.push_back(field.name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAreArray(kPraxis13RefundMembers));
  EXPECT_TRUE(std::holds_alternative<NoProof>(plan.answer.proof));
  // Computed apart from this code, with Python's hashlib, over the list of Settings().
  const auto sent = SignForTest(plan, kNow);
  ASSERT_THAT(sent, IsOk());
  EXPECT_THAT(
      sent->headers,
      ElementsAre(
          Pair("Content-Type", kJson),
          Pair(
              "Gt-Authentication",
              "c78b515d4a141371660d6bd178ce326f3bc1c2ff03cf13ab5149071c8c319684cb02a7868e31a074cd99"
              "82445b1d2626")));
}

TEST(Praxis13PaymentTest, RefundAnswersAreBelievedByTheirOwnList) {
  const PaymentRequest input = RefundInput();
  Praxis13Settings settings = Settings();
  settings.refund_answer_values = {"timestamp"};
  PaymentOrder order = Order(input, settings);
  order.refund_of = "752856";
  const RequestPlan plan = PlanPraxis13Payment(order, settings);
  EXPECT_THAT(std::get<ListedValuesProof>(plan.answer.proof).paths, ElementsAre("timestamp"));
}

TEST(Praxis13PaymentTest, WithoutAnswerValuesAnAnswerHasNoProof) {
  const PaymentRequest input = FullPaymentRequest();
  Praxis13Settings settings = Settings();
  settings.answer_values.clear();
  const RequestPlan plan = PlanPraxis13Payment(Order(input, settings), settings);
  EXPECT_TRUE(std::holds_alternative<NoProof>(plan.answer.proof));
}

TEST(Praxis13PaymentTest, CheckCoversCustomerAndUrls) {
  const Praxis13Settings settings = Settings();
  for (const PaymentKind kind : {PaymentKind::kPayIn, PaymentKind::kPayOut}) {
    PaymentRequest input = FullPaymentRequest();
    input.kind = kind;
    input.customer.country = "";
    EXPECT_EQ(FieldOf(FirstFault(Order(input, settings))), "customer.country");
    input = FullPaymentRequest();
    input.kind = kind;
    input.urls.return_success_url = "";
    EXPECT_EQ(FieldOf(FirstFault(Order(input, settings))), "urls.return_success_url");
  }
}

TEST(Praxis13PaymentTest, RefundNeedsACustomerIdAndAnIntegerTid) {
  const Praxis13Settings settings = Settings();
  PaymentRequest input = RefundInput();
  PaymentOrder order = Order(input, settings);
  for (const char* bad : {"7528x", "7.5", "x-1", "99999999999999999999"}) {
    order.refund_of = bad;
    EXPECT_THAT(FirstFault(order),
                StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotRefundable))
        << bad;
  }
  order.refund_of = "";  // what a dry run knows when the original has a fault of its own
  EXPECT_THAT(FirstFault(order), IsOk());
  input.customer.id = "";
  EXPECT_EQ(FieldOf(FirstFault(order)), "customer.id");
}

}  // namespace
}  // namespace cardvault
