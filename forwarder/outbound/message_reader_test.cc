#include "forwarder/outbound/message_reader.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "card/test_pans.h"
#include "forwarder/outbound/response_firewall.h"
#include "forwarder/outbound/sorted_values.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

class MessageReaderTest : public ::testing::Test {
 protected:
  absl::StatusOr<ReadMessage> Read(absl::string_view body, const Pan* sent_pan = nullptr) {
    IncomingMessage message;
    message.body = SecretBytes::CopyOf(body);
    return ReadIncoming(std::move(message), rule_, secrets_, sent_pan);
  }

  // As path=text, separated by blanks.
  static std::string Lines(const ReadMessage& message) {
    std::string lines;
    for (const AnswerField& field : message.fields) {
      absl::StrAppend(&lines, lines.empty() ? "" : " ", field.path, "=", field.text);
    }
    return lines;
  }

  MessageRule rule_ = {SortedValuesProof{"signature", "merchant_secret"},
                       {"trace_id", "order_id", "amount", "note", "url", "cvv"}};
  RouteSecrets secrets_ = {
      {"merchant_secret",
       {std::make_shared<const SecretBytes>(SecretBytes::CopyOf("MerchantSecretKey")), nullptr}}};
};

TEST_F(MessageReaderTest, NotificationComesInByItsListAlone) {
  SortedValues sorted;
  sorted.Add("amount", "1500");
  sorted.Add("order_id", "order-1");
  sorted.Add("secret_thing", "x");
  const std::string signature = *sorted.Sign(SecretBytes::CopyOf("MerchantSecretKey"));
  const std::string body = absl::StrCat(
      R"({"secret_thing":"x","order_id":"order-1","amount":1500,"signature":")", signature, "\"}");
  auto read = Read(body);
  ASSERT_THAT(read, IsOk());
  EXPECT_TRUE(read->has_proof);
  EXPECT_TRUE(read->verified);
  EXPECT_FALSE(read->found_card);
  EXPECT_EQ(Lines(*read), "order_id=order-1 amount=1500");
  EXPECT_TRUE(read->fields[0].is_string);
  EXPECT_FALSE(read->fields[1].is_string);
  secrets_["merchant_secret"].current =
      std::make_shared<const SecretBytes>(SecretBytes::CopyOf("AnotherKey"));
  read = Read(body);
  ASSERT_THAT(read, IsOk());
  EXPECT_TRUE(read->has_proof);
  EXPECT_FALSE(read->verified);
}

TEST_F(MessageReaderTest, ProofThatWasNotAskedForIsNoWrongOne) {
  rule_.proof = NoProof();
  const auto read = Read(R"({"order_id":"order-1","trace_id":null})");
  ASSERT_THAT(read, IsOk());
  EXPECT_FALSE(read->has_proof);
  EXPECT_FALSE(read->verified);
  EXPECT_EQ(Lines(*read), "trace_id= order_id=order-1");
  EXPECT_TRUE(read->fields[0].is_null);
}

TEST_F(MessageReaderTest, AnyCardInANotificationIsMasked) {
  const auto read = Read(absl::StrCat(R"({"note":"card )", kVisaTestPan2, R"(","trace_id":)",
                                      kMastercardTestPan, R"(,"url":"https://x.example/?n=)",
                                      kAmexTestPan, R"(","cvv":"123","order_id":"order-1"})"));
  ASSERT_THAT(read, IsOk());
  EXPECT_TRUE(read->found_card);
  EXPECT_EQ(Lines(*read), absl::StrCat("trace_id=", kCardNumberRemoved, " order_id=order-1 note=",
                                       kCardNumberRemoved, " cvv=", kCodeRemoved));
  EXPECT_TRUE(read->fields[0].is_string);
}

TEST_F(MessageReaderTest, TheCardThatWasSentIsMaskedWhereItStands) {
  const Pan pan = *Pan::Parse(kVisaTestPan);
  const auto read = Read(absl::StrCat(R"({"note":"card )", kVisaTestPan, R"( ok"})"), &pan);
  ASSERT_THAT(read, IsOk());
  EXPECT_TRUE(read->found_card);
  EXPECT_EQ(Lines(*read), absl::StrCat("note=card ", kCardNumberRemoved, " ok"));
}

TEST_F(MessageReaderTest, WhatIsNoObjectIsRefused) {
  for (const char* const body : {"", "[]", "null", "{", "{} {}", R"({"a":1,"a":2})", "a=b&c=d"}) {
    EXPECT_THAT(Read(body),
                StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid))
        << body;
  }
}

}  // namespace
}  // namespace cardvault
