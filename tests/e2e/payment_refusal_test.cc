// What is wrong with a payment is said, with its field, before anything is committed or sent: the
// gateways hear of none of it, and the id stays free.

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tests/testing/payment_stage.h"

namespace cardvault::testing {
namespace {

// The customer and the URLs are the same message in every request.
struct Parts {
  v1::Customer& customer;
  v1::PaymentUrls& urls;
};

struct FieldCase {
  const char* name;
  std::function<void(Parts)> spoil;
  const char* refused;  // "REASON field"
};

struct AmountCase {
  const char* name;
  int64_t amount;
  const char* currency;
  const char* route;
  const char* refused;
};

class PaymentRefusalTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    stage_ = new PaymentStage;
    stage_->AddPraxisRoute("praxis");
    stage_->AddH2hRoute("h2h");
    stage_->AddForeignRoute("theirs", kOtherMerchant);
    AddCoarseRoute();
    token_ = stage_->Token("payer");
    ASSERT_EQ(StateName(stage_->Pay(PayInOf("praxis", "sale", token_, 1500))), "APPROVED");
    token_ = stage_->Token("payer-again");
    posts_before_ = Posts();
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(Posts(), posts_before_);
    delete stage_;
  }

  // One whose wire has no cents, and whose dinars have no thousandths.
  static void AddCoarseRoute() {
    const std::string listed = "{USD: 2, EUR: 2, JPY: 0}";
    std::string document = stage_->sandbox().PraxisRoute(
        "coarse", kMerchant, stage_->vault().directory().File("ca.pem"));
    document.replace(document.find(listed), listed.size(), "{USD: 0, BHD: 0}");
    stage_->vault().ApplyRoute(document, "coarse", "merchant_secret", kPraxisSecret);
  }

  static int Posts() {
    return stage_->sandbox().Total(stage_->Port("praxis")).posts +
           stage_->sandbox().Total(stage_->Port("h2h")).posts;
  }

  template <typename Request>
  static std::string Refusal(const Request& request) {
    const PaymentAnswer answer = stage_->Try(request);
    EXPECT_NE(answer.code, grpc::StatusCode::OK);
    EXPECT_EQ(Posts(), posts_before_);
    // Nothing was committed under the id.
    Call call;
    v1::GetPaymentRequest get;
    get.set_payment_id("refused");
    v1::GetPaymentResponse got;
    if (request.payment_id() == "refused") {
      EXPECT_FALSE(stage_->vault().PayIn()->GetPayment(call, get, &got).ok());
      EXPECT_EQ(call.reason(), "PAYMENT_NOT_FOUND");
    }
    return answer.reason + " " + answer.field;
  }

  static v1::PayInRequest In(const std::string& route) {
    return PayInOf(route, "refused", token_, 1500);
  }
  static v1::PayOutRequest Out(const std::string& route) {
    return PayOutOf(route, "refused", token_, 1500);
  }

  static PaymentStage* stage_;
  static std::string token_;
  static int posts_before_;
};

PaymentStage* PaymentRefusalTest::stage_ = nullptr;
std::string PaymentRefusalTest::token_;
int PaymentRefusalTest::posts_before_ = 0;

TEST_F(PaymentRefusalTest, AmountsAndCurrencies) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const std::vector<AmountCase> cases = {
      {"zero", 0, "USD", "praxis", "AMOUNT_INVALID amount"},
      {"negative", -1, "USD", "praxis", "AMOUNT_INVALID amount"},
      {"least", std::numeric_limits<int64_t>::min(), "USD", "h2h", "AMOUNT_INVALID amount"},
      {"unlisted", 1500, "GBP", "praxis", "CURRENCY_UNSUPPORTED currency"},
      {"unlisted by h2h", 1500, "GBP", "h2h", "CURRENCY_UNSUPPORTED currency"},
      {"no code", 1500, "usd", "praxis", "FIELD_INVALID currency"},
      {"no currency at all", 1500, "XXZ", "praxis", "CURRENCY_UNSUPPORTED currency"},
      {"no cents on the wire", 1550, "USD", "coarse", "AMOUNT_INVALID amount"},
      {"no thousandths on the wire", 10500, "BHD", "coarse", "AMOUNT_INVALID amount"},
      {"most", kMost, "USD", "coarse", "AMOUNT_INVALID amount"},
  };
  for (const AmountCase& c : cases) {
    SCOPED_TRACE(c.name);
    v1::PayInRequest in = In(c.route);
    in.set_amount(c.amount);
    in.set_currency(c.currency);
    EXPECT_EQ(Refusal(in), c.refused);
    v1::PayOutRequest out = Out(c.route);
    out.set_amount(c.amount);
    out.set_currency(c.currency);
    EXPECT_EQ(Refusal(out), c.refused);
  }
  EXPECT_EQ(Refusal(RefundOf("sale", "refused", 0)), "AMOUNT_INVALID amount");
  EXPECT_EQ(Refusal(RefundOf("sale", "refused", -5)), "AMOUNT_INVALID amount");
  EXPECT_EQ(Refusal(RefundOf("sale", "refused", kMost)), "REFUND_TOO_LARGE ");
}

TEST_F(PaymentRefusalTest, FieldsOfTheCustomerAndTheUrls) {
  const std::vector<FieldCase> cases = {
      {"zip where the country needs it", [](Parts p) { p.customer.clear_postal_code(); },
       "FIELD_MISSING customer.postal_code"},
      {"state where the country needs it", [](Parts p) { p.customer.clear_state(); },
       "FIELD_MISSING customer.state"},
      {"a dummy phone number", [](Parts p) { p.customer.set_phone("123456789"); },
       "FIELD_INVALID customer.phone"},
      {"a phone number of one digit", [](Parts p) { p.customer.set_phone("0000000000"); },
       "FIELD_INVALID customer.phone"},
      {"no country", [](Parts p) { p.customer.set_country("ZZ"); },
       "FIELD_INVALID customer.country"},
      {"http notification", [](Parts p) { p.urls.set_notification_url("http://shop.example/n"); },
       "FIELD_INVALID urls.notification_url"},
      {"http return", [](Parts p) { p.urls.set_return_success_url("http://shop.example/r"); },
       "FIELD_INVALID urls.return_success_url"},
      {"no return", [](Parts p) { p.urls.clear_return_success_url(); },
       "FIELD_MISSING urls.return_success_url"},
  };
  for (const FieldCase& c : cases) {
    SCOPED_TRACE(c.name);
    v1::PayInRequest in = In("praxis");
    c.spoil({*in.mutable_customer(), *in.mutable_urls()});
    EXPECT_EQ(Refusal(in), c.refused);
    v1::PayOutRequest out = Out("praxis");
    c.spoil({*out.mutable_customer(), *out.mutable_urls()});
    EXPECT_EQ(Refusal(out), c.refused);
    v1::RefundRequest refund = RefundOf("sale", "refused", 100);
    c.spoil({*refund.mutable_customer(), *refund.mutable_urls()});
    EXPECT_EQ(Refusal(refund), c.refused);
  }
}

TEST_F(PaymentRefusalTest, RoutesAndPaymentsOfOthers) {
  for (const char* route : {"nowhere", "theirs"}) {
    EXPECT_EQ(Refusal(In(route)), "ROUTE_UNKNOWN route");
    EXPECT_EQ(Refusal(Out(route)), "ROUTE_UNKNOWN route");
  }
  Call call;
  v1::RefundResponse response;
  const auto other = stage_->vault().Pay("refund", kOtherMerchant);
  EXPECT_FALSE(other->Refund(call, RefundOf("sale", "refused", 100), &response).ok());
  EXPECT_EQ(call.reason(), "PAYMENT_NOT_FOUND");
  EXPECT_EQ(Posts(), posts_before_);
}

TEST_F(PaymentRefusalTest, TokensAndIdsThatAreNone) {
  v1::PayOutRequest forged = Out("praxis");
  forged.mutable_token()->back() = forged.token().back() == 'a' ? 'b' : 'a';
  EXPECT_EQ(Refusal(forged), "TOKEN_NOT_FOUND ");
  v1::PayOutRequest no_id = Out("praxis");
  no_id.set_payment_id("");
  EXPECT_EQ(Refusal(no_id), "FIELD_MISSING payment_id");
  v1::RefundRequest no_original = RefundOf("", "refused", 100);
  EXPECT_EQ(Refusal(no_original), "FIELD_MISSING original_payment_id");
  EXPECT_EQ(Refusal(RefundOf("sale", "sale", 100)), "PAYMENT_ID_REUSED payment_id");
  v1::PayOutRequest wrong_options = Out("praxis");
  wrong_options.mutable_h2h();
  EXPECT_EQ(Refusal(wrong_options), "FIELD_INVALID upstream");
}

}  // namespace
}  // namespace cardvault::testing
