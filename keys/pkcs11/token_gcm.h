#ifndef CARDVAULT_KEYS_PKCS11_TOKEN_GCM_H_
#define CARDVAULT_KEYS_PKCS11_TOKEN_GCM_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "keys/pkcs11/pkcs11_kek_options.h"

namespace cardvault {

// The longest key that is wrapped: a key of the keyring and its digest are 64 bytes. A bound, so
// that every buffer has a size that is known beforehand.
inline constexpr size_t kMaxTokenWrapSize = 256;

// One encryption, as the token left it.
struct TokenSealing {
  std::string nonce_given;
  std::string nonce;  // as it stands afterwards
  std::string ciphertext_and_tag;
};

// Encrypts at most kMaxTokenWrapSize bytes in the token.
CK_RV TokenSeal(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE kek,
                Pkcs11Mechanism mechanism, const SecretBytes& key, TokenSealing& out);

// The wrapped bytes of docs/formats/kek_pkcs11.md. FAILED_PRECONDITION (POLICY) when the nonce is
// not whose the mechanism says, or when there is more or less than ciphertext and tag.
absl::StatusOr<std::string> FormatWrapped(const TokenSealing& sealing, Pkcs11Mechanism mechanism,
                                          size_t key_size);

// False for what no wrapping of any key looks like.
bool LooksWrapped(absl::string_view wrapped);

// Decrypts what LooksWrapped in the token. `key` is touched on success alone.
CK_RV TokenOpen(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE kek,
                absl::string_view wrapped, SecretBytes& key);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_TOKEN_GCM_H_
