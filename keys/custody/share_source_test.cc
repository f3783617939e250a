// Where the coefficients of shares come from, and what happens when nothing comes from there.

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "base/access/secret_bytes_access.h"
#include "base/secret_bytes.h"
#include "gtest/gtest.h"
#include "keys/custody/secret_sharing.h"
#include "keys/key_material.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

// With coefficient 0x33 for ever, the share at x of a key of zeros is 0x33 * x.
constexpr char kPrivate = 0x33;

void PutOut(EVP_RAND_CTX* generator, std::string output) {
  ASSERT_NE(generator, nullptr);
  unsigned int strength = 256;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
      OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY, output.data(), output.size()),
      OSSL_PARAM_construct_end()};
  ASSERT_EQ(EVP_RAND_instantiate(generator, strength, 0, nullptr, 0, params), 1);
}

// OpenSSL's two generators of this thread, made to put out known bytes. They are chosen before
// OpenSSL draws its first byte, so these tests have a process of their own.
class ShareSourceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    static bool done = false;  // two suites, one process
    if (std::exchange(done, true)) return;
    ASSERT_EQ(RAND_set_DRBG_type(nullptr, "TEST-RAND", nullptr, nullptr, nullptr), 1);
    std::string coordinates;
    for (int i = 0; i < 1024; ++i) coordinates.push_back(static_cast<char>(1 + i % 2));
    PutOut(RAND_get0_public(nullptr), coordinates);
    PutOut(RAND_get0_private(nullptr), std::string(64 * 1024, kPrivate));
  }

  const std::shared_ptr<const KeyMaterial> key_ = *KeyMaterial::CopyOf(std::string(kKeySize, '\0'));
};

TEST_F(ShareSourceTest, CoefficientsComeFromThePrivateGenerator) {
  const auto shares = SplitKey(*key_, 2, 2);
  ASSERT_THAT(shares, IsOk());
  EXPECT_TRUE(SecretBytesAccess::View((*shares)[0]) ==
              std::string(1, 1) + std::string(kKeySize, kPrivate));
  EXPECT_TRUE(SecretBytesAccess::View((*shares)[1]) ==
              std::string(1, 2) + std::string(kKeySize, kPrivate << 1));
}

using ShareSourceDeathTest = ShareSourceTest;

// K4
TEST_F(ShareSourceDeathTest, WithoutRandomnessThereAreNoShares) {
  EXPECT_DEATH(
      {
        PutOut(RAND_get0_private(nullptr), std::string(8, kPrivate));
        SplitKey(*key_, 2, 2).IgnoreError();
        std::quick_exit(0);
      },
      "");
}

}  // namespace
}  // namespace cardvault
