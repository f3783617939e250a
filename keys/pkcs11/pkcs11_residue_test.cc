// Searches this process's own memory for what the pkcs11 provider must not leave there. The token
// is one that keeps nothing itself: what an HSM's module leaves is its maker's affair.

#include <cstddef>
#include <memory>
#include <utility>

#include "base/access/secret_bytes_access.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "gtest/gtest.h"
#include "keys/pkcs11/pkcs11_kek_provider.h"
#include "keys/testing/fake_token.h"
#include "keys/testing/memory_needle.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr size_t kPinSize = 24;

// K1
TEST(Pkcs11ResidueTest, NoPinAndNoKeyIsLeft) {
  FakeToken token;
  SecretBytes pin = RandomSecretBytes(kPinSize);
  token.SetPin(SecretBytesAccess::View(pin));
  const MemoryNeedle pin_needle(SecretBytesAccess::View(pin));
  SecretBytes key = RandomSecretBytes(64);
  const MemoryNeedle key_needle(SecretBytesAccess::View(key).substr(0, 32));
  auto hsm = HsmToken::Open(token.module(), FakeToken::options().token_label, std::move(pin));
  ASSERT_THAT(hsm, IsOk());
  auto kek = OpenPkcs11Kek(*std::move(hsm), FakeToken::options(), 1);
  ASSERT_THAT(kek, IsOk());
  {
    const auto wrapped = (*kek)->Wrap(key);
    ASSERT_THAT(wrapped, IsOk());
    const auto opened = (*kek)->Unwrap(*wrapped);
    ASSERT_THAT(opened, IsOk());
    EXPECT_EQ(key_needle.Count(), 2);  // the search finds them while they are there
  }
  key.Wipe();
  EXPECT_EQ(key_needle.Count(), 0);
  EXPECT_EQ(pin_needle.Count(), 1);  // kept for a new login
  kek->reset();
  EXPECT_EQ(pin_needle.Count(), 0);
}

// K1
TEST(Pkcs11ResidueTest, PinThatIsRefusedIsForgotten) {
  FakeToken token;
  SecretBytes pin = RandomSecretBytes(kPinSize);
  token.SetPin(SecretBytesAccess::View(pin));
  const MemoryNeedle pin_needle(SecretBytesAccess::View(pin));
  auto hsm = HsmToken::Open(token.module(), FakeToken::options().token_label, std::move(pin));
  ASSERT_THAT(hsm, IsOk());
  const auto kek = OpenPkcs11Kek(*std::move(hsm), FakeToken::options(), 1);
  ASSERT_THAT(kek, IsOk());
  EXPECT_EQ(pin_needle.Count(), 1);
  token.SetPin("another");
  token.Restart();
  EXPECT_FALSE((*kek)->Wrap(SecretBytes::Zeros(64)).ok());
  EXPECT_EQ(pin_needle.Count(), 0);
}

}  // namespace
}  // namespace cardvault
