#include "audit/testing/test_note_signer.h"

#include <openssl/evp.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "base/check.h"

namespace cardvault {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

const unsigned char* Bytes(absl::string_view view) {
  return reinterpret_cast<const unsigned char*>(view.data());
}

Key PrivateKey(absl::string_view seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), seed.size()),
          &EVP_PKEY_free);
  CV_CHECK(key != nullptr);
  return key;
}

Ed25519PublicKey PublicKeyOf(absl::string_view seed) {
  Ed25519PublicKey public_key;
  size_t size = public_key.size();
  CV_CHECK(EVP_PKEY_get_raw_public_key(PrivateKey(seed).get(), public_key.data(), &size) == 1);
  return public_key;
}

}  // namespace

TestNoteSigner::TestNoteSigner(absl::string_view name, absl::string_view seed_hex)
    : seed_(absl::HexStringToBytes(seed_hex)), key_(*NoteKey::Make(name, PublicKeyOf(seed_))) {}

absl::StatusOr<Ed25519Signature> TestNoteSigner::Sign(absl::string_view bytes) const {
  const Key key = PrivateKey(seed_);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  Ed25519Signature signature;
  size_t size = signature.size();
  CV_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  CV_CHECK(EVP_DigestSign(context.get(), signature.data(), &size, Bytes(bytes), bytes.size()) == 1);
  return signature;
}

}  // namespace cardvault
