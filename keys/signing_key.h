#ifndef CARDVAULT_KEYS_SIGNING_KEY_H_
#define CARDVAULT_KEYS_SIGNING_KEY_H_

#include <openssl/evp.h>

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/ed25519.h"
#include "keys/key_material.h"

namespace cardvault {

// One version of an Ed25519 signing key (RFC 8032, section 5.1). When the last reference goes the
// seed is cleansed. Signing draws no randomness: one key signs one text in one way. Thread-safe.
class SigningKey final {
 public:
  // `seed` is the private key of RFC 8032, kKeySize bytes, any of them; what is kept of it is one
  // copy in the heap for keys. INTERNAL (CRYPTO) when that heap is full.
  static absl::StatusOr<std::shared_ptr<const SigningKey>> FromSeed(uint32_t version,
                                                                    const KeyMaterial& seed);
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  uint32_t version() const { return version_; }
  const Ed25519PublicKey& public_key() const { return public_key_; }

  // About 0.1 ms. INTERNAL (CRYPTO).
  absl::StatusOr<Ed25519Signature> Sign(absl::string_view bytes) const;

 private:
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }  // cleanses
  };
  using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

  SigningKey(uint32_t version, Key key, const Ed25519PublicKey& public_key);

  const uint32_t version_;
  const Key key_;
  const Ed25519PublicKey public_key_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_SIGNING_KEY_H_
