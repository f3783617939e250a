#include "sandbox/praxis13_gateway.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "card/test_pans.h"
#include "sandbox/praxis13_signature.h"
#include "sandbox/testing/praxis13_requests.h"
#include "sandbox/testing/raw_client.h"
#include "sandbox/testing/running_gateways.h"
#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr char kSecret[] = "MerchantSecretKey";
constexpr char kDirect[] = "/api/direct-process";

std::string HeaderOf(const RawAnswer& answer, const std::string& name) {
  const size_t start = answer.head.find(name + ": ");
  if (start == std::string::npos) return "";
  const size_t value = start + name.size() + 2;
  return answer.head.substr(value, answer.head.find("\r\n", value) - value);
}

bool IsSigned(const RawAnswer& answer, Praxis13Message kind) {
  return VerifyPraxis13(kind, JsonOf(answer), kSecret, HeaderOf(answer, "Gt-Authentication"));
}

absl::string_view StateOf(const JsonValue& answer) {
  const JsonValue* transaction = answer.Find("transaction");
  return transaction == nullptr ? "" : transaction->StringAt("transaction_status");
}

class Praxis13GatewayTest : public testing::Test {
 protected:
  RawAnswer Send(const std::string& request) const {
    RawClient client(gateways_.praxis13_port());
    return client.Exchange(request);
  }
  JsonValue NewSale(const std::string& id, int64_t amount = 1500,
                    const std::string& cvv = "568") const {
    return Praxis13Sale(id, amount, cvv, gateways_.now_seconds());
  }
  RawAnswer Post(const JsonValue& sale) const {
    return Send(Praxis13Post(kDirect, Praxis13Message::kDirectCardRequest, sale));
  }
  JsonValue Sale(const std::string& id, int64_t amount, const std::string& cvv) const {
    const RawAnswer answer = Post(NewSale(id, amount, cvv));
    EXPECT_TRUE(IsSigned(answer, Praxis13Message::kPaymentAnswer)) << answer.head;
    return JsonOf(answer);
  }
  RawAnswer Find(const std::string& id) const {
    return Send(Praxis13Post("/agent/find-order", Praxis13Message::kFindOrderRequest,
                             Praxis13FindOrder(id, gateways_.now_seconds())));
  }
  JsonValue Refund(const std::string& id, int64_t amount, int64_t tid) const {
    const RawAnswer answer =
        Send(Praxis13Post("/direct/refund", Praxis13Message::kRefundRequest,
                          Praxis13Refund(id, amount, tid, gateways_.now_seconds())));
    EXPECT_TRUE(IsSigned(answer, Praxis13Message::kPaymentAnswer)) << answer.head;
    return JsonOf(answer);
  }
  JsonValue Manage(const std::string& intent, int64_t tid) const {
    const RawAnswer answer =
        Send(Praxis13Post("/agent/manage-transaction", Praxis13Message::kManageRequest,
                          Praxis13Manage(intent, tid, gateways_.now_seconds())));
    EXPECT_TRUE(IsSigned(answer, Praxis13Message::kManageAnswer)) << answer.head;
    return JsonOf(answer);
  }
  JsonValue Stats() const { return RunningGateways::Stats(gateways_.praxis13_port()); }

  RunningGateways gateways_;
};

TEST_F(Praxis13GatewayTest, ApprovesAndSignsItsAnswer) {
  const JsonValue answer = Sale("order-1", 1500, "568");
  EXPECT_EQ(NumberAt(answer, "status"), 0);
  EXPECT_EQ(answer.StringAt("version"), "1.3");
  EXPECT_EQ(NumberAt(answer, "timestamp"), RunningGateways::kStartSeconds);
  EXPECT_EQ(answer.Find("session")->StringAt("order_id"), "order-1");
  EXPECT_NE(answer.Find("customer")->StringAt("customer_token"), "");
  const JsonValue& transaction = *answer.Find("transaction");
  EXPECT_EQ(transaction.StringAt("transaction_status"), "approved");
  EXPECT_GT(NumberAt(transaction, "tid"), 0);
  EXPECT_EQ(NumberAt(transaction, "amount"), 1500);
  EXPECT_EQ(NumberAt(transaction, "processed_amount"), 1500);
  EXPECT_EQ(transaction.StringAt("payment_processor"), "Sandbox");
  EXPECT_EQ(answer.Find("redirect_url"), nullptr);
}

TEST_F(Praxis13GatewayTest, ChoosesTheStateByCvvAndAmount) {
  struct Case {
    int64_t amount;
    const char* cvv;
    const char* state;
    const char* error_code;
  };
  const Case cases[] = {{1500, "000", "declined", "711"},          {1500, "801", "declined", "801"},
                        {713, "588", "pending async", ""},         {70001, "000", "pending", ""},
                        {70002, "568", "declined retry", ""},      {70013, "568", "error", "500"},
                        {70015, "568", "under partner review", ""}};
  int n = 0;
  for (const Case& test : cases) {
    const std::string id = absl::StrCat("order-", ++n);
    const JsonValue answer = Sale(id, test.amount, test.cvv);
    EXPECT_EQ(StateOf(answer), test.state);
    EXPECT_EQ(answer.Find("transaction")->StringAt("error_code"), test.error_code);
    EXPECT_EQ(StateOf(JsonOf(Find(id))), test.state);
  }
  EXPECT_EQ(Sale("page", 1500, "333").StringAt("redirect_url"),
            absl::StrCat("https://127.0.0.1:", gateways_.praxis13_port(), "/3ds/page"));
}

TEST_F(Praxis13GatewayTest, RefusesWhatIsNotRightlySignedOrInTime) {
  const JsonValue sale = NewSale("order-1");
  const std::string right = Praxis13Post(kDirect, Praxis13Message::kDirectCardRequest, sale);
  const auto description_of = [&](const std::string& request) {
    const RawAnswer answer = Send(request);
    EXPECT_TRUE(IsSigned(answer, Praxis13Message::kPaymentAnswer));
    EXPECT_EQ(JsonOf(answer).Find("transaction"), nullptr);
    EXPECT_GT(NumberAt(JsonOf(answer), "status"), 0);
    return std::string(JsonOf(answer).StringAt("description"));
  };
  const std::string wrong = "Gt-Authentication: missing or wrong";
  EXPECT_EQ(description_of(HttpPost(kDirect, "", sale.Write())), wrong);
  EXPECT_EQ(description_of(absl::StrReplaceAll(right, {{"\"amount\":1500", "\"amount\":1501"}})),
            wrong);
  EXPECT_EQ(description_of(Praxis13Post(kDirect, Praxis13Message::kFindOrderRequest, sale)), wrong);
  JsonValue late = sale;
  late.Set("timestamp", JsonValue::Number(gateways_.now_seconds() - 61));
  EXPECT_EQ(description_of(Praxis13Post(kDirect, Praxis13Message::kDirectCardRequest, late)),
            "timestamp: older than one minute");
  JsonValue old = sale;
  old.Set("version", JsonValue::String("1.1"));
  EXPECT_EQ(description_of(Praxis13Post(kDirect, Praxis13Message::kDirectCardRequest, old)),
            "version: must be the string 1.3");
  EXPECT_EQ(NumberAt(Stats(), "booked"), 0);
  EXPECT_EQ(NumberAt(Stats(), "refused"), 5);
}

TEST_F(Praxis13GatewayTest, AnswersAnUnknownAccountWithoutASignature) {
  for (const char* field : {"merchant_id", "application_key"}) {
    const RawAnswer answer = Post(NewSale("order-1").Set(field, JsonValue::String("another")));
    EXPECT_EQ(JsonOf(answer).StringAt("description"), absl::StrCat(field, ": unknown"));
    EXPECT_EQ(HeaderOf(answer, "Gt-Authentication"), "");
  }
}

TEST_F(Praxis13GatewayTest, RefusesAWrongFieldAndASecondSaleOfAnOrder) {
  JsonValue sale = NewSale("order-1");
  sale.Set("card_data", EncryptedCard({kVisaTestPan, "13/2030"}, gateways_.now_seconds()));
  EXPECT_EQ(JsonOf(Post(sale)).StringAt("description"), "card_data.exp: must be MM/YYYY");
  Sale("order-1", 1500, "568");
  EXPECT_EQ(Sale("order-1", 1500, "568").StringAt("description"), "order_id is not unique");
}

TEST_F(Praxis13GatewayTest, RefundsATransactionByItsTid) {
  const JsonValue sale = Sale("order-1", 1500, "568");
  const int64_t tid = NumberAt(sale, "transaction", "tid");
  EXPECT_EQ(StateOf(Refund("refund-1", 1000, tid)), "approved");
  EXPECT_EQ(Refund("refund-2", 501, tid).StringAt("description"),
            "amount: more than is left to refund");
  EXPECT_EQ(Refund("refund-3", 1, tid + 1000).StringAt("description"),
            "reference_id: no approved attempt of a sale");
  EXPECT_EQ(StateOf(Refund("refund-4", 500, tid)), "approved");
  const JsonValue stats = Stats();
  EXPECT_EQ(NumberAt(*stats.Find("orders"), "order-1", "refunded"), 1500);
  EXPECT_EQ(stats.Find("orders")->Find("refund-1")->StringAt("reference_id"), absl::StrCat(tid));
}

TEST_F(Praxis13GatewayTest, PaysOutWithoutACvv) {
  JsonValue payout = NewSale("out-1");
  payout.Set("transaction_type", JsonValue::String("payout"));
  payout.Set("card_data", EncryptedCard({kVisaTestPan, "12/2030", ""}, gateways_.now_seconds()));
  EXPECT_EQ(StateOf(JsonOf(Post(payout))), "approved");
}

TEST_F(Praxis13GatewayTest, ManagesAnAuthorization) {
  const auto authorize = [this](const std::string& id) {
    const JsonValue answer =
        JsonOf(Post(NewSale(id).Set("transaction_type", JsonValue::String("authorization"))));
    EXPECT_EQ(StateOf(answer), "authorized");
    return NumberAt(answer, "transaction", "tid");
  };
  const int64_t captured = authorize("order-1");
  EXPECT_EQ(StateOf(Manage("capture", captured)), "approved");
  EXPECT_EQ(Manage("capture", captured).StringAt("description"),
            "tid: not of an authorized transaction");
  EXPECT_EQ(StateOf(Manage("void", authorize("order-2"))), "cancelled");
  EXPECT_EQ(Manage("double", captured).StringAt("description"), "intent: unknown word");
  EXPECT_EQ(StateOf(JsonOf(Find("order-1"))), "approved");
  EXPECT_EQ(NumberAt(Stats(), "notifications"), 4);
}

TEST_F(Praxis13GatewayTest, FindOrderSaysNotFoundWithASignature) {
  const RawAnswer answer = Find("nothing");
  EXPECT_TRUE(IsSigned(answer, Praxis13Message::kPaymentAnswer));
  EXPECT_EQ(JsonOf(answer).StringAt("description"), "order_id: not found");
  EXPECT_EQ(NumberAt(Stats(), "status_calls"), 1);
  EXPECT_EQ(NumberAt(Stats(), "refused"), 0);
}

TEST_F(Praxis13GatewayTest, LiesAsTheAmountAsks) {
  EXPECT_FALSE(IsSigned(Post(NewSale("forged", 70006)), Praxis13Message::kPaymentAnswer));
  EXPECT_EQ(StateOf(JsonOf(Find("forged"))), "approved");
  const JsonValue echo = Sale("echo", 70007, "568");
  EXPECT_TRUE(absl::StrContains(echo.StringAt("description"), kVisaTestPan));
  EXPECT_TRUE(absl::StrContains(echo.Find("transaction")->StringAt("error_details"), kVisaTestPan));
  EXPECT_EQ(Sale("mine", 70008, "568").Find("session")->StringAt("order_id"), "order-of-another");
  EXPECT_EQ(Post(NewSale("closed", 70004)).end, ReadEnd::kClosed);
  EXPECT_EQ(Post(NewSale("lost", 70014)).end, ReadEnd::kClosed);
  EXPECT_EQ(JsonOf(Find("lost")).StringAt("description"), "order_id: not found");
  const RawAnswer moved = Post(NewSale("moved", 70011));
  EXPECT_TRUE(absl::StrContains(moved.head, "/redirected/moved"));
  EXPECT_EQ(StateOf(JsonOf(Send(HttpGet("/redirected/moved")))), "approved");

  Sale("failing", 70018, "568");
  EXPECT_TRUE(absl::StrContains(Find("failing").head, "500"));
  EXPECT_TRUE(absl::StrContains(Find("failing").head, "500"));
  EXPECT_TRUE(IsSigned(Find("failing"), Praxis13Message::kPaymentAnswer));
  Sale("lying", 70019, "568");
  EXPECT_FALSE(IsSigned(Find("lying"), Praxis13Message::kPaymentAnswer));
  EXPECT_TRUE(IsSigned(Find("lying"), Praxis13Message::kPaymentAnswer));
}

TEST_F(Praxis13GatewayTest, QueuesNotifications) {
  Sale("order-1", 334, "333");
  const JsonValue page = JsonOf(Send(HttpGet("/sandbox/notifications")));
  std::string states;
  for (const JsonValue& notification : page.elements()) {
    const JsonValue body = JsonValue::Parse(notification.StringAt("body")).value();
    EXPECT_TRUE(VerifyPraxis13(Praxis13Message::kNotification, body, kSecret,
                               notification.Find("headers")->StringAt("Gt-Authentication")));
    absl::StrAppend(&states, StateOf(body), " ");
  }
  EXPECT_EQ(states, "approved approved declined declined ");
}

TEST_F(Praxis13GatewayTest, AnAuthorizationIsCapturedOnceUnder64Connections) {
  const JsonValue answer =
      JsonOf(Post(NewSale("order-1").Set("transaction_type", JsonValue::String("authorization"))));
  const int64_t tid = NumberAt(answer, "transaction", "tid");
  std::atomic<int> captured = 0;
  std::vector<std::thread> merchants;
  for (int i = 0; i < 64; ++i) {
    merchants.emplace_back([&] {
      if (StateOf(Manage("capture", tid)) == "approved") ++captured;
      Find("order-1");
    });
  }
  for (std::thread& merchant : merchants) merchant.join();
  EXPECT_EQ(captured, 1);
  EXPECT_EQ(NumberAt(Stats(), "notifications"), 2);
}

}  // namespace
}  // namespace cardvault::sandbox
