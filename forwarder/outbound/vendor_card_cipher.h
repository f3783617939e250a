#ifndef CARDVAULT_FORWARDER_OUTBOUND_VENDOR_CARD_CIPHER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_VENDOR_CARD_CIPHER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"

namespace cardvault {

// How Praxis 1.3 wants card fields: AES-256-CBC, PKCS#7, standard base64. The key is the merchant's
// secret, the initialization vector the request's timestamp in Unix seconds, each filled up on the
// left with '0'.
//
// This is the vendor's scheme and a weak one: the key is a text, the vector can be guessed and is
// the same for every field of a request, and nothing protects the ciphertext from being changed. It
// protects nothing beyond what TLS does, and nothing of ours may use it.

// FAILED_PRECONDITION when the secret is empty or longer than 32 bytes. Thread-safe.
absl::Status CheckVendorSecret(const SecretBytes& secret);

// The encrypted field as it goes into the body. Errors: as CheckVendorSecret; INTERNAL (CRYPTO),
// also for a timestamp of more than 16 characters. Thread-safe.
absl::StatusOr<SecretBytes> EncryptForVendor(absl::string_view clear, const SecretBytes& secret,
                                             absl::string_view timestamp);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_VENDOR_CARD_CIPHER_H_
