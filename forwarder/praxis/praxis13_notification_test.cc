#include "forwarder/praxis/praxis13_notification.h"

#include <memory>
#include <string>

#include "absl/strings/str_replace.h"
#include "base/secret_bytes.h"
#include "forwarder/outbound/message_reader.h"
#include "forwarder/outbound/signed_answer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using State = PaymentState;

constexpr char kBody[] =
    R"({"merchant_id":"Test-Integration-Merchant","application_key":"Sandbox",)"
    R"("timestamp":1700000000,"version":"1.3","customer":{"customer_token":"tok-1"},)"
    R"("session":{"order_id":"order-1"},"transaction":{"transaction_status":"approved",)"
    R"("tid":752856,"currency":"USD","amount":1500.00,"conversion_rate":1.00,)"
    R"("processed_currency":"USD","processed_amount":1500.00}})";
// Computed apart from this code, with Python's hashlib, over the numbers as they stand above.
constexpr char kSignature[] =
    "c5689da03fca76d1064be23cb3552e7bc9f7e0fe7945a2787309db2ccb1c8d7f75c73e5955fd4eaad1326c40f12cd0"
    "7f";

RouteSecrets Secrets() {
  RouteSecrets secrets;
  secrets["merchant_secret"].current =
      std::make_shared<const SecretBytes>(SecretBytes::CopyOf("MerchantSecretKey"));
  return secrets;
}

ReadMessage Read(const std::string& body) {
  IncomingMessage message;
  message.headers = {{"gt-authentication", kSignature}};
  message.body = SecretBytes::CopyOf(body);
  auto read = ReadIncoming(std::move(message), Praxis13NotificationRule(), Secrets(), nullptr);
  EXPECT_THAT(read, IsOk());
  return *std::move(read);
}

ReadMessage ReadChanged(absl::string_view from, absl::string_view to) {
  return Read(absl::StrReplaceAll(kBody, {{from, to}}));
}

Praxis13Settings Settings() {
  Praxis13Settings settings;
  settings.merchant_id = "Test-Integration-Merchant";
  settings.application_key = "Sandbox";
  return settings;
}

NotificationNews News(const ReadMessage& message) {
  return ReadPraxis13Notification(message, Settings());
}

SentPayment Sent() { return {"order-1", "USD", 1500, 2, 2}; }

TEST(Praxis13NotificationTest, ReadsAVerifiedNotification) {
  const ReadMessage message = Read(kBody);
  EXPECT_TRUE(message.has_proof);
  EXPECT_TRUE(message.verified);
  const NotificationNews news = News(message);
  EXPECT_EQ(news.reference, "order-1");
  EXPECT_FALSE(news.is_foreign);
  EXPECT_EQ(news.identity, "approved|752856|1500|USD|1500|USD");
  EXPECT_EQ(news.time, absl::FromUnixSeconds(1700000000));
}

TEST(Praxis13NotificationTest, EverySignedValueIsCovered) {
  for (const auto& [from, to] :
       {std::pair("Test-Integration-Merchant", "Another"), std::pair("Sandbox", "Another"),
        std::pair("1700000000", "1700000001"), std::pair("tok-1", "tok-2"),
        std::pair("order-1", "order-2"), std::pair("752856", "752857"),
        std::pair("\"currency\":\"USD\"", "\"currency\":\"EUR\""),
        std::pair("\"amount\":1500.00", "\"amount\":1501.00"), std::pair("1.00", "2.00"),
        std::pair("\"processed_currency\":\"USD\"", "\"processed_currency\":\"EUR\""),
        std::pair("\"processed_amount\":1500.00", "\"processed_amount\":1501.00")}) {
    EXPECT_FALSE(ReadChanged(from, to).verified) << from;
  }
}

// Why the word of a verified one is no outcome.
TEST(Praxis13NotificationTest, TheSignatureCoversNeitherStatusNorWhereAValueEnds) {
  EXPECT_TRUE(ReadChanged("approved", "declined").verified);
  const ReadMessage shifted =
      Read(absl::StrReplaceAll(kBody, {{"order-1", "order-17"}, {"752856", "52856"}}));
  EXPECT_TRUE(shifted.verified);
  EXPECT_EQ(News(shifted).reference, "order-17");
}

TEST(Praxis13NotificationTest, WhatItSaysIsToBeConfirmed) {
  const ReadMessage message = Read(kBody);
  EXPECT_TRUE(News(message).needs_confirming);
  const PaymentOutcome outcome = ReadPraxis13NotifiedOutcome(message, Sent());
  EXPECT_EQ(outcome.state, State::kApproved);
  EXPECT_EQ(outcome.raw_status, "approved");
  EXPECT_EQ(outcome.settled_amount, 1500);
  EXPECT_FALSE(outcome.conflict);
  EXPECT_FALSE(outcome.needs_review);
  EXPECT_TRUE(
      ReadPraxis13NotifiedOutcome(ReadChanged("approved", "chargeback"), Sent()).needs_review);
  EXPECT_EQ(ReadPraxis13NotifiedOutcome(ReadChanged("approved", ""), Sent()).state,
            State::kInDoubt);
}

TEST(Praxis13NotificationTest, AnotherPaymentsAmountIsAConflict) {
  const ReadMessage message = Read(kBody);
  SentPayment other = Sent();
  other.wire_amount = 1501;
  EXPECT_TRUE(ReadPraxis13NotifiedOutcome(message, other).conflict);
  other = Sent();
  other.currency = "EUR";
  EXPECT_TRUE(ReadPraxis13NotifiedOutcome(message, other).conflict);
  other = Sent();
  other.reference = "order-2";
  EXPECT_TRUE(ReadPraxis13NotifiedOutcome(message, other).conflict);
}

TEST(Praxis13NotificationTest, AnotherAccountsIsForeign) {
  EXPECT_TRUE(News(ReadChanged("Test-Integration-Merchant", "Another")).is_foreign);
  EXPECT_TRUE(News(ReadChanged("Sandbox", "Another")).is_foreign);
  EXPECT_TRUE(News(ReadChanged("\"merchant_id\"", "\"another_id\"")).is_foreign);
  EXPECT_TRUE(News(ReadChanged("\"application_key\"", "\"another_key\"")).is_foreign);
}

TEST(Praxis13NotificationTest, WithoutATimeItIsOld) {
  EXPECT_EQ(News(ReadChanged("1700000000", "\"now\"")).time, absl::InfinitePast());
  EXPECT_EQ(News(ReadChanged("\"timestamp\"", "\"time\"")).time, absl::InfinitePast());
}

TEST(Praxis13NotificationTest, AcknowledgementHasTheVectorsSignatureInBothHeaders) {
  const AcknowledgementPlan plan = PlanPraxis13Acknowledgement();
  const auto answer =
      BuildSignedAnswer(plan.body, plan.signer, Secrets(), absl::FromUnixSeconds(1700000005));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->body,
            R"({"description":"Success","status":0,"timestamp":1700000005,"version":"1.3"})");
  const std::string signature =
      "8ded81b32c5cb4391e8d59085ecd77d00c4ffc511acd15bf8a050a18463cf2cd7c812bc7be2fbd9065aac4868aff"
      "97d1";
  EXPECT_THAT(answer->headers, ElementsAre(Pair("Content-Type", "application/json; charset=utf-8"),
                                           Pair("Gt-Authentication", signature),
                                           Pair("external-request-signature", signature)));
}

}  // namespace
}  // namespace cardvault
