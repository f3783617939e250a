#include "sandbox/notification_outbox.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/digest.h"
#include "sandbox/h2h_notification.h"
#include "sandbox/praxis_notification.h"
#include "sandbox/praxis_signature.h"
#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr char kSecret[] = "MerchantSecretKey";
constexpr char kApiSecret[] = "SandboxApiSecret";
constexpr int64_t kNowSeconds = 1'700'000'000;

Order Booked(const std::string& id, const std::string& state) {
  Order order;
  order.id = id;
  order.kind = "sale";
  order.state = state;
  order.amount = 1500;
  order.currency = "USD";
  order.customer_id = "cust-1";
  order.uuid = "6a0c2c3e-0000-4000-8000-000000000001";
  order.trace_ids = {752856};
  return order;
}

JsonValue Parse(const std::string& text) { return JsonValue::Parse(text).value(); }

class NotificationOutboxTest : public testing::Test {
 protected:
  NotificationOutboxTest()
      : praxis_(std::make_unique<PraxisNotification>(SampleCredentials().praxis), clock_),
        h2h_(std::make_unique<H2hNotification>(kApiSecret), clock_) {}

  static std::string BodyAt(const JsonValue& page, size_t index) {
    return std::string(page.elements().at(index).StringAt("body"));
  }
  // The acknowledgement of the document, signed at `seconds`.
  static MerchantReply Reply(int64_t seconds) {
    JsonValue body = JsonValue::Object();
    body.Set("description", JsonValue::String("Success"));
    body.Set("status", JsonValue::Number(0));
    body.Set("timestamp", JsonValue::Number(seconds));
    body.Set("version", JsonValue::String("1.1"));
    return {200, {}, SignedText(body)};
  }
  JsonValue Stats(const NotificationOutbox& outbox) const {
    JsonValue stats = JsonValue::Object();
    outbox.AddStats(stats);
    return stats;
  }

  int64_t now_ms_ = kNowSeconds * 1000;
  const ClockMs clock_ = [this] { return now_ms_; };
  NotificationOutbox praxis_;
  NotificationOutbox h2h_;
};

TEST_F(NotificationOutboxTest, PraxisSignsTheFieldsOfTheDocument) {
  Order order = Booked("order-1", "approved");
  order.settled_amount = 1400;
  praxis_.Tell(order);
  const JsonValue page = praxis_.After(0);
  ASSERT_EQ(page.elements().size(), 1u);
  EXPECT_EQ(page.elements()[0].Find("number")->text(), "1");
  EXPECT_EQ(page.elements()[0].StringAt("order"), "order-1");
  EXPECT_EQ(page.elements()[0].Find("headers")->StringAt("Content-Type"), "application/json");
  const JsonValue body = Parse(BodyAt(page, 0));
  EXPECT_TRUE(VerifyPraxisMessage(body, kSecret));
  EXPECT_EQ(body.StringAt("transaction_type"), "sale");
  EXPECT_EQ(body.StringAt("transaction_status"), "approved");
  EXPECT_EQ(body.StringAt("transaction_id"), "T752856");
  EXPECT_EQ(body.StringAt("order_id"), "order-1");
  EXPECT_EQ(body.StringAt("frontend"), "Integration TEST USD");
  EXPECT_EQ(body.StringAt("pin"), "cust-1");
  EXPECT_EQ(body.StringAt("currency"), "USD");
  EXPECT_EQ(body.StringAt("version"), "1.1");
  for (const auto& [name, value] : {std::pair<const char*, const char*>{"trace_id", "752856"},
                                    {"amount", "1500"},
                                    {"charge_amount", "1400"},
                                    {"timestamp", "1700000000"}}) {
    EXPECT_TRUE(body.Find(name)->is_number()) << name;
    EXPECT_EQ(body.Find(name)->text(), value) << name;
  }
}

TEST_F(NotificationOutboxTest, H2hSignsTimestampNonceAndBody) {
  h2h_.Tell(Booked("pay-1", "processing"));
  h2h_.Tell(Booked("pay-1", "success"));
  const JsonValue page = h2h_.After(0);
  EXPECT_EQ(BodyAt(page, 0),
            R"({"amount":1500,"currency":"USD","merchant_payment_id":"pay-1",)"
            R"("payment_id":"6a0c2c3e-0000-4000-8000-000000000001","status":"processing"})");
  EXPECT_EQ(Parse(BodyAt(page, 1)).Find("processing_info")->Find("amount_acquired")->text(),
            "1500");
  const JsonValue& headers = *page.elements()[1].Find("headers");
  EXPECT_EQ(headers.StringAt("X-MP-Timestamp"), "1700000000000");
  EXPECT_EQ(
      headers.StringAt("X-MP-Signature"),
      HmacSha256Base64(kApiSecret, absl::StrCat("1700000000000|", headers.StringAt("X-MP-Nonce"),
                                                "|", BodyAt(page, 1))));
  EXPECT_NE(headers.StringAt("X-MP-Nonce"),
            page.elements()[0].Find("headers")->StringAt("X-MP-Nonce"));
}

TEST_F(NotificationOutboxTest, GivesWhatComesAfterANumber) {
  for (size_t i = 0; i < NotificationOutbox::kPageCountMax + 1; ++i) {
    h2h_.Tell(Booked("pay-1", "processing"));
  }
  EXPECT_EQ(h2h_.After(0).elements().size(), NotificationOutbox::kPageCountMax);
  const JsonValue rest = h2h_.After(NotificationOutbox::kPageCountMax);
  ASSERT_EQ(rest.elements().size(), 1u);
  EXPECT_EQ(rest.elements()[0].Find("number")->text(), "1001");
  EXPECT_TRUE(h2h_.After(1001).elements().empty());
}

TEST_F(NotificationOutboxTest, TakesTheDocumentsAcknowledgementOnce) {
  praxis_.Tell(Booked("order-1", "approved"));
  now_ms_ += 5000;
  EXPECT_EQ(praxis_.Acknowledge(1, Reply(kNowSeconds + 5))->problem, "");
  EXPECT_EQ(praxis_.Acknowledge(1, Reply(kNowSeconds + 5))->problem, "");
  EXPECT_EQ(praxis_.After(0).elements()[0].Find("acknowledged")->kind(), JsonValue::Kind::kTrue);
  EXPECT_EQ(Stats(praxis_).Find("acknowledged")->text(), "1");
  EXPECT_FALSE(praxis_.Acknowledge(2, Reply(kNowSeconds)).has_value());
}

TEST_F(NotificationOutboxTest, SendsAgainOnceWhatWasNotRightlyAcknowledged) {
  praxis_.Tell(Booked("order-1", "approved"));
  now_ms_ += 5000;
  MerchantReply refused = Reply(kNowSeconds + 5);
  JsonValue body = Parse(refused.body);
  body.Set("status", JsonValue::Number(-1)).Erase("signature");
  refused.body = SignedText(body);
  const auto result = praxis_.Acknowledge(1, refused);
  EXPECT_EQ(result->problem, "status: must be 0");
  ASSERT_EQ(result->resent_as, 2);
  EXPECT_FALSE(praxis_.Acknowledge(1, refused)->resent_as.has_value());

  const JsonValue page = praxis_.After(1);
  ASSERT_EQ(page.elements().size(), 1u);
  JsonValue again = Parse(BodyAt(page, 0));
  EXPECT_TRUE(VerifyPraxisMessage(again, kSecret));
  EXPECT_EQ(again.Find("timestamp")->text(), "1700000005");
  EXPECT_EQ(again.StringAt("order_id"), "order-1");
  EXPECT_EQ(praxis_.Acknowledge(2, Reply(kNowSeconds + 5))->problem, "");
  const JsonValue stats = Stats(praxis_);
  EXPECT_EQ(stats.Find("notifications")->text(), "1");
  EXPECT_EQ(stats.Find("resent")->text(), "1");
  EXPECT_EQ(stats.Find("bad_acknowledgements")->text(), "2");
  EXPECT_EQ(stats.Find("acknowledged")->text(), "1");
}

TEST_F(NotificationOutboxTest, PraxisRefusesEveryWrongReply) {
  const auto problem_of = [this](const MerchantReply& reply) {
    praxis_.Tell(Booked("order-1", "approved"));
    const std::string last = praxis_.After(0).elements().back().Find("number")->text();
    return std::string(praxis_.Acknowledge(std::stoll(last), reply)->problem);
  };
  MerchantReply reply = Reply(kNowSeconds);
  EXPECT_EQ(problem_of(reply), "");
  reply.status = 204;
  EXPECT_EQ(problem_of(reply), "HTTP status: must be 200");
  EXPECT_EQ(problem_of({200, {}, "OK"}), "body: must be one JSON object");
  EXPECT_EQ(problem_of({200, {}, R"({"status":"0"})"}), "status: must be 0");
  EXPECT_EQ(problem_of({200, {}, R"({"status":0})"}), "version: must be the string 1.1");
  EXPECT_EQ(problem_of({200, {}, R"({"status":0,"version":"1.1"})"}),
            "signature: missing or wrong");
  EXPECT_EQ(problem_of(Reply(kNowSeconds - 61)), "timestamp: older than one minute");
  EXPECT_EQ(problem_of(Reply(kNowSeconds + 1)), "timestamp: lies in the future");
}

TEST_F(NotificationOutboxTest, AnyHttp200AcknowledgesAnH2hCallback) {
  h2h_.Tell(Booked("pay-1", "success"));
  EXPECT_EQ(h2h_.Acknowledge(1, {500, {}, ""})->problem, "HTTP status: must be 200");
  EXPECT_EQ(h2h_.Acknowledge(2, {200, {}, ""})->problem, "");
  const JsonValue page = h2h_.After(0);
  EXPECT_EQ(BodyAt(page, 0), BodyAt(page, 1));
  EXPECT_NE(page.elements()[0].Find("headers")->StringAt("X-MP-Nonce"),
            page.elements()[1].Find("headers")->StringAt("X-MP-Nonce"));
}

TEST_F(NotificationOutboxTest, ContradictsItselfTwice) {
  Order order = Booked("order-1", "approved");
  order.contradicting_state = "declined";
  praxis_.Tell(order);
  const JsonValue page = praxis_.After(0);
  ASSERT_EQ(page.elements().size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    const JsonValue body = Parse(BodyAt(page, i));
    EXPECT_TRUE(VerifyPraxisMessage(body, kSecret));
    EXPECT_EQ(body.StringAt("transaction_status"), i < 2 ? "approved" : "declined");
  }
}

TEST_F(NotificationOutboxTest, ForgesForPraxis) {
  const Order order = Booked("order-1", "approved");
  for (Forgery forgery :
       {Forgery::kSignature, Forgery::kForeign, Forgery::kAmount, Forgery::kStale}) {
    praxis_.TellForged(order, forgery);
  }
  const JsonValue page = praxis_.After(0);
  const JsonValue signature = Parse(BodyAt(page, 0));
  EXPECT_FALSE(VerifyPraxisMessage(signature, kSecret));
  EXPECT_EQ(signature.StringAt("signature").size(), 96u);
  const JsonValue foreign = Parse(BodyAt(page, 1));
  EXPECT_TRUE(VerifyPraxisMessage(foreign, kSecret));
  EXPECT_NE(foreign.StringAt("frontend"), "Integration TEST USD");
  const JsonValue amount = Parse(BodyAt(page, 2));
  EXPECT_TRUE(VerifyPraxisMessage(amount, kSecret));
  EXPECT_EQ(amount.Find("amount")->text(), "1501");
  const JsonValue stale = Parse(BodyAt(page, 3));
  EXPECT_TRUE(VerifyPraxisMessage(stale, kSecret));
  EXPECT_EQ(stale.Find("timestamp")->text(), absl::StrCat(kNowSeconds - 2 * 86400));

  EXPECT_EQ(praxis_.Acknowledge(1, Reply(kNowSeconds))->problem, "");
  EXPECT_FALSE(praxis_.Acknowledge(2, {500, {}, ""})->resent_as.has_value());
  const JsonValue stats = Stats(praxis_);
  EXPECT_EQ(stats.Find("notifications")->text(), "0");
  EXPECT_EQ(stats.Find("forged_notifications")->text(), "4");
  EXPECT_EQ(stats.Find("acknowledged")->text(), "0");
  EXPECT_EQ(stats.Find("acknowledged_forgeries")->text(), "1");
}

TEST_F(NotificationOutboxTest, ForgesForH2h) {
  const Order order = Booked("pay-1", "success");
  for (Forgery forgery :
       {Forgery::kSignature, Forgery::kForeign, Forgery::kAmount, Forgery::kStale}) {
    h2h_.TellForged(order, forgery);
  }
  const JsonValue page = h2h_.After(0);
  const auto verifies = [&](size_t index) {
    const JsonValue& headers = *page.elements()[index].Find("headers");
    return headers.StringAt("X-MP-Signature") ==
           HmacSha256Base64(kApiSecret,
                            absl::StrCat(headers.StringAt("X-MP-Timestamp"), "|",
                                         headers.StringAt("X-MP-Nonce"), "|", BodyAt(page, index)));
  };
  EXPECT_FALSE(verifies(0));
  EXPECT_TRUE(verifies(1));
  EXPECT_TRUE(verifies(2));
  EXPECT_TRUE(verifies(3));
  EXPECT_NE(Parse(BodyAt(page, 1)).StringAt("payment_id"), order.uuid);
  EXPECT_EQ(Parse(BodyAt(page, 2)).Find("amount")->text(), "1501");
  EXPECT_EQ(page.elements()[3].Find("headers")->StringAt("X-MP-Timestamp"),
            absl::StrCat((kNowSeconds - 2 * 86400) * 1000));
}

TEST_F(NotificationOutboxTest, DropsTheOldestAcknowledgedFirstWhenFull) {
  NotificationOutbox outbox(std::make_unique<H2hNotification>(kApiSecret), clock_, 3);
  const auto numbers = [&] {
    std::string text;
    const JsonValue page = outbox.After(0);
    for (const JsonValue& notification : page.elements()) {
      text += notification.Find("number")->text();
    }
    return text;
  };
  const Order order = Booked("pay-1", "processing");
  for (int i = 0; i < 3; ++i) outbox.Tell(order);
  ASSERT_EQ(outbox.Acknowledge(2, {200, {}, ""})->problem, "");
  outbox.Tell(order);
  EXPECT_EQ(numbers(), "134");
  outbox.Tell(order);
  EXPECT_EQ(numbers(), "345");
}

TEST_F(NotificationOutboxTest, ResetForgetsAndNumbersGoOn) {
  h2h_.Tell(Booked("pay-1", "processing"));
  h2h_.Reset();
  EXPECT_TRUE(h2h_.After(0).elements().empty());
  EXPECT_EQ(Stats(h2h_).Find("notifications")->text(), "0");
  h2h_.Tell(Booked("pay-1", "processing"));
  EXPECT_EQ(h2h_.After(0).elements()[0].Find("number")->text(), "2");
}

}  // namespace
}  // namespace cardvault::sandbox
