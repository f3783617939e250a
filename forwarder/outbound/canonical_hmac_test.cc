#include "forwarder/outbound/canonical_hmac.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

// The expected values were computed apart from this code, with Python's hmac, hashlib and base64:
//   base64.b64encode(hmac.new(b"ApiSecret-1", canonical, hashlib.sha256).digest())
// where `canonical` is the template with each {placeholder} replaced by these values.
class CanonicalHmacTest : public ::testing::Test {
 protected:
  CanonicalHmacTest() {
    body_ = absl::StrCat(R"({"payment":{"amount":1500},"card":{"pan":")", kVisaTestPan,
                         R"(","cvv":"568"}})");
    input_.method = "POST";
    input_.path = "/api/payment/payin/card";
    input_.host = "gateway.example:8443";
    input_.timestamp = "1700000000123";
    input_.nonce = "0123456789abcdef0123456789abcdef";
    input_.body = body_;
    signer_.key_id = "key-1";
    signer_.wallet_uid = "wallet-1";
  }

  std::string Sign(const std::string& canonical_template,
                   absl::string_view secret = "ApiSecret-1") {
    signer_.canonical_template = canonical_template;
    const auto signature = SignCanonical(signer_, input_, SecretBytes::CopyOf(secret));
    EXPECT_THAT(signature, IsOk());
    return signature.value_or("");
  }

  std::string body_;
  CanonicalInput input_;
  CanonicalHmacSigner signer_;
};

TEST_F(CanonicalHmacTest, SignsTheSchemesOfComparableGateways) {
  EXPECT_EQ(Sign("{method}\n{path}\n{timestamp}\n{nonce}\n{body_sha256_hex}"),
            "yL7y3uqV1cIwLSw27cFlBFz1Tz86//t9Dtz3o6Ad5ew=");
  EXPECT_EQ(Sign("{timestamp}|{nonce}|{body}"), "CRP+Y9koH31IfIUpc1TZjZHmO1aO0KZ5HHkI8A0GvuI=");
  EXPECT_EQ(Sign("{timestamp}{method}{path}{body}"),
            "Y+E0cJZBHrwbJkXKIzYJEpnAHibbmSqUcQOOTmZqd4U=");
  EXPECT_EQ(Sign("{method}|{path}|{timestamp}|{body}"),
            "rrPQXv/soS69PHRk9pCbeO1qFEzRFCqGMj64IZZHdiM=");
  EXPECT_EQ(Sign("{host};{key_id};{wallet_uid};{body_sha256_base64}"),
            "r32Ny4y+qui0woee6/rVymg5yy+2xSX5QgoPljaIHIs=");
}

TEST_F(CanonicalHmacTest, SignsWithEveryHashAndEncoding) {
  signer_.hash = SignatureHash::kSha384;
  signer_.output = SignatureEncoding::kHex;
  EXPECT_EQ(
      Sign("{timestamp}|{nonce}|{body}"),
      "691eb69d6dc55c70d6a09cc482b3da3668fb5e0923f358915a3759e3cefa035ca2d4678430f403cb32d1a7c5"
      "f4387f53");
  signer_.hash = SignatureHash::kSha512;
  signer_.output = SignatureEncoding::kBase64Url;
  EXPECT_EQ(
      Sign("{timestamp}|{nonce}|{body}"),
      "2QCP2DmCT-CZZDHD1S8EiBEwQQ4uujoh-TBU0QAW-4CyvZdTTIhRZXw3KrntYjsMCz_K5qNEXQ5-84grOAwYow==");
}

TEST_F(CanonicalHmacTest, TakesSecretsInEveryEncoding) {
  const std::string expected = "A0D006IbJieh36TmhPXEgyT9ZS46aA/fg0TMdj3Af6g=";
  signer_.secret_encoding = SecretEncoding::kHex;
  EXPECT_EQ(Sign("{timestamp}|{nonce}|{body}", "00fF10a5"), expected);
  signer_.secret_encoding = SecretEncoding::kBase64;
  EXPECT_EQ(Sign("{timestamp}|{nonce}|{body}", "AP8QpQ=="), expected);
  signer_.secret_encoding = SecretEncoding::kUtf8;
  // Longer than the hash's block: HMAC hashes such keys first.
  EXPECT_EQ(Sign("{timestamp}|{nonce}|{body}", std::string(200, 'k')),
            "oXLQCnO+61LNTgy2EDGpTYj0PVT+lVhE5T8qmvFF2qE=");
}

TEST_F(CanonicalHmacTest, RefusesUnusableSecretsAndTemplates) {
  signer_.canonical_template = "{body}";
  EXPECT_THAT(SignCanonical(signer_, input_, SecretBytes()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  signer_.secret_encoding = SecretEncoding::kHex;
  EXPECT_THAT(SignCanonical(signer_, input_, SecretBytes::CopyOf("ApiSecret-1")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  signer_.canonical_template = "{bodi}";
  EXPECT_THAT(SignCanonical(signer_, input_, SecretBytes::CopyOf("00ff")),
              StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace cardvault
