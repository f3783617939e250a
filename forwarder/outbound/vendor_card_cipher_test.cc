#include "forwarder/outbound/vendor_card_cipher.h"

#include <string>

#include "base/access/secret_bytes_access.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

std::string Encrypt(absl::string_view clear, absl::string_view secret = "MerchantSecretKey",
                    absl::string_view timestamp = "1700000000") {
  const auto encrypted = EncryptForVendor(clear, SecretBytes::CopyOf(secret), timestamp);
  EXPECT_THAT(encrypted, IsOk());
  if (!encrypted.ok()) return "";
  const absl::string_view view = SecretBytesAccess::View(*encrypted);
  return std::string(view.data(), view.size());
}

// Derived vectors, not the vendor's.
TEST(VendorCardCipherTest, EncryptsTheVectors) {
  EXPECT_EQ(Encrypt(kVisaTestPan), "xcQ2p0W2lYloV7zegvHDA+j41WfCWXY7/8A7Z+CC0TQ=");
  EXPECT_EQ(Encrypt("12/2030"), "TGSonza+w9RP3JyZoKr0Ng==");
  EXPECT_EQ(Encrypt("568"), "Yw0Pkq4/kcVXoIRZ7x7fpA==");
}

// Computed with `openssl enc -aes-256-cbc -K HEX -iv HEX -base64`.
TEST(VendorCardCipherTest, TakesSecretsUpToTheKeysSizeAndEveryTimestamp) {
  EXPECT_EQ(Encrypt("568", "0123456789abcdef0123456789abcdef"), "Am8pVft0G+lvZsUqXHOx0Q==");
  EXPECT_EQ(Encrypt("568", "x"), "FpoHXBT8/XJhhOgNALvC7g==");
  EXPECT_EQ(Encrypt("568", "MerchantSecretKey", "1234567890123456"), "poG6ehYJNGIpcAEJHGnVmQ==");
  EXPECT_EQ(Encrypt(""), "3Gh8XC35ek/kMmIHx71qHw==");
  EXPECT_NE(Encrypt("568", "MerchantSecretKey", "1700000001"), Encrypt("568"));
}

TEST(VendorCardCipherTest, RefusesOtherSecrets) {
  for (const std::string& secret : {std::string(), std::string(33, 'a')}) {
    EXPECT_THAT(CheckVendorSecret(SecretBytes::CopyOf(secret)),
                StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(EncryptForVendor("568", SecretBytes::CopyOf(secret), "1700000000"),
                StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  EXPECT_THAT(CheckVendorSecret(SecretBytes::CopyOf(std::string(32, 'a'))), IsOk());
  EXPECT_THAT(EncryptForVendor("568", SecretBytes::CopyOf("a"), "12345678901234567"),
              StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace cardvault
