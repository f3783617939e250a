#ifndef CARDVAULT_BASE_RANDOM_H_
#define CARDVAULT_BASE_RANDOM_H_

#include <cstddef>
#include <string>

#include "base/secret_bytes.h"

namespace cardvault {

// Random bytes from OpenSSL's DRBGs, which seed themselves from the operating system (K4). A
// failure ends the process: no caller can go on without randomness. Thread-safe.

// What others may see: nonces and ids. What is small is cut from a block that the thread drew
// ahead; a child of fork() draws its own.
void FillRandom(char* out, size_t size_bytes);
std::string RandomBytes(size_t size_bytes);

// What nobody may see: keys. From the DRBG for private values, whose state is apart from the one
// whose output is published in nonces and ids.
void FillSecretRandom(char* out, size_t size_bytes);
SecretBytes RandomSecretBytes(size_t size_bytes);

}  // namespace cardvault

#endif  // CARDVAULT_BASE_RANDOM_H_
