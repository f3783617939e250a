#include "sandbox/praxis_gateway.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "card/test_pans.h"
#include "sandbox/digest.h"
#include "sandbox/outcome.h"
#include "sandbox/praxis_signature.h"
#include "sandbox/testing/raw_client.h"
#include "sandbox/testing/running_gateways.h"
#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr char kSecret[] = "MerchantSecretKey";

class PraxisGatewayTest : public testing::Test {
 protected:
  RawAnswer Send(const std::string& request) {
    RawClient client(gateways_.praxis_port());
    return client.Exchange(request);
  }
  JsonValue Sale(const std::string& id, int64_t amount, const std::string& cvv) {
    return JsonOf(Send(gateways_.Sale(id, amount, cvv)));
  }
  JsonValue FindOrder(const std::string& id) { return JsonOf(Send(gateways_.FindOrder(id))); }
  // Signs and posts a changed sale.
  JsonValue Post(const JsonValue& message) {
    return JsonOf(Send(HttpPost("/api/process", "", SignedText(message))));
  }
  JsonValue NewSale(const std::string& id) const {
    return SampleSale(id, 1500, "568", gateways_.now_seconds());
  }
  void Settle(const std::string& id, const std::string& state) {
    JsonValue body = JsonValue::Object();
    body.Set("order", JsonValue::String(id)).Set("state", JsonValue::String(state));
    EXPECT_EQ(Send(HttpPost("/sandbox/settle", "", body.Write())).body, "{}");
  }
  JsonValue Stats() const { return RunningGateways::Stats(gateways_.praxis_port()); }

  RunningGateways gateways_;
};

TEST_F(PraxisGatewayTest, ApprovesAndAnswersWithASignature) {
  const JsonValue answer = Sale("order-1", 1500, "568");
  EXPECT_TRUE(VerifyPraxisMessage(answer, kSecret));
  EXPECT_EQ(NumberAt(answer, "status"), 0);
  EXPECT_EQ(answer.StringAt("transaction_status"), "approved");
  EXPECT_EQ(answer.Find("redirect_url")->kind(), JsonValue::Kind::kNull);
}

TEST_F(PraxisGatewayTest, ChoosesTheStateByCvvAndAmount) {
  struct Case {
    int64_t amount;
    const char* cvv;
    const char* state;
    const char* error_code;
  };
  const Case cases[] = {
      {1500, "000", "declined", "711"},           {1500, "801", "declined", "801"},
      {1500, "900", "declined", "900"},           {1500, "901", "declined", "901"},
      {713, "588", "pending async", ""},          {70001, "000", "pending", ""},
      {70002, "568", "declined retry", ""},       {70013, "568", "error", "500"},
      {70015, "568", "under partner review", ""}, {1500, "123", "approved", ""}};
  int n = 0;
  for (const Case& test : cases) {
    const std::string id = absl::StrCat("order-", ++n);
    const JsonValue answer = Sale(id, test.amount, test.cvv);
    EXPECT_TRUE(VerifyPraxisMessage(answer, kSecret));
    EXPECT_EQ(answer.StringAt("transaction_status"), test.state);
    EXPECT_EQ(answer.StringAt("error_code"), test.error_code);
    EXPECT_EQ(FindOrder(id).StringAt("transaction_status"), test.state);
  }
}

TEST_F(PraxisGatewayTest, RedirectsForThreeDSecureAndThePageSettles) {
  const JsonValue answer = Sale("order-1", 1500, "333");
  EXPECT_EQ(answer.StringAt("transaction_status"), "pending async");
  const std::string origin = absl::StrCat("https://127.0.0.1:", gateways_.praxis_port());
  EXPECT_EQ(answer.StringAt("redirect_url"), absl::StrCat(origin, "/3ds/order-1"));
  EXPECT_TRUE(absl::StrContains(Send(HttpGet("/3ds/order-1")).body, "Approve"));
  const std::string form =
      "POST /3ds/order-1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: 14\r\n\r\nresult=approve";
  EXPECT_TRUE(absl::StrContains(Send(form).head, "200"));
  EXPECT_EQ(FindOrder("order-1").StringAt("transaction_status"), "approved");
}

TEST_F(PraxisGatewayTest, RefusesWhatIsNotInTimeOrNotSigned) {
  JsonValue future = NewSale("order-1");
  future.Set("timestamp", JsonValue::Number(gateways_.now_seconds() + 1));
  EXPECT_EQ(Post(future).StringAt("description"), "timestamp: lies in the future");
  JsonValue stale = NewSale("order-1");
  stale.Set("timestamp", JsonValue::Number(gateways_.now_seconds() - 61));
  EXPECT_EQ(Post(stale).StringAt("description"), "timestamp: older than one minute");
  JsonValue text = NewSale("order-1");
  text.Set("timestamp", JsonValue::String(absl::StrCat(gateways_.now_seconds())));
  EXPECT_EQ(Post(text).StringAt("description"), "timestamp: must be an integer of seconds");

  JsonValue unsigned_sale = NewSale("order-1");
  const JsonValue answer = JsonOf(Send(HttpPost("/api/process", "", unsigned_sale.Write())));
  EXPECT_EQ(answer.StringAt("description"), "signature: missing or wrong");
  EXPECT_GT(NumberAt(answer, "status"), 0);
  EXPECT_EQ(answer.Find("transaction_status"), nullptr);
  EXPECT_TRUE(VerifyPraxisMessage(answer, kSecret));
  const JsonValue stats = Stats();
  EXPECT_EQ(NumberAt(stats, "posts"), 4);
  EXPECT_EQ(NumberAt(stats, "refused"), 4);
  EXPECT_EQ(NumberAt(stats, "refusals", "signature: missing or wrong"), 1);
  EXPECT_EQ(NumberAt(stats, "booked"), 0);
}

TEST_F(PraxisGatewayTest, TakesATimestampUpToOneMinuteOld) {
  JsonValue sale = NewSale("order-1");
  gateways_.AdvanceSeconds(60);
  EXPECT_EQ(Post(sale).StringAt("transaction_status"), "approved");
}

TEST_F(PraxisGatewayTest, AnswersAnUnknownMerchantWithoutASignature) {
  JsonValue sale = NewSale("order-1");
  sale.Set("merchant_id", JsonValue::String("another"));
  const JsonValue answer = Post(sale);
  EXPECT_EQ(answer.StringAt("description"), "merchant_id: unknown");
  EXPECT_EQ(answer.Find("signature"), nullptr);
}

TEST_F(PraxisGatewayTest, RefusesASecondSaleWithTheSameOrderId) {
  EXPECT_EQ(Sale("order-1", 1500, "568").StringAt("transaction_status"), "approved");
  const JsonValue answer = Sale("order-1", 1500, "568");
  EXPECT_GT(NumberAt(answer, "status"), 0);
  EXPECT_EQ(answer.StringAt("description"), "order_id is not unique");
  EXPECT_EQ(answer.Find("transaction_status"), nullptr);
  EXPECT_TRUE(VerifyPraxisMessage(answer, kSecret));
}

TEST_F(PraxisGatewayTest, FindOrderAnswersInTheNotificationsFormat) {
  Sale("order-1", 1500, "568");
  const JsonValue found = FindOrder("order-1");
  EXPECT_TRUE(VerifyPraxisMessage(found, kSecret));
  EXPECT_EQ(found.StringAt("order_id"), "order-1");
  EXPECT_EQ(found.StringAt("pin"), "cust-1");
  EXPECT_EQ(NumberAt(found, "amount"), 1500);
  EXPECT_EQ(NumberAt(found, "timestamp"), RunningGateways::kStartSeconds);

  JsonValue lookup = SampleFindOrder("order-1", gateways_.now_seconds());
  lookup.Erase("order_id");
  lookup.Set("trace_id", *found.Find("trace_id"));
  const JsonValue transaction =
      JsonOf(Send(HttpPost("/api/find-transaction", "", SignedText(lookup))));
  EXPECT_EQ(transaction.StringAt("order_id"), "order-1");
}

TEST_F(PraxisGatewayTest, FindOrderSaysNotFoundWithASignature) {
  const JsonValue answer = FindOrder("nothing");
  EXPECT_EQ(answer.StringAt("description"), "order_id: not found");
  EXPECT_GT(NumberAt(answer, "status"), 0);
  EXPECT_TRUE(VerifyPraxisMessage(answer, kSecret));
}

TEST_F(PraxisGatewayTest, ACascadeGoesOnUnderANewTraceId) {
  const int64_t first = NumberAt(Sale("order-1", 70002, "568"), "trace_id");
  Settle("order-1", "approved");
  const JsonValue found = FindOrder("order-1");
  EXPECT_EQ(found.StringAt("transaction_status"), "approved");
  EXPECT_GT(NumberAt(found, "trace_id"), first);
}

TEST_F(PraxisGatewayTest, RefundsAnApprovedSaleUpToItsAmount) {
  const JsonValue sale = Sale("order-1", 1500, "568");
  const auto refund = [&](const std::string& id, int64_t amount) {
    JsonValue request = NewSale(id);
    request.Erase("cvv");
    request.Set("transaction_type", JsonValue::String("refund"));
    request.Set("amount", JsonValue::Number(amount));
    request.Set("reference_id", JsonValue::String(absl::StrCat(NumberAt(sale, "trace_id"))));
    return Post(request);
  };
  EXPECT_EQ(refund("refund-1", 1000).StringAt("transaction_status"), "approved");
  EXPECT_EQ(refund("refund-2", 501).StringAt("description"), "amount: more than is left to refund");
  EXPECT_EQ(refund("refund-3", 500).StringAt("transaction_status"), "approved");
}

TEST_F(PraxisGatewayTest, LiesAsTheAmountAsks) {
  EXPECT_FALSE(VerifyPraxisMessage(Sale("forged", 70006, "568"), kSecret));

  const JsonValue echo = Sale("echo", 70007, "568");
  EXPECT_TRUE(VerifyPraxisMessage(echo, kSecret));
  EXPECT_TRUE(absl::StrContains(echo.StringAt("description"), kVisaTestPan));
  EXPECT_TRUE(absl::StrContains(echo.StringAt("redirect_url"), kVisaTestPan));
  EXPECT_TRUE(absl::StrContains(echo.StringAt("error_details"), Base64(kVisaTestPan)));

  const JsonValue other = Sale("mine", 70008, "568");
  EXPECT_TRUE(VerifyPraxisMessage(other, kSecret));
  EXPECT_EQ(other.StringAt("order_id"), "order-of-another");
  EXPECT_EQ(NumberAt(other, "amount"), 70009);

  const RawAnswer large = Send(gateways_.Sale("large", 70010, "568"));
  EXPECT_EQ(large.end, ReadEnd::kComplete);
  EXPECT_GT(large.body.size(), static_cast<size_t>(kOversizeBytes));

  const RawAnswer page = Send(gateways_.Sale("page", 70012, "568"));
  EXPECT_TRUE(absl::StrContains(page.head, "200"));
  EXPECT_TRUE(absl::StrContains(page.head, "text/html"));

  EXPECT_TRUE(absl::StrContains(Send(gateways_.Sale("broken", 1500, "444")).head, "500"));
  EXPECT_EQ(NumberAt(Stats(), "booked"), 6);
}

TEST_F(PraxisGatewayTest, LookUpsFailAndLieAsTheAmountAsks) {
  Sale("failing", 70018, "568");
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(absl::StrContains(Send(gateways_.FindOrder("failing")).head, "500"));
  }
  EXPECT_EQ(FindOrder("failing").StringAt("transaction_status"), "approved");

  Sale("lying", 70019, "568");
  EXPECT_FALSE(VerifyPraxisMessage(FindOrder("lying"), kSecret));
  EXPECT_TRUE(VerifyPraxisMessage(FindOrder("lying"), kSecret));
}

TEST_F(PraxisGatewayTest, CountsAFollowedRedirect) {
  const RawAnswer moved = Send(gateways_.Sale("moved", 70011, "568"));
  EXPECT_TRUE(absl::StrContains(moved.head, "302"));
  EXPECT_TRUE(absl::StrContains(moved.head, "/redirected/moved"));
  EXPECT_EQ(NumberAt(Stats(), "redirects_followed"), 0);
  EXPECT_EQ(JsonOf(Send(HttpGet("/redirected/moved"))).StringAt("transaction_status"), "approved");
  EXPECT_EQ(NumberAt(Stats(), "redirects_followed"), 1);
}

TEST_F(PraxisGatewayTest, StatsHoldNoCardDataAndResetForgets) {
  Sale("order-1", 1500, "568");
  Sale(std::string(kVisaTestPan), 1500, "568");
  const std::string stats = Stats().Write();
  EXPECT_FALSE(absl::StrContains(stats, kVisaTestPan));
  EXPECT_FALSE(absl::StrContains(stats, "568"));
  EXPECT_EQ(Send(HttpPost("/sandbox/reset", "", "{}")).body, "{}");
  EXPECT_EQ(NumberAt(Stats(), "posts"), 0);
  EXPECT_EQ(FindOrder("order-1").Find("transaction_status"), nullptr);
}

TEST_F(PraxisGatewayTest, StatsComeInPagesOfTheAskedSize) {
  Sale("a", 1500, "568");
  Sale("b", 1500, "568");
  const JsonValue first = JsonOf(Send(HttpGet("/sandbox/stats?count=1")));
  EXPECT_EQ(NumberAt(*first.Find("orders"), "a", "booked"), 1);
  EXPECT_EQ(first.StringAt("next"), "a");
  const JsonValue rest = JsonOf(Send(HttpGet("/sandbox/stats?after=a&count=5")));
  EXPECT_EQ(rest.Find("orders")->members().size(), 1u);
  EXPECT_EQ(NumberAt(*rest.Find("orders"), "b", "amount"), 1500);
  EXPECT_EQ(rest.Find("next"), nullptr);
  for (const char* count : {"-1", "50001", "x", ""}) {
    EXPECT_TRUE(
        absl::StrContains(Send(HttpGet(absl::StrCat("/sandbox/stats?count=", count))).head, "400"))
        << count;
  }
}

}  // namespace
}  // namespace cardvault::sandbox
