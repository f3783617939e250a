#include "keys/secret_sealing.h"

#include "absl/status/status.h"
#include "base/access/secret_bytes_access.h"
#include "base/secret_bytes.h"
#include "gtest/gtest.h"
#include "keys/aead_key.h"
#include "keys/key_material.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

TEST(SecretSealingTest, SealSecretSealsTheBytes) {
  const AeadKey key(1, *KeyMaterial::Generate(), nullptr);
  const auto sealed = SealSecret(key, SecretBytes::CopyOf("a credential"), "row");
  ASSERT_THAT(sealed, IsOk());
  const auto opened = key.Open(*sealed, "row");
  ASSERT_THAT(opened, IsOk());
  EXPECT_TRUE(SecretBytesAccess::View(*opened) == "a credential");
  EXPECT_THAT(key.Open(*sealed, "another row"), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cardvault
