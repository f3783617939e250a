#ifndef CARDVAULT_KEYS_OPENSSL_ERROR_H_
#define CARDVAULT_KEYS_OPENSSL_ERROR_H_

#include "absl/status/status.h"

namespace cardvault {

// What to return when OpenSSL failed and the input is not at fault: INTERNAL (CRYPTO). Empties
// this thread's error queue and logs the first entry's number, never its text: libraries quote
// what they were given. Thread-safe.
absl::Status CryptoFailure();

// Empties this thread's error queue, so that an expected refusal (a wrong tag) is not found there
// by the next user of OpenSSL on this thread, TLS among them. Thread-safe.
void DropOpenSslErrors();

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_OPENSSL_ERROR_H_
