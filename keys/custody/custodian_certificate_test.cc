#include "keys/custody/custodian_certificate.h"

#include <string>

#include "absl/time/time.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "keys/custody/openssl_handles.h"
#include "keys/custody/testing/test_custodian.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr char kAlice[] = "spiffe://vault.example/custodian/alice";

class CustodianCertificateTest : public testing::Test {
 protected:
  absl::Status Parse(EVP_PKEY* key, const CertificateForm& form) const {
    return CustodianCertificate::Parse(MakeCertificate(key, form), kAlice, now_).status();
  }
  static auto IsRefused() {
    return StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid);
  }

  const absl::Time now_ = FakeClock().Now();
  const EvpPkeyPtr p256_ = MakeCurveKey("P-256");
};

TEST_F(CustodianCertificateTest, KeysOf128BitsOrMoreAreAccepted) {
  for (const char* curve : {"P-256", "P-384", "P-521"}) {
    EXPECT_THAT(Parse(MakeCurveKey(curve).get(), {.uri = kAlice, .key_usage = ""}), IsOk())
        << curve;
  }
  EXPECT_THAT(Parse(MakeRsaKey(kMinRsaBits).get(), {.uri = kAlice, .key_usage = ""}), IsOk());
}

TEST_F(CustodianCertificateTest, WeakAndOtherKeysAreRefused) {
  EXPECT_THAT(Parse(MakeRsaKey(2048).get(), {.uri = kAlice, .key_usage = ""}), IsRefused());
  for (const char* curve : {"P-224", "secp256k1", "brainpoolP256r1"}) {
    EXPECT_THAT(Parse(MakeCurveKey(curve).get(), {.uri = kAlice, .key_usage = ""}), IsRefused())
        << curve;
  }
  const EvpPkeyPtr signing(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  EXPECT_THAT(Parse(signing.get(), {.uri = kAlice, .key_usage = ""}), IsRefused());
}

TEST_F(CustodianCertificateTest, OnlyAValidCertificateIsAccepted) {
  CertificateForm form{.uri = kAlice, .key_usage = ""};
  form.not_after = now_ + absl::Seconds(1);
  EXPECT_THAT(Parse(p256_.get(), form), IsOk());
  form.not_after = now_;
  EXPECT_THAT(Parse(p256_.get(), form), IsRefused());
  form.not_after = now_ + absl::Hours(1);
  form.not_before = now_ + absl::Seconds(1);
  EXPECT_THAT(Parse(p256_.get(), form), IsRefused());
}

TEST_F(CustodianCertificateTest, ACertificateThatNamesAnotherIsRefused) {
  EXPECT_THAT(Parse(p256_.get(), {.uri = "spiffe://vault.example/custodian/bob", .key_usage = ""}),
              IsRefused());
  EXPECT_THAT(Parse(p256_.get(), {.uri = std::string(kAlice) + "2", .key_usage = ""}), IsRefused());
  // A card's encryption certificate need not name a URI.
  EXPECT_THAT(Parse(p256_.get(), {.uri = "", .key_usage = ""}), IsOk());
}

TEST_F(CustodianCertificateTest, ACertificateForSigningAloneIsRefused) {
  EXPECT_THAT(Parse(p256_.get(), {.uri = kAlice, .key_usage = "digitalSignature"}), IsRefused());
  EXPECT_THAT(Parse(p256_.get(), {.uri = kAlice, .key_usage = "keyEncipherment"}), IsRefused());
  EXPECT_THAT(Parse(p256_.get(), {.uri = kAlice, .key_usage = "digitalSignature,keyAgreement"}),
              IsOk());
  const EvpPkeyPtr rsa = MakeRsaKey(kMinRsaBits);
  EXPECT_THAT(Parse(rsa.get(), {.uri = kAlice, .key_usage = "keyAgreement"}), IsRefused());
  EXPECT_THAT(Parse(rsa.get(), {.uri = kAlice, .key_usage = "keyEncipherment"}), IsOk());
}

TEST_F(CustodianCertificateTest, WhatIsNoCertificateIsRefused) {
  const std::string pem = MakeCertificate(p256_.get(), {.uri = kAlice, .key_usage = ""});
  for (const std::string& bad :
       {std::string(), std::string("certificate"), pem.substr(0, pem.size() / 2),
        std::string(kMaxCertificatePemSize, '\n') + pem}) {
    EXPECT_THAT(CustodianCertificate::Parse(bad, kAlice, now_).status(), IsRefused());
  }
}

TEST_F(CustodianCertificateTest, TwoCertificatesOfOneKeyShareItsDigest) {
  const auto first = CustodianCertificate::Parse(
      MakeCertificate(p256_.get(), {.uri = kAlice, .key_usage = ""}), kAlice, now_);
  const auto second = CustodianCertificate::Parse(
      MakeCertificate(p256_.get(), {.uri = "", .key_usage = ""}), kAlice, now_);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(first->sha256(), second->sha256());
  EXPECT_EQ(first->key_sha256(), second->key_sha256());
  EXPECT_EQ(first->sha256().size(), 32u);
  EXPECT_EQ(first->key_sha256().size(), 32u);
}

}  // namespace
}  // namespace cardvault
