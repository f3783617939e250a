#ifndef CARDVAULT_KEYS_PKCS11_PIN_SOURCE_H_
#define CARDVAULT_KEYS_PKCS11_PIN_SOURCE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "base/secret_bytes.h"

namespace cardvault {

// Where a token's PIN comes from: never from an argument or the environment, which other processes
// can read. A PIN is one line without its end.

// The longest PIN. PKCS#11 sets no bound; tokens have some of 4 to 255 bytes.
inline constexpr size_t kMaxPinSize = 255;

// From a file. NOT_FOUND when there is none; FAILED_PRECONDITION (POLICY) when it is not a regular
// file, belongs to another user, or has any permission for group or others; UNAVAILABLE when the
// disk fails; INVALID_ARGUMENT when it is empty or too long. A file in $CREDENTIALS_DIRECTORY may
// be root's and readable by its group: systemd keeps that directory for the service's user alone,
// and the group's bit there is how an access list for that user shows.
absl::StatusOr<SecretBytes> ReadPinFile(const std::string& path);

// From an open descriptor, say of a pipe, which is closed. FAILED_PRECONDITION (POLICY) when it is
// a terminal, which would show what is typed; UNAVAILABLE when it is not open or cannot be read;
// INVALID_ARGUMENT as above.
absl::StatusOr<SecretBytes> ReadPinDescriptor(int fd);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_PIN_SOURCE_H_
