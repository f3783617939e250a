#ifndef CARDVAULT_KEYS_KEK_PROVIDER_H_
#define CARDVAULT_KEYS_KEK_PROVIDER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"

namespace cardvault {

// Holds the key-encryption key and wraps other keys with it; the KEK's bytes never cross this
// interface. What is wrapped carries its own binding digest (keyring.proto), so a provider whose
// mechanism takes no associated data serves as well. Thread-safe.
class KekProvider {
 public:
  virtual ~KekProvider() = default;

  // "file", "pkcs11", "custody".
  virtual absl::string_view name() const = 0;

  // Tells KEKs apart and says nothing of the key: 6 hexadecimal digits.
  virtual std::string check_value() const = 0;

  // Which of the vault's KEKs, from 1; the place of a KEK is named by it, so that the next one is
  // made beside the one in use.
  virtual uint32_t generation() const { return 1; }

  // SHA-256 of what the vault keeps in the clear of this KEK (the custodians' record), 32 bytes;
  // empty when there is nothing. The keyring names it, which authenticates it.
  virtual std::string record_digest() const { return ""; }

  // Errors: UNAVAILABLE when the provider does not answer; INTERNAL (CRYPTO).
  virtual absl::StatusOr<std::string> Wrap(const SecretBytes& key) = 0;

  // DATA_LOSS when the bytes were not wrapped by this KEK or were changed.
  virtual absl::StatusOr<SecretBytes> Unwrap(absl::string_view wrapped) = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEK_PROVIDER_H_
