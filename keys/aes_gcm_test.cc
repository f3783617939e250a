#include "keys/aes_gcm.h"

#include <openssl/err.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/crypto_sizes.h"
#include "keys/key_material.h"
#include "keys/testing/seed.h"
#include "keys/testing/vector_file.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

AesGcm MakeGcm(absl::string_view key) { return AesGcm(*KeyMaterial::CopyOf(key)); }

std::string Hex(const VectorCase& vector, const std::string& name) {
  return absl::HexStringToBytes(vector.at(name));
}

// Ciphertext and tag, or "" when refused.
std::string Encrypted(const AesGcm& gcm, absl::string_view nonce, absl::string_view plaintext,
                      absl::string_view associated_data) {
  std::string out;
  EXPECT_THAT(gcm.Encrypt(nonce, plaintext, associated_data, out), IsOk());
  return out;
}

constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;

// Every AES-256 case of NIST's gcmEncryptExtIV256.rsp: 7 tag lengths, 3 IV lengths, 15 cases of
// each of 25 combinations of plaintext and associated data.
TEST(AesGcmTest, EncryptMatchesEveryNistVector) {
  int exact = 0;
  int short_tag = 0;  // the same ciphertext; the vector's tag is the beginning of ours
  int other_iv = 0;   // refused
  for (const VectorCase& vector :
       ReadVectorFile("ciphers/AES/GCM/gcmEncryptExtIV256.rsp", "Count")) {
    SCOPED_TRACE(absl::StrCat("Taglen ", vector.at("Taglen"), " IVlen ", vector.at("IVlen"),
                              " Key ", vector.at("Key")));
    const AesGcm gcm = MakeGcm(Hex(vector, "Key"));
    const std::string iv = Hex(vector, "IV");
    const std::string plaintext = Hex(vector, "PT");
    const std::string associated_data = Hex(vector, "AAD");
    const std::string tag = Hex(vector, "Tag");
    if (iv.size() != kGcmNonceSize) {
      std::string out = "before";
      ASSERT_THAT(gcm.Encrypt(iv, plaintext, associated_data, out),
                  StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
      ASSERT_EQ(out, "before");
      ++other_iv;
      continue;
    }
    const std::string out = Encrypted(gcm, iv, plaintext, associated_data);
    ASSERT_EQ(out.size(), plaintext.size() + kGcmTagSize);
    ASSERT_EQ(out.substr(0, plaintext.size()), Hex(vector, "CT"));
    ASSERT_EQ(out.substr(plaintext.size(), tag.size()), tag);
    ++(tag.size() == kGcmTagSize ? exact : short_tag);
  }
  EXPECT_EQ(exact, 375);
  EXPECT_EQ(short_tag, 6 * 375);
  EXPECT_EQ(other_iv, 2 * 7 * 375);
}

// Every AES-256 case of NIST's gcmDecrypt256.rsp, of which about half must fail.
TEST(AesGcmTest, DecryptMatchesEveryNistVector) {
  int opened = 0;
  int failed = 0;
  int short_tag = 0;  // refused, the good ones too: G3
  int other_iv = 0;   // refused
  for (const VectorCase& vector : ReadVectorFile("ciphers/AES/GCM/gcmDecrypt256.rsp", "Count")) {
    SCOPED_TRACE(absl::StrCat("Taglen ", vector.at("Taglen"), " IVlen ", vector.at("IVlen"),
                              " Key ", vector.at("Key")));
    const AesGcm gcm = MakeGcm(Hex(vector, "Key"));
    const std::string iv = Hex(vector, "IV");
    const std::string tag = Hex(vector, "Tag");
    const auto plaintext = gcm.Decrypt(iv, Hex(vector, "CT"), tag, Hex(vector, "AAD"));
    ASSERT_EQ(ERR_peek_error(), 0u);
    if (iv.size() != kGcmNonceSize || tag.size() != kGcmTagSize || vector.count("FAIL") == 1) {
      ASSERT_THAT(plaintext, StatusIs(kDataLoss, ErrorReason::kRecordCorrupt));
      ++(iv.size() != kGcmNonceSize ? other_iv : tag.size() != kGcmTagSize ? short_tag : failed);
      continue;
    }
    ASSERT_THAT(plaintext, IsOk());
    ASSERT_TRUE(SecretBytesAccess::View(*plaintext) == Hex(vector, "PT"));
    ++opened;
  }
  EXPECT_EQ(opened + failed, 375);
  EXPECT_GT(opened, 150);
  EXPECT_GT(failed, 150);
  EXPECT_EQ(short_tag, 6 * 375);
  EXPECT_EQ(other_iv, 2 * 7 * 375);
}

class AesGcmRefusalTest : public testing::Test {
 protected:
  const AesGcm gcm_ = MakeGcm(std::string(kKeySize, 'k'));
  const std::string nonce_ = "0123456789ab";
  const std::string plaintext_ = "sixteen bytes!!! and some";
  const std::string associated_data_ = "the row that it belongs to";
  const std::string sealed_ = Encrypted(gcm_, nonce_, plaintext_, associated_data_);
  const std::string ciphertext_ = sealed_.substr(0, plaintext_.size());
  const std::string tag_ = sealed_.substr(plaintext_.size());

  void ExpectOpens() {
    const auto opened = gcm_.Decrypt(nonce_, ciphertext_, tag_, associated_data_);
    ASSERT_THAT(opened, IsOk());
    EXPECT_TRUE(SecretBytesAccess::View(*opened) == plaintext_);
  }
};

// G3: tags of 0 to 15 bytes, each a true beginning of the tag, which OpenSSL would accept; and
// longer ones.
TEST_F(AesGcmRefusalTest, DecryptRefusesEveryTagLengthBut16) {
  for (size_t size = 0; size <= 32; ++size) {
    if (size == kGcmTagSize) continue;
    const std::string tag = (tag_ + tag_).substr(0, size);
    EXPECT_THAT(gcm_.Decrypt(nonce_, ciphertext_, tag, associated_data_), StatusIs(kDataLoss))
        << size;
  }
  ExpectOpens();
}

TEST_F(AesGcmRefusalTest, RefusesEveryNonceLengthBut12) {
  for (size_t size = 0; size <= 128; ++size) {
    if (size == kGcmNonceSize) continue;
    const std::string nonce(size, 'n');
    std::string out = "before";
    EXPECT_THAT(gcm_.Encrypt(nonce, plaintext_, associated_data_, out),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(out, "before");
    EXPECT_THAT(gcm_.Decrypt(nonce, ciphertext_, tag_, associated_data_), StatusIs(kDataLoss));
  }
  ExpectOpens();
}

TEST_F(AesGcmRefusalTest, DecryptRefusesEveryFlippedBit) {
  std::string nonce = nonce_;
  std::string ciphertext = ciphertext_;
  std::string tag = tag_;
  std::string associated_data = associated_data_;
  int flips = 0;
  for (std::string* const part : {&nonce, &ciphertext, &tag, &associated_data}) {
    for (size_t bit = 0; bit < 8 * part->size(); ++bit, ++flips) {
      (*part)[bit / 8] ^= static_cast<char>(1 << bit % 8);
      EXPECT_THAT(gcm_.Decrypt(nonce, ciphertext, tag, associated_data), StatusIs(kDataLoss));
      (*part)[bit / 8] ^= static_cast<char>(1 << bit % 8);
    }
  }
  EXPECT_EQ(flips, 8 * (12 + 25 + 16 + 26));
  ExpectOpens();
}

TEST_F(AesGcmRefusalTest, DecryptRefusesLongerAndShorterParts) {
  EXPECT_THAT(gcm_.Decrypt(nonce_, ciphertext_ + "x", tag_, associated_data_), StatusIs(kDataLoss));
  EXPECT_THAT(gcm_.Decrypt(nonce_, ciphertext_.substr(1), tag_, associated_data_),
              StatusIs(kDataLoss));
  EXPECT_THAT(gcm_.Decrypt(nonce_, "", tag_, associated_data_), StatusIs(kDataLoss));
  EXPECT_THAT(gcm_.Decrypt(nonce_, ciphertext_, tag_, associated_data_ + std::string(1, '\0')),
              StatusIs(kDataLoss));
  EXPECT_THAT(gcm_.Decrypt(nonce_, ciphertext_, tag_, ""), StatusIs(kDataLoss));
}

TEST_F(AesGcmRefusalTest, DecryptRefusesAnotherKey) {
  const AesGcm other = MakeGcm(std::string(kKeySize, 'K'));
  EXPECT_THAT(other.Decrypt(nonce_, ciphertext_, tag_, associated_data_), StatusIs(kDataLoss));
}

// A thread's context serves both directions: neither may leave anything behind for the next call.
TEST_F(AesGcmRefusalTest, CallsDoNotInfluenceEachOther) {
  std::mt19937_64 random = SeededGenerator();
  for (int i = 0; i < 2000; ++i) {
    switch (random() % 4) {
      case 0:
        EXPECT_EQ(Encrypted(gcm_, nonce_, plaintext_, associated_data_), sealed_);
        break;
      case 1:
        ExpectOpens();
        break;
      case 2:
        EXPECT_THAT(gcm_.Decrypt(nonce_, ciphertext_, tag_, "another row"), StatusIs(kDataLoss));
        break;
      default: {
        const std::string other = RandomString(random, random() % 100);
        Encrypted(gcm_, RandomString(random, kGcmNonceSize), other, other);
      }
    }
  }
}

TEST_F(AesGcmRefusalTest, RefusesMoreThanTheLimit) {
  const std::string most(kMaxGcmInputSize, 'm');
  const std::string more = most + "m";
  const std::string sealed = Encrypted(gcm_, nonce_, most, most);
  const absl::string_view ciphertext = absl::string_view(sealed).substr(0, most.size());
  const absl::string_view tag = absl::string_view(sealed).substr(most.size());
  EXPECT_THAT(gcm_.Decrypt(nonce_, ciphertext, tag, most), IsOk());

  std::string out;
  EXPECT_THAT(gcm_.Encrypt(nonce_, more, "", out),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
  EXPECT_THAT(gcm_.Encrypt(nonce_, "", more, out),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
  EXPECT_EQ(out, "");
  EXPECT_THAT(gcm_.Decrypt(nonce_, more, tag_, ""), StatusIs(kDataLoss));
  EXPECT_THAT(gcm_.Decrypt(nonce_, "", tag_, more), StatusIs(kDataLoss));
}

// A refusal must not be found in the error queue by the next user of OpenSSL, TLS for one.
TEST_F(AesGcmRefusalTest, DecryptLeavesNoOpenSslError) {
  ERR_clear_error();
  EXPECT_THAT(gcm_.Decrypt(nonce_, ciphertext_, std::string(16, 't'), ""), StatusIs(kDataLoss));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(AesGcmDeathTest, KeyOfAnotherSizeEndsTheProcess) {
  EXPECT_DEATH(MakeGcm(std::string(16, 'k')), "check failed");
}

}  // namespace
}  // namespace cardvault
