#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/random.h"
#include "gtest/gtest.h"
#include "keys/crypto_sizes.h"
#include "keys/file_kek_provider.h"
#include "keys/key_material.h"
#include "keys/key_material_access.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {
namespace {

constexpr char kPublic = 'p';
constexpr char kPrivate = 's';

// OpenSSL's two generators of this thread, each made to put out one byte for ever. They are chosen
// before OpenSSL draws its first byte, so these tests have a process of their own.
class KeySourceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_EQ(RAND_set_DRBG_type(nullptr, "TEST-RAND", nullptr, nullptr, nullptr), 1);
    PutOut(RAND_get0_public(nullptr), kPublic);
    PutOut(RAND_get0_private(nullptr), kPrivate);
  }
  static void PutOut(EVP_RAND_CTX* generator, char byte) {
    ASSERT_NE(generator, nullptr);
    std::string output(64 * 1024, byte);  // more than the tests draw
    unsigned int strength = 256;
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
                                 OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY,
                                                                   output.data(), output.size()),
                                 OSSL_PARAM_construct_end()};
    ASSERT_EQ(EVP_RAND_instantiate(generator, strength, 0, nullptr, 0, params), 1);
  }
  static std::string Key(char byte) { return std::string(kKeySize, byte); }
};

TEST_F(KeySourceTest, WhatIsPublishedComesFromThePublicGenerator) {
  EXPECT_EQ(RandomBytes(kKeySize), Key(kPublic));
}

TEST_F(KeySourceTest, SecretBytesComeFromThePrivateGenerator) {
  std::string bytes(kKeySize, '\0');
  FillSecretRandom(bytes.data(), bytes.size());
  EXPECT_EQ(bytes, Key(kPrivate));
}

TEST_F(KeySourceTest, KeysComeFromThePrivateGenerator) {
  const auto key = KeyMaterial::Generate();
  ASSERT_THAT(key, IsOk());
  EXPECT_TRUE(KeyMaterialAccess::View(**key) == Key(kPrivate));
}

TEST_F(KeySourceTest, TheKekComesFromThePrivateGenerator) {
  const TempDir dir;
  const std::string path = absl::StrCat(dir.path(), "/kek");
  ASSERT_THAT(CreateKekFile(path), IsOk());
  std::ifstream file(path, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
  EXPECT_TRUE(absl::StrContains(content, Key(kPrivate)));
}

}  // namespace
}  // namespace cardvault
