#ifndef CARDVAULT_KEYS_PKCS11_TOKEN_KEK_H_
#define CARDVAULT_KEYS_PKCS11_TOKEN_KEK_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keys/pkcs11/pkcs11_kek_options.h"
#include "keys/pkcs11/token_connection.h"

namespace cardvault {

// The KEK, a secret key object of the token. It must be an AES key of 256 bits, rest in the token,
// encrypt and decrypt, be sensitive and not extractable, so that it never leaves the token.
// NOT_FOUND when there is none of the name; FAILED_PRECONDITION (POLICY), each with its own text,
// when there are several or it is not as it must be; UNAVAILABLE when the token fails.
absl::StatusOr<CK_OBJECT_HANDLE> FindTokenKek(TokenConnection& connection,
                                              const TokenKekName& name);

// Makes one inside the token. Does not look whether there is one of the name. FAILED_PRECONDITION
// (POLICY) when the token makes no AES keys or its rules forbid this one; UNAVAILABLE when it
// fails.
absl::Status GenerateTokenKek(TokenConnection& connection, const TokenKekName& name);

// Six hexadecimal digits that tell KEKs apart: docs/formats/kek_pkcs11.md. FAILED_PRECONDITION
// (POLICY) when the token does not offer CKM_AES_ECB for the key; UNAVAILABLE when it fails.
absl::StatusOr<std::string> TokenKekCheckValue(TokenConnection& connection, CK_OBJECT_HANDLE kek);

// Deletes it. FAILED_PRECONDITION (POLICY) when the token's rules forbid that; UNAVAILABLE when it
// fails.
absl::Status DestroyTokenKek(TokenConnection& connection, CK_OBJECT_HANDLE kek);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_TOKEN_KEK_H_
