#ifndef CARDVAULT_KEYS_PKCS11_PKCS11_KEK_OPTIONS_H_
#define CARDVAULT_KEYS_PKCS11_PKCS11_KEK_OPTIONS_H_

#include <string>

namespace cardvault {

// How a token wraps a key with AES-256-GCM. The names are those of the configuration.
enum class Pkcs11Mechanism {
  kAesGcm,            // "aes-gcm": the nonce is ours, random, from OpenSSL's generator
  kAesGcmTokenNonce,  // "aes-gcm-token-nonce": the token draws it and says which
};

// What a KEK is called in its token: CKA_LABEL, and CKA_ID unless that is empty.
struct TokenKekName {
  std::string label;
  std::string id;
};

// Which KEK, and how it is used.
struct Pkcs11KekOptions {
  std::string token_label;
  TokenKekName kek;
  Pkcs11Mechanism mechanism = Pkcs11Mechanism::kAesGcm;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_PKCS11_KEK_OPTIONS_H_
