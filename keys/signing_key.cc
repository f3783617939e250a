#include "keys/signing_key.h"

#include <utility>

#include "base/check.h"
#include "base/status.h"
#include "keys/crypto_sizes.h"
#include "keys/key_material_access.h"
#include "keys/openssl_error.h"

namespace cardvault {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* Bytes(absl::string_view view) {
  return reinterpret_cast<const unsigned char*>(view.data());
}

}  // namespace

SigningKey::SigningKey(uint32_t version, Key key, const Ed25519PublicKey& public_key)
    : version_(version), key_(std::move(key)), public_key_(public_key) {}

absl::StatusOr<std::shared_ptr<const SigningKey>> SigningKey::FromSeed(uint32_t version,
                                                                       const KeyMaterial& seed) {
  CV_CHECK(seed.size() == kKeySize);
  Key key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr,
                                          Bytes(KeyMaterialAccess::View(seed)), seed.size()));
  Ed25519PublicKey public_key;
  size_t size = public_key.size();
  if (key == nullptr || EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) != 1 ||
      size != public_key.size()) {
    return CryptoFailure();
  }
  return std::shared_ptr<const SigningKey>(new SigningKey(version, std::move(key), public_key));
}

absl::StatusOr<Ed25519Signature> SigningKey::Sign(absl::string_view bytes) const {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  Ed25519Signature signature;
  size_t size = signature.size();
  if (context == nullptr ||
      EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key_.get(),
                            nullptr) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, Bytes(bytes), bytes.size()) != 1 ||
      size != signature.size()) {
    return CryptoFailure();
  }
  return signature;
}

}  // namespace cardvault
