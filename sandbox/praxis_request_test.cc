#include "sandbox/praxis_request.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "card/test_pans.h"
#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr int64_t kNow = 1'700'000'000;

std::string ProblemOf(const JsonValue& message) {
  PraxisCardRequest request;
  const auto problem = ReadPraxisCardRequest(message, "payout", kNow, request);
  return problem ? problem->Text() : "";
}

JsonValue Without(JsonValue message, absl::string_view name) {
  message.Erase(name);
  return message;
}

JsonValue Sale() { return SampleSale("order-1", 1500, "568", kNow); }

std::string With(absl::string_view name, JsonValue value) {
  JsonValue sale = Sale();
  sale.Set(name, std::move(value));
  return ProblemOf(sale);
}

TEST(PraxisRequestTest, ReadsARightSale) {
  PraxisCardRequest request;
  EXPECT_FALSE(ReadPraxisCardRequest(Sale(), "payout", kNow, request).has_value());
  EXPECT_EQ(request.kind, PraxisKind::kSale);
  EXPECT_EQ(request.order_id, "order-1");
  EXPECT_EQ(request.amount, 1500);
  EXPECT_EQ(request.cvv, "568");
}

TEST(PraxisRequestTest, MissesEveryRequiredField) {
  for (absl::string_view name :
       {"amount", "currency", "card_number", "cvv", "card_exp", "pin", "country", "first_name",
        "last_name", "return_url", "order_id", "transaction_type"}) {
    EXPECT_EQ(ProblemOf(Without(Sale(), name)), std::string(name) + ": required");
  }
  EXPECT_EQ(ProblemOf(Without(Sale(), "zip")), "zip: required for US and CA");
  for (absl::string_view name :
       {"email", "requester_ip", "address", "city", "state", "notification_url"}) {
    EXPECT_EQ(ProblemOf(Without(Sale(), name)), "");
  }
}

TEST(PraxisRequestTest, AppliesEveryLengthLimit) {
  struct Case {
    const char* name;
    size_t limit;
  };
  for (const Case& test :
       {Case{"pin", 50}, Case{"address", 50}, Case{"city", 50}, Case{"first_name", 25},
        Case{"last_name", 25}, Case{"order_id", 50}, Case{"zip", 12}}) {
    EXPECT_EQ(With(test.name, JsonValue::String(std::string(test.limit, 'x'))), "") << test.name;
    EXPECT_EQ(With(test.name, JsonValue::String(std::string(test.limit + 1, 'x'))),
              std::string(test.name) + ": longer than " + std::to_string(test.limit));
  }
  const std::string url = "https://m.example/";
  for (const char* name : {"return_url", "notification_url"}) {
    EXPECT_EQ(With(name, JsonValue::String(url + std::string(256 - url.size(), 'x'))), "");
    EXPECT_EQ(With(name, JsonValue::String(url + std::string(257 - url.size(), 'x'))),
              std::string(name) + ": longer than 256");
  }
  EXPECT_EQ(With("email", JsonValue::String(std::string(40, 'a') + "@example.com")),
            "email: longer than 50");
}

TEST(PraxisRequestTest, RefusesWrongTypesAndForms) {
  EXPECT_EQ(With("amount", JsonValue::String("1500")), "amount: must be an integer");
  EXPECT_EQ(With("amount", JsonValue::NumberLiteral("1500.0")), "amount: must be an integer");
  EXPECT_EQ(With("amount", JsonValue::Number(0)), "amount: out of range");
  EXPECT_EQ(With("currency", JsonValue::String("XXX")), "currency: unknown currency");
  EXPECT_EQ(With("cvv", JsonValue::Number(568)), "cvv: must be a string");
  EXPECT_EQ(With("cvv", JsonValue::String("56")), "cvv: must be 3 or 4 digits");
  EXPECT_EQ(With("card_exp", JsonValue::String("12/30")), "card_exp: must be MM/YYYY");
  EXPECT_EQ(With("card_exp", JsonValue::String("10/2023")), "card_exp: the card has expired");
  EXPECT_EQ(With("phone", JsonValue::Number(442071838750)), "phone: must be a string");
  EXPECT_EQ(With("phone", JsonValue::String("123456")),
            "phone: must be 6 digits or more and no dummy sequence");
  EXPECT_EQ(With("requester_ip", JsonValue::String("localhost")),
            "requester_ip: must be an IP address");
  EXPECT_EQ(With("dob", JsonValue::String("1980-01-02")), "dob: must be MM/DD/YYYY");
  EXPECT_EQ(With("transaction_type", JsonValue::String("credit")),
            "transaction_type: unknown word");
  EXPECT_EQ(With("order_id", JsonValue::String(kVisaTestPan)),
            "order_id: must be an id without card number");
  EXPECT_EQ(With("reference_id", JsonValue::String("1")),
            "reference_id: only a refund may carry it");
  EXPECT_EQ(With("gateway", JsonValue::String("x")), "gateway: unknown field");
}

TEST(PraxisRequestTest, StateAndZipDependOnTheCountry) {
  EXPECT_EQ(With("state", JsonValue::String("New York")), "state: longer than 2");
  EXPECT_EQ(With("state", JsonValue::String("ny")), "state: must be two letters");
  EXPECT_EQ(With("country", JsonValue::String("DE")), "state: only for US, CA and AU");
  JsonValue german = Without(Without(Sale(), "state"), "zip");
  german.Set("country", JsonValue::String("DE"));
  EXPECT_EQ(ProblemOf(german), "");
  EXPECT_EQ(With("country", JsonValue::String("UK")), "country: must be ISO 3166-1 alpha-2");
}

TEST(PraxisRequestTest, PayoutAndRefundCarryNoCvv) {
  JsonValue payout = Sale();
  payout.Set("transaction_type", JsonValue::String("payout"));
  EXPECT_EQ(ProblemOf(payout), "cvv: only a sale may carry it");
  EXPECT_EQ(ProblemOf(Without(payout, "cvv")), "");
  JsonValue refund = Without(payout, "cvv");
  refund.Set("transaction_type", JsonValue::String("refund"));
  EXPECT_EQ(ProblemOf(refund), "reference_id: required");
  refund.Set("reference_id", JsonValue::String("752856"));
  EXPECT_EQ(ProblemOf(refund), "");
}

TEST(PraxisRequestTest, NoProblemShowsAValue) {
  const JsonValue sale = Sale();
  for (const auto& [name, value] : sale.members()) {
    if (name == "timestamp" || name == "version" || name == "merchant_id" || name == "frontend") {
      continue;
    }
    const std::string text = With(name, JsonValue::String(std::string(300, '7')));
    EXPECT_NE(text, "") << name;
    EXPECT_FALSE(absl::StrContains(text, "777")) << name;
  }
}

}  // namespace
}  // namespace cardvault::sandbox
