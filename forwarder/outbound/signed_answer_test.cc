#include "forwarder/outbound/signed_answer.h"

#include <cstdint>
#include <memory>
#include <string>

#include "base/secret_bytes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

const absl::Time kNow = absl::FromUnixMillis(1700000005999);
constexpr char kJson[] = "application/json; charset=utf-8";

RouteSecrets Secrets() {
  RouteSecrets secrets;
  secrets["merchant_secret"].current =
      std::make_shared<const SecretBytes>(SecretBytes::CopyOf("MerchantSecretKey"));
  return secrets;
}

PlanObject Body(const std::string& version) {
  return {{"description", std::string("Success")},
          {"status", int64_t{0}},
          {"timestamp", PlanSlot::kTimestampSeconds},
          {"version", version}};
}

TEST(SignedAnswerTest, AcknowledgementOf11HasTheVectorsSignatureInItsBody) {
  const auto answer = BuildSignedAnswer(
      Body("1.1"), SortedValuesSigner{"signature", "merchant_secret"}, Secrets(), kNow);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(
      answer->body,
      R"({"description":"Success","status":0,"timestamp":1700000005,"version":"1.1",)"
      R"("signature":"ed5860a11a04c218720e79eb9acb032880d71cc1a6d4c6e8eec49f2f937192ef1376585)"
      R"(a8263ffd1e5821b1118abd8b3"})");
  EXPECT_THAT(answer->headers, ElementsAre(Pair("Content-Type", kJson)));
}

TEST(SignedAnswerTest, AcknowledgementOf13HasTheVectorsSignatureInBothHeaders) {
  const ListedValuesSigner signer = {{"Gt-Authentication", "external-request-signature"},
                                     {"status", "timestamp"},
                                     "merchant_secret"};
  const auto answer = BuildSignedAnswer(Body("1.3"), signer, Secrets(), kNow);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->body,
            R"({"description":"Success","status":0,"timestamp":1700000005,"version":"1.3"})");
  const std::string signature =
      "8ded81b32c5cb4391e8d59085ecd77d00c4ffc511acd15bf8a050a18463cf2cd7c812bc7be2fbd9065aac4868aff"
      "97d1";
  EXPECT_THAT(answer->headers,
              ElementsAre(Pair("Content-Type", kJson), Pair("Gt-Authentication", signature),
                          Pair("external-request-signature", signature)));
}

TEST(SignedAnswerTest, UnsignedAnswerNeedsNoCredential) {
  const auto answer = BuildSignedAnswer({{"ok", true}}, NoSigner(), {}, kNow);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->body, R"({"ok":true})");
  EXPECT_THAT(answer->headers, ElementsAre(Pair("Content-Type", kJson)));
}

TEST(SignedAnswerTest, RefusesWhatCannotBeSigned) {
  EXPECT_THAT(BuildSignedAnswer(Body("1.1"), SortedValuesSigner(), {}, kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(BuildSignedAnswer(Body("1.1"), CanonicalHmacSigner(), Secrets(), kNow),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(BuildSignedAnswer({{"pan", PlanSlot::kPan}}, NoSigner(), {}, kNow),
              StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace cardvault
