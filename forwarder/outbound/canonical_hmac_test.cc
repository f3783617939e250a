#include "forwarder/outbound/canonical_hmac.h"

#include <string>
#include <vector>

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

// Computed in the same way, with hashlib.sha512, .hex() and base64.urlsafe_b64encode.
TEST_F(CanonicalHmacTest, SignsEverySchemeWithOtherHashesAndOutputs) {
  struct Vector {
    const char* canonical_template;
    const char* sha256_hex;
    const char* sha256_base64url;
    const char* sha512_hex;
  };
  for (const Vector& vector : std::vector<Vector>{
           {"{method}\n{path}\n{timestamp}\n{nonce}\n{body_sha256_hex}",
            "c8bef2deea95d5c2302d2c36edc165045cf54f3f3afffb7d0edcf7a3a01de5ec",
            "yL7y3uqV1cIwLSw27cFlBFz1Tz86__t9Dtz3o6Ad5ew=",
            "351ceebeca1df5d1b2108b2fe299112fc01e2bb9bd76b55584fe233a1b719f20072b5da54c58849e0095c0"
            "eefb53601e4f55de2e12b2b84195efe1d957d38922"},
           {"{timestamp}|{nonce}|{body}",
            "0913fe63d9281f7d487c85297354d98d91e63b568ed0a6791c7908f00d06bee2",
            "CRP-Y9koH31IfIUpc1TZjZHmO1aO0KZ5HHkI8A0GvuI=",
            "d9008fd839824fe0996431c3d52f04881130410e2eba3a21f93054d10016fb80b2bd97534c8851657c372a"
            "b9ed623b0c0b3fcae6a3445d0e7ef3882b380c18a3"},
           {"{timestamp}{method}{path}{body}",
            "63e1347096411ebc1b2645ca2336091299c01e26db992a9471038e4e666a7785",
            "Y-E0cJZBHrwbJkXKIzYJEpnAHibbmSqUcQOOTmZqd4U=",
            "54865d89b1881733db21cfe13122b8e5f7a7c011b03bc9f09e251439e7f15748726155227f27fd9c508467"
            "2c0b68ff98c81dc835c0558b946ba9c8df3a6570f1"},
           {"{method}|{path}|{timestamp}|{body}",
            "aeb3d05effeca12ebd3c7464f6909b78ed6a144cd1142a86323eb82196477623",
            "rrPQXv_soS69PHRk9pCbeO1qFEzRFCqGMj64IZZHdiM=",
            "82b2f93d4b896a2367da7ae32f8aa55695b407e139c119accf11aea198a4edbfcdc5c9c8db7152b59bd8e3"
            "4c6131ef53a84eb1c0cdb0266bb37df656aa43d7d9"},
       }) {
    SCOPED_TRACE(vector.canonical_template);
    signer_.hash = SignatureHash::kSha256;
    signer_.output = SignatureEncoding::kHex;
    EXPECT_EQ(Sign(vector.canonical_template), vector.sha256_hex);
    signer_.output = SignatureEncoding::kBase64Url;
    EXPECT_EQ(Sign(vector.canonical_template), vector.sha256_base64url);
    signer_.hash = SignatureHash::kSha512;
    signer_.output = SignatureEncoding::kHex;
    EXPECT_EQ(Sign(vector.canonical_template), vector.sha512_hex);
  }
}

TEST_F(CanonicalHmacTest, TakesSecretsInEveryEncoding) {
  const std::string expected = "A0D006IbJieh36TmhPXEgyT9ZS46aA/fg0TMdj3Af6g=";
  signer_.secret_encoding = SecretEncoding::kHex;
  EXPECT_EQ(Sign("{timestamp}|{nonce}|{body}", "00fF10a5"), expected);
  signer_.secret_encoding = SecretEncoding::kBase64;
  EXPECT_EQ(Sign("{timestamp}|{nonce}|{body}", "AP8QpQ=="), expected);
  signer_.hash = SignatureHash::kSha512;
  EXPECT_EQ(
      Sign("{timestamp}|{nonce}|{body}", "AP8QpQ"),
      "orwc5eI08fRXmQfWJxMYSTDW45roowMS2SALBD6tnRBZoIlndnnLZ82jQLOQOxHWHyFTcHY54rqXWe5/3pQb/A==");
  signer_.hash = SignatureHash::kSha256;
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
