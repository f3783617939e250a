#ifndef CARDVAULT_KEYS_PKCS11_PKCS11_KEK_PROVIDER_H_
#define CARDVAULT_KEYS_PKCS11_PKCS11_KEK_PROVIDER_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keys/kek_provider.h"
#include "keys/pkcs11/hsm_token.h"
#include "keys/pkcs11/pkcs11_kek_options.h"

namespace cardvault {

// A KEK in an HSM, reached over PKCS#11: an AES-256 key that is made in its token and never leaves
// it. What is wrapped and unwrapped goes there and comes back; its form is in
// docs/formats/kek_pkcs11.md. The first KEK has the configured label; the one of generation n has
// it with ".n" behind. Errors besides those said: of HsmToken::Run.

// Whether the token has a key of the name, whatever it is like.
absl::StatusOr<bool> HasPkcs11Kek(HsmToken& token, const Pkcs11KekOptions& options,
                                  uint32_t generation);

// Makes the KEK in the token. ALREADY_EXISTS when it has a key of the name; else as
// GenerateTokenKek.
absl::Status CreatePkcs11Kek(HsmToken& token, const Pkcs11KekOptions& options, uint32_t generation);

// Finds the KEK. Errors as FindTokenKek and TokenKekCheckValue; FAILED_PRECONDITION (POLICY) when
// the token does not offer the mechanism.
//
// The provider finds the KEK again over each new connection; when the HSM cannot be had, the call
// is UNAVAILABLE and the next one tries again. A KEK that is now another is FAILED_PRECONDITION
// (POLICY) for good. Wrap opens what it wrapped before it returns it, so it never returns what the
// HSM could not give back.
absl::StatusOr<std::unique_ptr<KekProvider>> OpenPkcs11Kek(std::shared_ptr<HsmToken> token,
                                                           const Pkcs11KekOptions& options,
                                                           uint32_t generation);

// Deletes a KEK from the token: what it wrapped cannot be opened any more. NOT_FOUND when there is
// none of the name; FAILED_PRECONDITION (KEY_STATE) when it has another check value; else as
// DestroyTokenKek.
absl::Status DestroyPkcs11Kek(HsmToken& token, const Pkcs11KekOptions& options, uint32_t generation,
                              absl::string_view check_value);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_PKCS11_KEK_PROVIDER_H_
