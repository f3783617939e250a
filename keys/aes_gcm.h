#ifndef CARDVAULT_KEYS_AES_GCM_H_
#define CARDVAULT_KEYS_AES_GCM_H_

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "keys/context_slots.h"
#include "keys/key_material.h"

namespace cardvault {

// AES-256-GCM with a nonce of the caller's choice: the layer below AeadKey, apart so that
// published vectors can be tested. Contexts stay keyed between calls (context_slots.h).
// Thread-safe.
class AesGcm final {
 public:
  // `material` has kKeySize bytes.
  explicit AesGcm(std::shared_ptr<const KeyMaterial> material);
  AesGcm(const AesGcm&) = delete;
  AesGcm& operator=(const AesGcm&) = delete;
  ~AesGcm();

  // Appends the ciphertext, as long as the plaintext, and the 16 bytes of the tag to `out`.
  // A nonce is used once under a key. INVALID_ARGUMENT (FIELD_INVALID) for a nonce that is not 12
  // bytes long; RESOURCE_EXHAUSTED (LIMIT) above kMaxGcmInputSize; INTERNAL (CRYPTO). `out` is as
  // it was after an error.
  absl::Status Encrypt(absl::string_view nonce, absl::string_view plaintext,
                       absl::string_view associated_data, std::string& out) const;

  // The plaintext, released after verification only. DATA_LOSS when nonce or tag have another
  // length than 12 and 16, the input is longer than anything sealed, or nonce, ciphertext, tag or
  // associated data is not what was sealed under this key; INTERNAL (CRYPTO).
  absl::StatusOr<SecretBytes> Decrypt(absl::string_view nonce, absl::string_view ciphertext,
                                      absl::string_view tag,
                                      absl::string_view associated_data) const;

 private:
  struct ContextDeleter {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  using Slots = ContextSlots<EVP_CIPHER_CTX, ContextDeleter>;

  // A keyed context of this thread's; null when OpenSSL fails.
  Slots::Owned Keyed() const;

  const std::shared_ptr<const KeyMaterial> material_;
  mutable Slots slots_;  // provides its own synchronization
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_AES_GCM_H_
