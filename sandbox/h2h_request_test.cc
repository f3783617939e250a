#include "sandbox/h2h_request.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr int64_t kNow = 1'700'000'000;

std::string ProblemOf(const JsonValue& body, H2hKind kind = H2hKind::kPayIn) {
  H2hCardRequest request;
  const auto problem = ReadH2hCardRequest(body, kind, kNow, request);
  return problem ? problem->Text() : "";
}

// The sample pay-in with one member of one of its objects set, or left out when it is null.
JsonValue Changed(absl::string_view outer, absl::string_view name, JsonValue value) {
  JsonValue body = SamplePayIn("pay-1", 1500, "568");
  JsonValue object = *body.Find(outer);
  object.Erase(name);
  if (value.kind() != JsonValue::Kind::kNull) object.Set(name, std::move(value));
  body.Set(outer, std::move(object));
  return body;
}

TEST(H2hRequestTest, ReadsARightPayIn) {
  H2hCardRequest request;
  EXPECT_FALSE(ReadH2hCardRequest(SamplePayIn("pay-1", 1500, "568"), H2hKind::kPayIn, kNow, request)
                   .has_value());
  EXPECT_EQ(request.payment_id, "pay-1");
  EXPECT_EQ(request.amount, 1500);
  EXPECT_EQ(request.cascade_id, "sandbox-payin");
}

TEST(H2hRequestTest, MissesEveryRequiredFieldOfAPayIn) {
  const std::pair<const char*, const char*> required[] = {{"payment", "payment_id"},
                                                          {"payment", "currency"},
                                                          {"payment", "amount"},
                                                          {"payment", "description"},
                                                          {"card", "pan"},
                                                          {"card", "year"},
                                                          {"card", "month"},
                                                          {"card", "card_holder"},
                                                          {"card", "cvv"},
                                                          {"customer", "id"},
                                                          {"customer", "full_name"},
                                                          {"customer", "email"},
                                                          {"workflow_hooks", "callback_url"},
                                                          {"workflow_hooks", "return_success_url"},
                                                          {"workflow_hooks", "return_decline_url"}};
  for (const auto& [outer, name] : required) {
    EXPECT_EQ(ProblemOf(Changed(outer, name, JsonValue::Null())),
              std::string(outer) + "." + name + ": required");
  }
  EXPECT_EQ(ProblemOf(Changed("customer", "ip_address", JsonValue::Null())), "");
}

TEST(H2hRequestTest, RefusesWrongTypesAndForms) {
  const auto problem = [](absl::string_view outer, absl::string_view name, JsonValue value) {
    return ProblemOf(Changed(outer, name, std::move(value)));
  };
  EXPECT_EQ(problem("card", "year", JsonValue::String("2030")), "card.year: must be an integer");
  EXPECT_EQ(problem("card", "year", JsonValue::Number(30)), "card.year: out of range");
  EXPECT_EQ(problem("card", "year", JsonValue::Number(2022)), "card.year: the card has expired");
  EXPECT_EQ(problem("card", "month", JsonValue::String("12")), "card.month: must be an integer");
  EXPECT_EQ(problem("card", "month", JsonValue::Number(0)), "card.month: out of range");
  EXPECT_EQ(problem("card", "month", JsonValue::Number(13)), "card.month: out of range");
  EXPECT_EQ(problem("card", "cvv", JsonValue::Number(568)), "card.cvv: must be a string");
  EXPECT_EQ(problem("card", "cvv", JsonValue::String("56x")), "card.cvv: must be 3 or 4 digits");
  EXPECT_EQ(problem("card", "pan", JsonValue::Number(1)), "card.pan: must be a string");
  EXPECT_EQ(problem("payment", "amount", JsonValue::NumberLiteral("15.00")),
            "payment.amount: must be an integer");
  EXPECT_EQ(problem("payment", "currency", JsonValue::String("usd")),
            "payment.currency: unknown currency");
  EXPECT_EQ(problem("customer", "phone", JsonValue::String("x")), "customer.phone: unknown field");
}

TEST(H2hRequestTest, PayoutNeedsWhatItsExampleShows) {
  JsonValue body = Changed("card", "cvv", JsonValue::Null());
  JsonValue customer = JsonValue::Object();
  customer.Set("id", JsonValue::String("cust-1"));
  customer.Set("full_name", JsonValue::String("Jane Doe"));
  body.Set("customer", customer);
  JsonValue hooks = JsonValue::Object();
  hooks.Set("callback_url", JsonValue::String("https://m.example/n"));
  body.Set("workflow_hooks", hooks);
  EXPECT_EQ(ProblemOf(body, H2hKind::kPayOut), "");
  EXPECT_EQ(ProblemOf(body, H2hKind::kPayIn), "card.cvv: required");
}

TEST(H2hRequestTest, StatusTakesOneField) {
  std::string id;
  JsonValue body = JsonValue::Object();
  EXPECT_EQ(ReadH2hStatusRequest(body, id)->Text(), "merchant_payment_id: required");
  body.Set("merchant_payment_id", JsonValue::String("pay-1"));
  EXPECT_FALSE(ReadH2hStatusRequest(body, id).has_value());
  EXPECT_EQ(id, "pay-1");
}

}  // namespace
}  // namespace cardvault::sandbox
