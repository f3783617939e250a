#include "keys/signing_key.h"

#include <memory>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "keys/key_material.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

template <typename Bytes>
std::string Hex(const Bytes& bytes) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::shared_ptr<const SigningKey> KeyOf(absl::string_view seed_hex, uint32_t version = 1) {
  return *SigningKey::FromSeed(version, **KeyMaterial::CopyOf(absl::HexStringToBytes(seed_hex)));
}

// RFC 8032, section 7.1, tests 1 to 3.
TEST(SigningKeyTest, SignsAsRfc8032Does) {
  const struct {
    absl::string_view seed, public_key, message, signature;
  } kVectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
       "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
       "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
  };
  for (const auto& vector : kVectors) {
    const auto key = KeyOf(vector.seed, 7);
    EXPECT_EQ(key->version(), 7u);
    EXPECT_EQ(Hex(key->public_key()), vector.public_key);
    const auto signature = key->Sign(absl::HexStringToBytes(vector.message));
    ASSERT_THAT(signature, IsOk());
    EXPECT_EQ(Hex(*signature), vector.signature);
  }
}

TEST(SigningKeyTest, ThreadsShareAKey) {
  const auto key = KeyOf(std::string(64, 'a'));
  const Ed25519Signature expected = *key->Sign("text");
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&count, &expected, &key] {
      for (int i = 0; i < 100; ++i) {
        const auto signature = key->Sign("text");
        if (!signature.ok() || *signature != expected) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : wrong) EXPECT_EQ(count, 0);
}

TEST(SigningKeyDeathTest, ASeedOfAnotherSizeEndsTheProcess) {
  EXPECT_DEATH((void)SigningKey::FromSeed(1, **KeyMaterial::CopyOf("short")), "check failed");
}

}  // namespace
}  // namespace cardvault
