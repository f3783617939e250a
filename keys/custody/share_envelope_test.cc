#include "keys/custody/share_envelope.h"

#include <openssl/asn1.h>
#include <openssl/pem.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "keys/custody/custodian_certificate.h"
#include "keys/custody/openssl_handles.h"
#include "keys/custody/testing/test_custodian.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr char kContent[] = "what nobody else may read, and more than one block of it";
constexpr char kLabel[] = "CMS";

CustodianCertificate CertificateOf(EVP_PKEY* key) {
  auto certificate = CustodianCertificate::Parse(MakeCertificate(key, {.uri = "", .key_usage = ""}),
                                                 "alice", FakeClock().Now());
  EXPECT_THAT(certificate, IsOk());
  return *std::move(certificate);
}

std::string Seal(EVP_PKEY* key) {
  const auto pem = SealToCertificate(SecretBytes::CopyOf(kContent), CertificateOf(key));
  EXPECT_THAT(pem, IsOk());
  return *pem;
}

absl::StatusOr<SecretBytes> Open(const std::string& pem, EVP_PKEY* key) {
  return OpenEnvelope(pem, PrivateKeyPem(key), nullptr);
}

// The bytes in a PEM, and the reverse.
std::string DerOf(const std::string& pem) {
  const BioPtr in = ReadingBio(pem);
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  EXPECT_EQ(PEM_read_bio(in.get(), &name, &header, &data, &size), 1);
  EXPECT_STREQ(name, kLabel);
  std::string der(reinterpret_cast<char*>(data), static_cast<size_t>(size));
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return der;
}

std::string PemOf(const std::string& der, const char* label = kLabel) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  EXPECT_GT(PEM_write_bio(out.get(), label, "", reinterpret_cast<const unsigned char*>(der.data()),
                          static_cast<long>(der.size())),
            0);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

// The DER of an object identifier.
std::string Oid(const char* dotted) {
  ASN1_OBJECT* const object = OBJ_txt2obj(dotted, 1);
  unsigned char* der = nullptr;
  const int size = i2d_ASN1_OBJECT(object, &der);
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  ASN1_OBJECT_free(object);
  return bytes;
}

auto IsRefused() {
  return StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid);
}

// K10
TEST(ShareEnvelopeTest, TheRecipientAloneOpensIt) {
  std::vector<EvpPkeyPtr> keys;
  for (const char* curve : {"P-256", "P-384", "P-521"}) keys.push_back(MakeCurveKey(curve));
  keys.push_back(MakeRsaKey(kMinRsaBits));
  const EvpPkeyPtr other_curve_key = MakeCurveKey("P-256");
  const EvpPkeyPtr other_rsa_key = MakeRsaKey(kMinRsaBits);
  for (const EvpPkeyPtr& key : keys) {
    const std::string sealed = Seal(key.get());
    EXPECT_FALSE(absl::StrContains(DerOf(sealed), "nobody"));
    const auto opened = Open(sealed, key.get());
    ASSERT_THAT(opened, IsOk());
    EXPECT_TRUE(SecretBytesAccess::View(*opened) == kContent);
    for (EVP_PKEY* const other : {other_curve_key.get(), other_rsa_key.get()}) {
      EXPECT_THAT(Open(sealed, other).status(), IsRefused());
    }
  }
}

// OpenSSL's defaults are weaker: PKCS #1 v1.5 or SHA-1, and no tag.
TEST(ShareEnvelopeTest, TheAlgorithmsAreTheStrongOnes) {
  const std::string aes_256_gcm = Oid("2.16.840.1.101.3.4.1.46");
  const std::string authenticated = Oid("1.2.840.113549.1.9.16.1.23");
  const std::string sha256 = Oid("2.16.840.1.101.3.4.2.1");
  const std::string rsa = DerOf(Seal(MakeRsaKey(kMinRsaBits).get()));
  EXPECT_TRUE(absl::StrContains(rsa, authenticated));
  EXPECT_TRUE(absl::StrContains(rsa, aes_256_gcm));
  EXPECT_TRUE(absl::StrContains(rsa, Oid("1.2.840.113549.1.1.7")));   // RSAES-OAEP
  EXPECT_FALSE(absl::StrContains(rsa, Oid("1.2.840.113549.1.1.1")));  // PKCS #1 v1.5
  const size_t first = rsa.find(sha256);
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(rsa.find(sha256, first + 1), std::string::npos);  // hash and mask
  const std::string curve = DerOf(Seal(MakeCurveKey("P-256").get()));
  EXPECT_TRUE(absl::StrContains(curve, authenticated));
  EXPECT_TRUE(absl::StrContains(curve, aes_256_gcm));
  EXPECT_TRUE(absl::StrContains(curve, Oid("1.3.132.1.11.1")));           // ECDH, KDF over SHA-256
  EXPECT_TRUE(absl::StrContains(curve, Oid("2.16.840.1.101.3.4.1.45")));  // AES-256 key wrap
}

// Some bytes are of no matter to this recipient (the issuer's name, as no certificate is given): a
// change there may open, and then gives what was sealed. In nonce, ciphertext and tag none may.
TEST(ShareEnvelopeTest, AChangedEnvelopeGivesNothingElse) {
  const EvpPkeyPtr key = MakeCurveKey("P-256");
  const std::string der = DerOf(Seal(key.get()));
  constexpr size_t kNonceSize = 12;
  constexpr size_t kTagSize = 16;
  const size_t nonce = der.find(Oid("2.16.840.1.101.3.4.1.46")) + 11 + 4;
  const size_t ciphertext = der.size() - kTagSize - 2 - (sizeof(kContent) - 1);
  ASSERT_LT(nonce, ciphertext);
  for (size_t at = 0; at < der.size(); ++at) {
    std::string changed = der;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    const auto opened = Open(PemOf(changed), key.get());
    if (opened.ok()) {
      EXPECT_FALSE(at >= nonce && at < nonce + kNonceSize) << at;
      EXPECT_LT(at, ciphertext);
      EXPECT_TRUE(SecretBytesAccess::View(*opened) == kContent) << at;
    } else {
      EXPECT_THAT(opened.status(), IsRefused()) << at;
    }
  }
}

// G3: OpenSSL compares as much of a tag as there is.
TEST(ShareEnvelopeTest, AShortenedTagIsRefused) {
  constexpr size_t kTagSize = 16;
  const EvpPkeyPtr key = MakeCurveKey("P-256");
  const std::string der = DerOf(Seal(key.get()));
  ASSERT_EQ(der[der.size() - kTagSize - 1], kTagSize);
  for (size_t cut = 0; cut <= kTagSize; ++cut) {
    std::string shortened = der.substr(0, der.size() - cut);
    shortened[der.size() - kTagSize - 1] = static_cast<char>(kTagSize - cut);
    // The three that the tag stands in: SEQUENCE, [0], SEQUENCE, with lengths of two bytes.
    for (const size_t outer : {0, 17, 21}) {
      ASSERT_EQ(shortened[outer + 1], '\x82');
      const auto high = static_cast<unsigned char>(shortened[outer + 2]);
      const auto low = static_cast<unsigned char>(shortened[outer + 3]);
      const size_t size = (size_t{high} << 8) + low - cut;
      shortened[outer + 2] = static_cast<char>(size >> 8);
      shortened[outer + 3] = static_cast<char>(size & 0xFF);
    }
    EXPECT_EQ(Open(PemOf(shortened), key.get()).ok(), cut == 0) << cut;
  }
}

TEST(ShareEnvelopeTest, ACutEnvelopeIsRefused) {
  const EvpPkeyPtr key = MakeCurveKey("P-256");
  const std::string der = DerOf(Seal(key.get()));
  for (size_t size = 1; size < der.size(); size += 7) {
    EXPECT_THAT(Open(PemOf(der.substr(0, size)), key.get()).status(), IsRefused()) << size;
  }
}

TEST(ShareEnvelopeTest, WhatIsNoEnvelopeIsRefused) {
  const EvpPkeyPtr key = MakeCurveKey("P-256");
  const std::string pem = Seal(key.get());
  for (const std::string& bad : {std::string(), std::string("text"), PemOf(DerOf(pem), "PKCS12"),
                                 std::string(kMaxEnvelopePemSize, '\n') + pem}) {
    EXPECT_THAT(Open(bad, key.get()).status(), IsRefused());
  }
}

TEST(ShareEnvelopeTest, APassphraseIsAskedForOnceAndOnlyWhenThereIsOne) {
  const EvpPkeyPtr key = MakeCurveKey("P-256");
  const std::string pem = Seal(key.get());
  int asked = 0;
  std::string answer = "correct horse";
  const PassphraseSource source = [&]() -> absl::StatusOr<SecretBytes> {
    ++asked;
    return SecretBytes::CopyOf(answer);
  };
  EXPECT_THAT(OpenEnvelope(pem, PrivateKeyPem(key.get()), source), IsOk());
  EXPECT_EQ(asked, 0);
  const SecretBytes locked = PrivateKeyPem(key.get(), answer);
  EXPECT_THAT(OpenEnvelope(pem, locked, source), IsOk());
  EXPECT_EQ(asked, 1);
  answer = "battery staple";
  EXPECT_THAT(OpenEnvelope(pem, locked, source).status(), IsRefused());
  answer = "";
  EXPECT_THAT(OpenEnvelope(pem, locked, source).status(), IsRefused());
  EXPECT_THAT(OpenEnvelope(pem, locked, nullptr).status(), IsRefused());
  const PassphraseSource gone = []() -> absl::StatusOr<SecretBytes> {
    return Aborted(ErrorReason::kInProgress, "the terminal was closed");
  };
  EXPECT_THAT(OpenEnvelope(pem, locked, gone).status(),
              StatusIs(absl::StatusCode::kAborted, ErrorReason::kInProgress));
}

TEST(ShareEnvelopeTest, AFileWithoutAPrivateKeyIsRefusedByName) {
  const EvpPkeyPtr key = MakeCurveKey("P-256");
  const std::string pem = Seal(key.get());
  const auto opened = OpenEnvelope(
      pem, SecretBytes::CopyOf(MakeCertificate(key.get(), {.uri = "", .key_usage = ""})), nullptr);
  EXPECT_THAT(opened.status(), IsRefused());
  EXPECT_EQ(FieldOf(opened.status()), "private_key");
}

}  // namespace
}  // namespace cardvault
