#ifndef CARDVAULT_BASE_RANDOM_H_
#define CARDVAULT_BASE_RANDOM_H_

#include <cstddef>
#include <string>

#include "base/secret_bytes.h"

namespace cardvault {

// Random bytes from OpenSSL's DRBG, which seeds itself from the operating system (K4). A failure
// ends the process: no caller can go on without randomness. Thread-safe.
void FillRandom(char* out, size_t size_bytes);
std::string RandomBytes(size_t size_bytes);        // for nonces and ids
SecretBytes RandomSecretBytes(size_t size_bytes);  // for keys

}  // namespace cardvault

#endif  // CARDVAULT_BASE_RANDOM_H_
