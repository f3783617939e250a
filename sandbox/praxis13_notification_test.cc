#include "sandbox/praxis13_notification.h"

#include <gtest/gtest.h>

#include <string>

#include "sandbox/praxis13_signature.h"
#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr char kSecret[] = "MerchantSecretKey";
constexpr int64_t kNowMs = 1'700'000'005'000;
// Of status 0 and timestamp 1700000005.
constexpr char kAcknowledgement[] =
    "8ded81b32c5cb4391e8d59085ecd77d00c4ffc511acd15bf8a050a18463cf2cd"
    "7c812bc7be2fbd9065aac4868aff97d1";

Order Approved() {
  Order order;
  order.id = "order-1";
  order.kind = "sale";
  order.state = "approved";
  order.amount = 1500;
  order.currency = "USD";
  order.customer_id = "cust-1";
  order.trace_ids = {752856};
  return order;
}

class Praxis13NotificationTest : public testing::Test {
 protected:
  std::string ReplyProblem(const std::string& header, const std::string& signature,
                           const std::string& body) {
    return std::string(dialect_.ReplyProblem({200, {{header, signature}}, body}, kNowMs));
  }

  const Praxis13Notification dialect_{*SampleCredentials().praxis13};
  const std::string right_ =
      R"({"description":"Success","status":0,"timestamp":1700000005,"version":"1.3"})";
};

TEST_F(Praxis13NotificationTest, SignsThePublicListInItsHeader) {
  const SignedNotification notification =
      dialect_.Sign(dialect_.MessageOf(Approved(), Account::kOwn), kNowMs, Account::kOwn);
  EXPECT_EQ(notification.headers.at("Content-Type"), "application/json; charset=utf-8");
  const JsonValue body = JsonValue::Parse(notification.body).value();
  EXPECT_TRUE(VerifyPraxis13(Praxis13Message::kNotification, body, kSecret,
                             notification.headers.at("Gt-Authentication")));
  EXPECT_EQ(body.StringAt("version"), "1.3");
  EXPECT_EQ(body.Find("timestamp")->text(), "1700000005");
  EXPECT_EQ(body.Find("session")->StringAt("order_id"), "order-1");
  const JsonValue& transaction = *body.Find("transaction");
  EXPECT_EQ(transaction.Find("tid")->text(), "752856");
  EXPECT_EQ(transaction.Find("conversion_rate")->text(), "1.00");
  EXPECT_EQ(transaction.Find("processed_amount")->text(), "1500");
  EXPECT_EQ(transaction.StringAt("processed_currency"), "USD");
}

TEST_F(Praxis13NotificationTest, WhatIsNotProcessedHasNoProcessedAmount) {
  Order order = Approved();
  order.state = "pending";
  const JsonValue message = dialect_.MessageOf(order, Account::kOwn);
  EXPECT_EQ(message.Find("transaction")->Find("processed_amount")->kind(), JsonValue::Kind::kNull);
}

TEST_F(Praxis13NotificationTest, ForgesForeignAndWronglySignedOnes) {
  const JsonValue foreign = dialect_.MessageOf(Approved(), Account::kAnother);
  EXPECT_NE(foreign.StringAt("application_key"), "Sandbox");
  const SignedNotification forged =
      dialect_.Sign(dialect_.MessageOf(Approved(), Account::kOwn), kNowMs, Account::kAnother);
  EXPECT_FALSE(VerifyPraxis13(Praxis13Message::kNotification, JsonValue::Parse(forged.body).value(),
                              kSecret, forged.headers.at("Gt-Authentication")));
}

TEST_F(Praxis13NotificationTest, TakesAnAcknowledgementSignedInEitherHeader) {
  EXPECT_EQ(ReplyProblem("gt-authentication", kAcknowledgement, right_), "");
  EXPECT_EQ(ReplyProblem("external-request-signature", kAcknowledgement, right_), "");
  EXPECT_EQ(ReplyProblem("x-signature", kAcknowledgement, right_), "signature: missing or wrong");
}

TEST_F(Praxis13NotificationTest, RefusesEveryWrongReply) {
  const auto problem_of = [&](const std::string& body) {
    const JsonValue message = JsonValue::Parse(body).value();
    return ReplyProblem("gt-authentication",
                        SignPraxis13(Praxis13Message::kAcknowledgement, message, kSecret), body);
  };
  EXPECT_EQ(problem_of(R"({"status":-1,"timestamp":1700000005,"version":"1.3"})"),
            "status: must be 0");
  EXPECT_EQ(problem_of(R"({"status":0,"timestamp":1700000005,"version":"1.1"})"),
            "version: must be the string 1.3");
  EXPECT_EQ(problem_of(R"({"status":0,"timestamp":1699999944,"version":"1.3"})"),
            "timestamp: older than one minute");
  EXPECT_EQ(ReplyProblem("gt-authentication", kAcknowledgement, "OK"),
            "body: must be one JSON object");
  EXPECT_EQ(dialect_.ReplyProblem({500, {{"gt-authentication", kAcknowledgement}}, right_}, kNowMs),
            "HTTP status: must be 200");
}

}  // namespace
}  // namespace cardvault::sandbox
