#include "sandbox/h2h_gateway.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "card/test_pans.h"
#include "sandbox/testing/raw_client.h"
#include "sandbox/testing/running_gateways.h"
#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr char kPayIn[] = "/api/payment/payin/card";
constexpr char kPayOut[] = "/api/payment/payout/card";

class H2hGatewayTest : public testing::Test {
 protected:
  RawAnswer Send(const std::string& request) {
    RawClient client(gateways_.h2h_port());
    return client.Exchange(request);
  }
  JsonValue PayIn(const std::string& id, int64_t amount, const std::string& cvv) {
    return JsonOf(Send(gateways_.PayIn(id, amount, cvv)));
  }
  JsonValue Status(const std::string& id) { return JsonOf(Send(gateways_.Status(id))); }
  JsonValue Post(const char* path, const JsonValue& body) {
    return JsonOf(Send(H2hPost(path, body, gateways_.now_ms(), gateways_.NewNonce())));
  }
  JsonValue Stats() const { return RunningGateways::Stats(gateways_.h2h_port()); }

  RunningGateways gateways_;
};

TEST_F(H2hGatewayTest, ApprovesAndSettles) {
  const JsonValue answer = PayIn("pay-1", 1500, "568");
  EXPECT_EQ(answer.StringAt("request_status"), "success");
  EXPECT_EQ(answer.StringAt("payment_status"), "success");
  EXPECT_EQ(answer.StringAt("merchant_payment_id"), "pay-1");
  EXPECT_EQ(answer.StringAt("payment_id").size(), 36u);
  EXPECT_EQ(answer.Find("payment_url")->kind(), JsonValue::Kind::kNull);
  const JsonValue status = Status("pay-1");
  EXPECT_EQ(status.StringAt("status"), "success");
  EXPECT_EQ(status.StringAt("payment_id"), answer.StringAt("payment_id"));
  EXPECT_EQ(NumberAt(status, "processing_info", "amount_acquired"), 1500);
}

TEST_F(H2hGatewayTest, ChoosesTheStateByCvvAndAmount) {
  struct Case {
    int64_t amount;
    const char* cvv;
    const char* state;
    const char* error_code;
  };
  const Case cases[] = {{1500, "000", "decline", "711"},
                        {1500, "801", "decline", "801"},
                        {1500, "900", "decline", "900"},
                        {1500, "901", "decline", "901"},
                        {713, "588", "processing", ""},
                        {70001, "000", "processing", ""},
                        {70002, "568", "processing", ""},
                        {70013, "568", "error", "500"},
                        {70015, "568", "under partner review", ""}};
  int n = 0;
  for (const Case& test : cases) {
    const std::string id = absl::StrCat("pay-", ++n);
    const JsonValue answer = PayIn(id, test.amount, test.cvv);
    EXPECT_EQ(answer.StringAt("payment_status"), test.state);
    EXPECT_EQ(answer.StringAt("error_code"), test.error_code);
    EXPECT_EQ(answer.StringAt("payment_url"), "");
    EXPECT_EQ(Status(id).StringAt("status"), test.state);
  }
}

TEST_F(H2hGatewayTest, RedirectsForThreeDSecure) {
  const JsonValue answer = PayIn("pay-1", 1500, "333");
  EXPECT_EQ(answer.StringAt("payment_status"), "processing");
  EXPECT_TRUE(absl::EndsWith(answer.StringAt("payment_url"), "/3ds/pay-1"));
}

TEST_F(H2hGatewayTest, RefusesWhatIsWrongWithTheHeaders) {
  const JsonValue body = SamplePayIn("pay-1", 1500, "568");
  const std::string right = H2hPost(kPayIn, body, gateways_.now_ms(), "n-1");
  const auto message_of = [&](const std::string& from, const std::string& to) {
    const RawAnswer answer = Send(absl::StrReplaceAll(right, {{from, to}}));
    EXPECT_TRUE(absl::StrContains(answer.head, "401")) << answer.head;
    EXPECT_EQ(JsonOf(answer).StringAt("request_status"), "error");
    return std::string(JsonOf(answer).StringAt("error_message"));
  };
  EXPECT_EQ(message_of("X-Wallet-UID: sandbox-wallet\r\n", ""), "X-Wallet-UID: must come once");
  EXPECT_EQ(message_of("X-MP-Nonce: n-1\r\n", "X-MP-Nonce: n-1\r\nX-MP-Nonce: n-1\r\n"),
            "X-MP-Nonce: must come once");
  EXPECT_EQ(message_of("sandbox-wallet", "another-wallet"), "X-Wallet-UID: unknown");
  EXPECT_EQ(message_of("sandbox-key", "another-key"), "X-MP-Key-Id: unknown");
  EXPECT_EQ(message_of("X-MP-Nonce: n-1", "X-MP-Nonce: n-2"), "X-MP-Signature: wrong");
  EXPECT_EQ(message_of("\"amount\":1500", "\"amount\":1501"), "X-MP-Signature: wrong");
  EXPECT_EQ(message_of(kPayIn, "/api/payment/payout/card"), "X-MP-Signature: wrong");
  EXPECT_EQ(message_of("application/json", "text/plain"), "Content-Type: must be application/json");
  EXPECT_EQ(NumberAt(Stats(), "booked"), 0);
}

TEST_F(H2hGatewayTest, RefusesStaleFutureAndRepeatedRequests) {
  const JsonValue body = SamplePayIn("pay-1", 1500, "568");
  const auto message_of = [&](int64_t timestamp_ms, const std::string& nonce) {
    return std::string(
        JsonOf(Send(H2hPost(kPayIn, body, timestamp_ms, nonce))).StringAt("error_message"));
  };
  const int64_t now = gateways_.now_ms();
  EXPECT_EQ(message_of(now + 1, "a"), "X-MP-Timestamp: lies in the future");
  EXPECT_EQ(message_of(now - 60'001, "b"), "X-MP-Timestamp: older than one minute");
  EXPECT_EQ(message_of(now / 1000, "c"), "X-MP-Timestamp: older than one minute");
  EXPECT_EQ(message_of(now, "d"), "");
  EXPECT_EQ(message_of(now, "d"), "X-MP-Nonce: used before");
  EXPECT_EQ(message_of(now, "e"), "payment.payment_id: used before");
}

TEST_F(H2hGatewayTest, PaysOutWithoutACvv) {
  JsonValue body = SamplePayIn("out-1", 1500, "568");
  body.Set("cascade_id", JsonValue::String("sandbox-payout"));
  EXPECT_EQ(Post(kPayOut, body).StringAt("error_message"), "card.cvv: only a pay-in may carry it");
  JsonValue card = *body.Find("card");
  card.Erase("cvv");
  body.Set("card", card);
  EXPECT_EQ(Post(kPayOut, body).StringAt("payment_status"), "success");
  body.Set("cascade_id", JsonValue::String("sandbox-payin"));
  EXPECT_EQ(Post(kPayOut, body).StringAt("error_message"), "cascade_id: unknown");
}

TEST_F(H2hGatewayTest, StatusOfAnUnknownPaymentIsAnError) {
  const JsonValue answer = Status("nothing");
  EXPECT_EQ(answer.StringAt("request_status"), "error");
  EXPECT_EQ(answer.StringAt("error_code"), "payment_not_found");
}

TEST_F(H2hGatewayTest, LiesAsTheAmountAsks) {
  const RawAnswer cut = Send(gateways_.PayIn("cut", 70006, "568"));
  EXPECT_EQ(cut.end, ReadEnd::kComplete);
  EXPECT_EQ(JsonOf(cut).kind(), JsonValue::Kind::kNull);

  const JsonValue echo = PayIn("echo", 70007, "568");
  EXPECT_EQ(echo.StringAt("payment_status"), "success");
  EXPECT_EQ(echo.StringAt("error_code"), kVisaTestPan);
  EXPECT_TRUE(absl::StrContains(echo.StringAt("message"), kVisaTestPan));
  EXPECT_TRUE(absl::StrContains(echo.StringAt("payment_url"), kVisaTestPan));

  const JsonValue other = PayIn("mine", 70008, "568");
  EXPECT_EQ(other.StringAt("merchant_payment_id"), "payment-of-another");

  EXPECT_TRUE(absl::StrContains(Send(gateways_.PayIn("moved", 70011, "568")).head, "302"));
  EXPECT_TRUE(absl::StrContains(Send(gateways_.PayIn("page", 70012, "568")).head, "text/html"));
  EXPECT_TRUE(absl::StrContains(Send(gateways_.PayIn("broken", 1500, "444")).head, "500"));
  EXPECT_EQ(NumberAt(Stats(), "booked"), 6);
  EXPECT_EQ(Status("broken").StringAt("status"), "error");
}

TEST_F(H2hGatewayTest, StatusCallsFailAndLieAsTheAmountAsks) {
  PayIn("failing", 70018, "568");
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(absl::StrContains(Send(gateways_.Status("failing")).head, "500"));
  }
  EXPECT_EQ(Status("failing").StringAt("status"), "success");

  PayIn("lying", 70019, "568");
  EXPECT_EQ(Status("lying").StringAt("merchant_payment_id"), "payment-of-another");
  EXPECT_EQ(Status("lying").StringAt("merchant_payment_id"), "lying");
}

TEST_F(H2hGatewayTest, QueuesCallbacks) {
  const JsonValue answer = PayIn("pay-1", 1500, "568");
  const JsonValue page = JsonOf(Send(HttpGet("/sandbox/notifications?after=0")));
  ASSERT_EQ(page.elements().size(), 1u);
  const JsonValue body = JsonValue::Parse(page.elements()[0].StringAt("body")).value();
  EXPECT_EQ(body.StringAt("payment_id"), answer.StringAt("payment_id"));
  EXPECT_EQ(body.StringAt("merchant_payment_id"), "pay-1");
  EXPECT_EQ(body.StringAt("status"), "success");
  EXPECT_EQ(NumberAt(body, "processing_info", "amount_acquired"), 1500);
}

}  // namespace
}  // namespace cardvault::sandbox
