#ifndef CARDVAULT_SANDBOX_RANDOM_UUID_H_
#define CARDVAULT_SANDBOX_RANDOM_UUID_H_

#include <string>

namespace cardvault::sandbox {

// A random UUID (RFC 4122, version 4) in lower case, 36 characters. Thread-safe.
std::string RandomUuid();

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_RANDOM_UUID_H_
