#include "keys/testing/fake_kek_provider.h"

#include <openssl/evp.h>

#include <utility>

#include "base/access/secret_bytes_access.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "keys/aead_key.h"
#include "keys/crypto_sizes.h"
#include "keys/key_check_value.h"
#include "keys/key_material.h"

namespace cardvault {
namespace {

constexpr absl::string_view kWrapLabel = "cardvault fake kek wrap";

std::shared_ptr<const KeyMaterial> KekOf(absl::string_view seed) {
  const std::string input = LengthPrefixed({"cardvault KEK for tests", seed});
  std::string key(kKeySize, '\0');
  CV_CHECK(EVP_Digest(input.data(), input.size(), reinterpret_cast<unsigned char*>(key.data()),
                      nullptr, EVP_sha256(), nullptr) == 1);
  auto material = KeyMaterial::CopyOf(key);
  CV_CHECK(material.ok());
  return *std::move(material);
}

absl::Status Unplugged() {
  return Unavailable(ErrorReason::kInternal, "the KEK provider is told to fail");
}

}  // namespace

struct FakeKekProvider::Key {
  explicit Key(const std::shared_ptr<const KeyMaterial>& material)
      : check_value(KeyCheckValue(material)), aead(0, material, nullptr) {}
  const std::string check_value;
  const AeadKey aead;
};

FakeKekProvider::FakeKekProvider(absl::string_view seed)
    : key_(std::make_unique<const Key>(KekOf(seed))) {}

FakeKekProvider::~FakeKekProvider() = default;

std::string FakeKekProvider::check_value() const { return key_->check_value; }

absl::StatusOr<std::string> FakeKekProvider::Wrap(const SecretBytes& key) {
  return key_->aead.Seal(SecretBytesAccess::View(key), kWrapLabel);
}

absl::StatusOr<SecretBytes> FakeKekProvider::Unwrap(absl::string_view wrapped) {
  return key_->aead.Open(wrapped, kWrapLabel);
}

std::string FailingKekProvider::check_value() const { return FakeKekProvider().check_value(); }

absl::StatusOr<std::string> FailingKekProvider::Wrap(const SecretBytes&) { return Unplugged(); }

absl::StatusOr<SecretBytes> FailingKekProvider::Unwrap(absl::string_view) { return Unplugged(); }

}  // namespace cardvault
