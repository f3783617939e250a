#ifndef CARDVAULT_KEYS_AEAD_KEY_H_
#define CARDVAULT_KEYS_AEAD_KEY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "keys/crypto_sizes.h"  // IWYU pragma: export

namespace cardvault {

class AesGcm;
class KeyMaterial;
class UseCounter;

// One version of an AES-256-GCM key (SP 800-38D). Sealed bytes are nonce (12), ciphertext (as long
// as the plaintext), tag (16). Confidentiality and integrity of the plaintext, integrity of the
// associated data. When the last reference goes, every copy of the key is cleansed, those in keyed
// cipher contexts too. Thread-safe: each thread has its own keyed context.
class AeadKey final {
 public:
  // `counter` may be null for keys that are not counted (a process key, tests); shared with the
  // keyring manager otherwise.
  AeadKey(uint32_t version, std::shared_ptr<const KeyMaterial> material,
          std::shared_ptr<UseCounter> counter);
  AeadKey(const AeadKey&) = delete;
  AeadKey& operator=(const AeadKey&) = delete;
  ~AeadKey();

  uint32_t version() const { return version_; }

  // Takes one use from the counter. RESOURCE_EXHAUSTED (KEY_LIMIT) when the reserved uses are
  // spent, (LIMIT) when plaintext or associated data is above kMaxGcmInputSize;
  // FAILED_PRECONDITION (VAULT_SEALED) when the vault was sealed since the key was looked up;
  // INTERNAL (CRYPTO).
  absl::StatusOr<std::string> Seal(absl::string_view plaintext,
                                   absl::string_view associated_data) const;

  // DATA_LOSS when anything of key, nonce, ciphertext, tag or associated data differs from what
  // was sealed, or the size is impossible; INTERNAL (CRYPTO). Plaintext is released after
  // verification only.
  absl::StatusOr<SecretBytes> Open(absl::string_view sealed,
                                   absl::string_view associated_data) const;

 private:
  const uint32_t version_;
  const std::unique_ptr<const AesGcm> gcm_;
  const std::shared_ptr<UseCounter> counter_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_AEAD_KEY_H_
