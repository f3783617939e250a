#ifndef CARDVAULT_KEYS_PKCS11_PKCS11_KEK_PROVIDER_H_
#define CARDVAULT_KEYS_PKCS11_PKCS11_KEK_PROVIDER_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/secret_bytes.h"
#include "keys/kek_provider.h"
#include "keys/pkcs11/pkcs11_kek_options.h"
#include "keys/pkcs11/pkcs11_module.h"

namespace cardvault {

// A KEK in an HSM, reached over PKCS#11: an AES-256 key that is made in its token and never leaves
// it. What is wrapped and unwrapped goes there and comes back; its form is in
// docs/formats/kek_pkcs11.md. A process has one of these at a time.

// Whether the token has a key of the name, whatever it is like. Errors as TokenConnection::Open.
absl::StatusOr<bool> HasPkcs11Kek(const Pkcs11Module& module, const Pkcs11KekOptions& options,
                                  const SecretBytes& pin);

// Makes the KEK in the token. ALREADY_EXISTS when it has a key of the name; else as
// TokenConnection::Open and GenerateTokenKek.
absl::Status CreatePkcs11Kek(const Pkcs11Module& module, const Pkcs11KekOptions& options,
                             const SecretBytes& pin);

// Connects, logs in and finds the KEK. The PIN is kept for a new login. Errors as
// TokenConnection::Open, FindTokenKek and TokenKekCheckValue; FAILED_PRECONDITION (POLICY) when the
// token does not offer the mechanism.
//
// The provider connects anew, once for a call, when the HSM has restarted or lost the login; when
// that fails the call is UNAVAILABLE and the next one tries again. A login that is refused, or a
// KEK that is now another, is FAILED_PRECONDITION (POLICY) and is not tried again: a wrong PIN
// would lock the token. Wrap opens what it wrapped before it returns it, so it never returns what
// the HSM could not give back.
absl::StatusOr<std::unique_ptr<KekProvider>> OpenPkcs11Kek(std::unique_ptr<Pkcs11Module> module,
                                                           Pkcs11KekOptions options,
                                                           SecretBytes pin);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_PKCS11_KEK_PROVIDER_H_
